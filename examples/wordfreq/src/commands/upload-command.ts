/** `wordfreq upload` */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandFailure, UsageError } from '../system/failures.ts';
import { inParallel } from '../system/in-parallel.ts';
import { putText } from '../system/objects.ts';
import { openSession } from '../system/session.ts';
import { findStack } from '../system/stack-outputs.ts';
import { readArguments } from './command-arguments.ts';

export const UPLOAD_HELP = `wordfreq upload FILE... [--stack NAME] [--count]

Puts texts (.txt) into the uploading bucket under their base names; of a folder the texts in it.

  --stack NAME  the stack of examples/wordfreq/template.yaml (default wordfreq)
  --count       puts them into the processing bucket, so that they are counted at once
`;

const AT_ONCE = 8;

export async function uploadCommand(programArguments: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...programArguments],
    allowPositionals: true,
    options: {
      stack: { type: 'string', default: 'wordfreq' },
      count: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(UPLOAD_HELP);
    return 0;
  }
  if (positionals.length === 0) throw new UsageError('name at least one file or folder');
  const paths = (await Promise.all(positionals.map(textsOf))).flat();
  const session = openSession();
  try {
    const { UploadingBucket, ProcessingBucket } = await findStack(session, values.stack);
    const bucket = values.count ? ProcessingBucket : UploadingBucket;
    await inParallel(paths, AT_ONCE, async (path) => {
      await putText(session.s3, bucket, basename(path), await readFile(path));
    });
    process.stdout.write(`${paths.length} files uploaded to ${bucket}\n`);
    return 0;
  } finally {
    session.close();
  }
}

async function textsOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CommandFailure(`${path} is not there`);
  if (!found.isDirectory()) {
    if (path.endsWith('.txt')) return [path];
    throw new CommandFailure(`${path} is no .txt file; only those are counted`);
  }
  return (await readdir(path)).filter((name) => name.endsWith('.txt')).map((name) => join(path, name));
}
