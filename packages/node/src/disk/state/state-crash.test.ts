import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { utf8 } from '@crescendo/base';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { openState } from './open-state.ts';

/** As in the process. */
const KEYS_A_ROUND = 20;
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

test('[ST10] a disk that takes no more ends nothing: it is told once with the reason, reads and writes go on in memory, closing ends', async () => {
  const folder = temporaryFolder();
  // Files of this process may have 2 MiB: what lies beyond fails as on a broken disk.
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 2048; exec "$0" "$@"', process.execPath, PROCESS, 'fill', folder.path],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(status, 0, stderr);
  const { flushed, refused, again, told, seen, frozen } = JSON.parse(stdout);
  assert.ok(flushed > 5, stdout);
  assert.match(
    refused,
    /writing the state failed \(.*Input\/output error.*restart the node when the disk is sound/,
  );
  assert.equal(again, refused);
  assert.deepEqual(told, [refused]);
  assert.deepEqual(seen, { first: KEYS_A_ROUND - 1, flushed: KEYS_A_ROUND, later: KEYS_A_ROUND });
  assert.equal(frozen, KEYS_A_ROUND - 1);

  const opening = await openState({ folder: folder.path, expected: true });
  assert.ok(opening.ok);
  const reader = opening.state.reader('1');
  for (let round = 1; round <= flushed; round++)
    for (let i = 0; i < KEYS_A_ROUND; i++) assert.ok(reader.get(utf8(`key ${round}/${i}`)), `${round}/${i}`);
  assert.equal(reader.get(utf8(`key ${flushed + 2}/0`)), undefined);
  opening.state.write((writer) => writer('1').put(utf8('more'), utf8('fits again')));
  await opening.state.flush();
  await opening.state.close();
  folder.remove();
});
