/** `wordfreq generate` */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CorpusFile, corpusFiles } from '../corpus/index.ts';
import { UsageError } from '../system/failures.ts';
import { inParallel } from '../system/in-parallel.ts';
import { putText } from '../system/objects.ts';
import { openSession } from '../system/session.ts';
import { findStack } from '../system/stack-outputs.ts';
import { readArguments, wholeNumber } from './command-arguments.ts';

export const GENERATE_HELP = `wordfreq generate [--files N] [--seed N] [--vocabulary N] [--out FOLDER | --stack NAME]

Makes texts of 0.45 to 1.6 MB with the word frequencies of natural ones, the same for the same seed, and uploads them to the uploading bucket.

  --files N       so many (default 120)
  --seed N        (default 1)
  --vocabulary N  different words to draw from (default 20000)
  --out FOLDER    writes them to a folder instead
  --stack NAME    the stack of examples/wordfreq/template.yaml (default wordfreq)
`;

const AT_ONCE = 4;

export async function generateCommand(programArguments: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...programArguments],
    options: {
      files: { type: 'string', default: '120' },
      seed: { type: 'string', default: '1' },
      vocabulary: { type: 'string', default: '20000' },
      out: { type: 'string' },
      stack: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(GENERATE_HELP);
    return 0;
  }
  if (values.out !== undefined && values.stack !== undefined)
    throw new UsageError('--out and --stack exclude each other: the texts go to a folder or to a bucket');
  const files = corpusFiles({
    count: wholeNumber('--files', values.files, 1, 100_000),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
    vocabularySize: wholeNumber('--vocabulary', values.vocabulary, 1, 5_000_000),
  });
  const place =
    values.out === undefined
      ? await upload(files, values.stack ?? 'wordfreq')
      : await write(files, values.out);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  process.stdout.write(`${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${place}\n`);
  return 0;
}

async function write(files: readonly CorpusFile[], folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await inParallel(files, AT_ONCE, (file) => writeFile(join(folder, file.name), textOf(file)));
  return `written to ${folder}`;
}

async function upload(files: readonly CorpusFile[], stack: string): Promise<string> {
  const session = openSession();
  try {
    const { UploadingBucket } = await findStack(session, stack);
    await inParallel(files, AT_ONCE, (file) => putText(session.s3, UploadingBucket, file.name, textOf(file)));
    return `uploaded to ${UploadingBucket}`;
  } finally {
    session.close();
  }
}

function textOf(file: CorpusFile): Uint8Array {
  return Buffer.concat([...file.chunks()]);
}
