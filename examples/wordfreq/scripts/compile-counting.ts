/**
 * `npm run wordfreq:wasm`: compiles `src/counting/assembly` to `src/counting/count.wasm`. Both are in the repository: a worker needs nothing but Node to
 * run, and a test holds that they agree.
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';

const COUNTING = resolve(import.meta.dirname, '../src/counting');
export const WASM = resolve(COUNTING, 'count.wasm');

const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
  ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65535'],
];

/** @throws what the compiler finds wrong */
export async function compileCounting(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['assembly/count.ts', ...OPTIONS, '--baseDir', COUNTING, '--outFile', 'count.wasm'],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error !== null || binary === undefined) throw new Error(stderr.toString(), { cause: error });
  return binary;
}

if (process.argv[1] === import.meta.filename) await writeFile(WASM, await compileCounting());
