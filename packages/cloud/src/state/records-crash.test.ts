import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openRecords } from './open-records.ts';

const PROCESS = fileURLToPath(new URL('testing/records-process.ts', import.meta.url));

function start(mode: string, folder: string): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [PROCESS, mode, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  return child as ChildProcess & { stdout: NodeJS.ReadableStream };
}

/** Lets the writer go on until `rounds` more are durable, kills it in the middle, and gives the last round that it called durable. */
async function killedWriter(folder: string, rounds: number): Promise<number> {
  const child = start('write', folder);
  let durable = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    durable = Number(line);
    seen += 1;
    if (seen >= rounds && !child.killed) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return durable;
}

test('[D1, D2] after SIGKILL in the middle of writes nothing durable is lost and no turn is halved', async () => {
  const folder = temporaryFolder();
  for (const rounds of [1, 5, 40]) {
    const durable = await killedWriter(folder.path, rounds);
    const records = await openRecords(folder.path);
    const table = records.table<number>('test/rounds');
    assert.equal(table.get('first'), table.get('last'), 'half a turn was found');
    assert.ok(table.get('first')! >= durable, `${table.get('first')} was found, ${durable} was durable`);
    const newest = Math.max(
      ...[...records.table<{ round: number }>('test/filler').entries()].map(([, v]) => v.round),
    );
    assert.equal(newest, table.get('first'));
    await records.close();
  }
  folder.remove();
});

test('[D6] a second cloud on one folder is refused and told who holds it; a killed one lets go', async () => {
  const folder = temporaryFolder();
  const holder = start('hold', folder.path);
  await once(holder.stdout, 'data');
  await assert.rejects(openRecords(folder.path), {
    code: 'FolderInUse',
    message: new RegExp(`process ${holder.pid}; stop that cloud`),
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const records = await openRecords(folder.path);
  await records.close();
  folder.remove();
});

test('[D5] on a disk that takes no more, everything durable stays and the refusal is clear', async () => {
  const folder = temporaryFolder();
  // Files of this process may have 2 MiB: what lies beyond fails as on a full disk.
  const script = 'ulimit -f 2048; exec "$0" "$@"';
  const { stdout, status } = spawnSync(
    'bash',
    ['-c', script, process.execPath, PROCESS, 'fill', folder.path],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0);
  const { durable, message, later } = JSON.parse(stdout);
  assert.ok(durable > 5, stdout);
  assert.match(message, /can't be written .*make room or mend the disk, then start the cloud again/);
  assert.equal(later, message);
  const records = await openRecords(folder.path);
  const table = records.table<string>('test/filler');
  for (let round = 1; round <= durable; round++) assert.ok(table.get(`${round}/9`), `round ${round}`);
  assert.equal(table.size % 10, 0, 'half a turn was found');
  table.put('more', 'fits again');
  await records.durable();
  await records.close();
  folder.remove();
});
