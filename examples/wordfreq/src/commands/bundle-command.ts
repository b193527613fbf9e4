/** `wordfreq bundle`: everything that a plain machine with Node.js needs, in one archive. */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CommandFailure } from '../system/failures.ts';
import { openSession } from '../system/session.ts';
import { readArguments } from './command-arguments.ts';

export const BUNDLE_HELP = `wordfreq bundle [--out FILE] [--bucket BUCKET]

Packs the program with what it stands on, for machines whose image does not carry it (parameters BundleBucket and BundleKey of the template).

  --out FILE       (default wordfreq.tar.gz)
  --bucket BUCKET  also uploads it to this bucket, under its file name
`;

const run = promisify(execFile);
const WORKSPACE = resolve(import.meta.dirname, '../..');
const PROGRAM = `#!/bin/sh
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
PATH="$here:$PATH"
exec node "$here/../src/main.ts" "$@"
`;

export async function bundleCommand(programArguments: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...programArguments],
    options: {
      out: { type: 'string', default: 'wordfreq.tar.gz' },
      bucket: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(BUNDLE_HELP);
    return 0;
  }
  const folder = await mkdtemp(join(tmpdir(), 'wordfreq-bundle-'));
  try {
    await gather(folder);
    await run('tar', ['-czf', resolve(values.out), '-C', folder, '.']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${values.out} is packed\n`);
  if (values.bucket !== undefined) await upload(values.out, values.bucket);
  return 0;
}

/** The program itself, and the packages that it depends on as they are installed here. */
async function gather(folder: string): Promise<void> {
  await cp(join(WORKSPACE, 'src'), join(folder, 'src'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts') && !path.includes('/testing'),
  });
  await cp(join(WORKSPACE, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(join(folder, 'bin', 'wordfreq'), PROGRAM);
  await chmod(join(folder, 'bin', 'wordfreq'), 0o755);
  for (const path of await installedPackages()) {
    const inside = relative(dirname(modulesOf(path)), path);
    await cp(path, join(folder, inside), {
      recursive: true,
      dereference: true,
      filter: (file) =>
        !/\/node_modules\/|\.d\.ts$|\/dist-types(\/|$)|\/dist-es(\/|$)/.test(file.slice(path.length)),
    });
  }
}

/** Folders of the packages that the worker depends on, as npm knows them. */
async function installedPackages(): Promise<string[]> {
  const { stdout } = await run('npm', ['ls', '--all', '--omit=dev', '--parseable'], {
    cwd: WORKSPACE,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((cause: unknown) => {
    throw new CommandFailure('npm cannot tell what is installed: run "npm install" first', { cause });
  });
  return [...new Set(stdout.split('\n'))].filter(
    (path) => path.includes('/node_modules/') && path !== WORKSPACE,
  );
}

/** `/a/node_modules/b/node_modules/c` -> `/a/node_modules`. */
function modulesOf(path: string): string {
  return path.slice(0, path.indexOf('/node_modules/') + '/node_modules'.length);
}

async function upload(file: string, bucket: string): Promise<void> {
  const session = openSession();
  try {
    const Key = file.split('/').at(-1)!;
    await session.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: await readFile(file) }));
    process.stdout.write(`uploaded: BundleBucket=${bucket} BundleKey=${Key}\n`);
  } finally {
    session.close();
  }
}
