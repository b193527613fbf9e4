import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { DiskRecords } from './disk-records.ts';
import { openRecords } from './open-records.ts';
import type { RecordDatabase } from './record-database.ts';

/** A folder with some records in it, closed. */
async function filledFolder() {
  const folder = temporaryFolder();
  const records = await openRecords(folder.path);
  const table = records.table<string>('test/texts');
  for (let i = 0; i < 500; i++) table.put(`key ${i}`, `value of ${i}: ${'x'.repeat(100)}`);
  await records.durable();
  await records.close();
  return { ...folder, data: join(folder.path, 'data.mdb') };
}

test('[D7] a flipped byte in a record is damage, with what to do about it', async () => {
  const folder = await filledFolder();
  const bytes = readFileSync(folder.data);
  // A page that was split keeps a stale copy of what moved away.
  for (let at = bytes.indexOf('value of 250'); at >= 0; at = bytes.indexOf('value of 250', at))
    bytes[at]! ^= 0x20;
  writeFileSync(folder.data, bytes);
  await assert.rejects(openRecords(folder.path), {
    code: 'RecordsDamaged',
    message: /record key 250 of test\/texts: its checksum does not fit.*Restore the folder from a copy/,
  });
  folder.remove();
});

test('[D7] a database that is cut, missing, empty or something else is damage', async () => {
  const folder = await filledFolder();
  const copy = `${folder.path}-copy`;
  cpSync(folder.path, copy, { recursive: true });
  const size = statSync(folder.data).size;
  for (const bytes of [0, 100, 4096, 8192, 3 * 4096, size >> 1]) {
    truncateSync(folder.data, bytes);
    await assert.rejects(openRecords(folder.path), { code: 'RecordsDamaged' }, `cut to ${bytes} bytes`);
    cpSync(join(copy, 'data.mdb'), folder.data);
  }
  writeFileSync(folder.data, 'certainly no database'.repeat(1_000));
  await assert.rejects(openRecords(folder.path), { code: 'RecordsDamaged', message: /not an lmdb database/ });
  rmSync(folder.data);
  await assert.rejects(openRecords(folder.path), { code: 'RecordsDamaged', message: /missing/ });
  rmSync(copy, { recursive: true });
  folder.remove();
});

test('[D7] a folder of a later format is refused', async () => {
  const folder = await filledFolder();
  writeFileSync(join(folder.path, 'format.json'), '{"format": 2}');
  await assert.rejects(openRecords(folder.path), { code: 'RecordsNewer', message: /start a newer version/ });
  folder.remove();
});

test('[D7] a path that is no folder is refused', async () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'file');
  writeFileSync(path, '');
  await assert.rejects(openRecords(path), { code: /FolderUnusable|FolderInUse/ });
  folder.remove();
});

test('[D6] records are for this user only', async () => {
  const folder = await filledFolder();
  for (const name of ['data.mdb', 'lock.mdb', 'format.json']) {
    assert.equal(statSync(join(folder.path, name)).mode & 0o077, 0, name);
  }
  folder.remove();
});

/** A database whose writes end as the test says. */
function fakeDatabase() {
  const writes: PromiseWithResolvers<void>[] = [];
  const sizes: number[] = [];
  const database: RecordDatabase = {
    rows: () => [],
    rowCount: () => 0,
    write: (batch) => {
      sizes.push(batch.size);
      const write = Promise.withResolvers<void>();
      writes.push(write);
      return write.promise;
    },
    close: async () => {},
  };
  const told: string[] = [];
  const records = new DiskRecords(
    database,
    new Map(),
    () => {},
    ({ message }) => told.push(message),
  );
  return { writes, sizes, told, records };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[D5] when the disk refuses, those who wait are told, and nothing more is accepted', async () => {
  const { records, writes, told: heard } = fakeDatabase();
  const table = records.table<number>('test/numbers');
  table.put('a', 1);
  const first = records.durable();
  await turn();
  table.put('b', 1);
  const second = records.durable();
  writes[0]!.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
  const told = { code: 'RecordsFailed', message: /no space left on device.*start the cloud again/ };
  await assert.rejects(first, told);
  await assert.rejects(second, told);
  assert.throws(() => table.put('c', 1), told);
  assert.throws(() => table.delete('a'), told);
  await assert.rejects(records.durable(), told);
  assert.equal(table.get('c'), undefined);
  assert.equal(heard.length, 1);
});

test('[D1] one turn is one batch, and one batch at a time is under way', async () => {
  const { records, writes, sizes } = fakeDatabase();
  const table = records.table<number>('test/numbers');
  for (let i = 0; i < 5; i++) table.put(`${i}`, i);
  table.put('0', 9);
  await turn();
  assert.deepEqual(sizes, [5]);
  table.put('x', 1);
  await turn();
  assert.deepEqual(sizes, [5], 'the second batch waits for the first');
  const durable = records.durable();
  writes[0]!.resolve();
  await turn();
  await turn();
  assert.deepEqual(sizes, [5, 1]);
  writes[1]!.resolve();
  await durable;
});

test('[D3] functions and overlong keys are refused at once', async () => {
  const { records } = fakeDatabase();
  const table = records.table<unknown>('test/values');
  assert.throws(() => table.put('a', () => 1), /could not be cloned/);
  assert.equal(table.get('a'), undefined);
  assert.throws(() => table.put('k'.repeat(2_000), 1), /at most 1900 are allowed/);
  assert.throws(() => records.table('../up'), /no name of a table/);
});
