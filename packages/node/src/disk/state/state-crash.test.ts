import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { openState } from './open-state.ts';

const PROCESS = fileURLToPath(new URL('testing/state-process.ts', import.meta.url));

/** Runs the writer until it has flushed `rounds` and kills it; returns the last round it called flushed. */
async function killedWriter(folder: string, rounds: number): Promise<number> {
  const child = spawn(process.execPath, [PROCESS, 'write', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let flushed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    flushed = Number(line);
    if (flushed >= rounds && !child.killed) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return flushed;
}

/** What another process finds; `safe` makes lmdb take the newest flushed transaction, as after a power failure. */
function readRounds(folder: string, safe: boolean): string {
  const env = safe ? { ...process.env, LMDB_RESTORE: 'safe' } : process.env;
  return spawnSync(process.execPath, [PROCESS, 'read', folder], { env, encoding: 'utf8' }).stdout.trim();
}

for (const [name, safe] of [
  ['a killed process', false],
  ['a power failure', true],
] as const) {
  test(`[ST5] after ${name} the state is that after some write, and nothing flushed is lost`, async () => {
    const folder = temporaryFolder();
    let least = 0;
    for (const rounds of [50, 400]) {
      least = await killedWriter(folder.path, rounds);
      const copy = `${folder.path}-copy`;
      fs.cpSync(folder.path, copy, { recursive: true });
      const found = readRounds(copy, safe);
      fs.rmSync(copy, { recursive: true });
      const values = /^rounds (.*)$/.exec(found)?.[1]?.split(',');
      assert.ok(values !== undefined, found);
      assert.equal(new Set(values).size, 1, found);
      assert.ok(Number(values[0]) >= least, `${values[0]} was found, ${least} had been flushed`);
    }
    folder.remove();
  });
}

test('[ST5] a store that is closed while it flushes does not end the program', () => {
  const folder = temporaryFolder();
  const { stdout, signal } = spawnSync(process.execPath, [PROCESS, 'close', folder.path], {
    encoding: 'utf8',
  });
  assert.equal(signal, null);
  assert.equal(stdout.trim(), 'closed');
  folder.remove();
});

test('[ST6] a database that ends the program when it is opened is reported at the next start', async () => {
  const folder = temporaryFolder();
  await killedWriter(folder.path, 300);
  const data = join(folder.path, 'data.mdb');
  fs.truncateSync(data, 3 * 4096);
  const first = spawnSync(process.execPath, [PROCESS, 'read', folder.path], { encoding: 'utf8' });
  const reported = first.stdout.startsWith('reason');
  if (!reported) assert.notEqual(first.signal, null, first.stdout);
  const second = await openState({ folder: folder.path });
  assert.ok(!second.ok, 'the second start must see it');
  folder.remove();
});
