import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { ItemDatabase } from './item-database.ts';
import { type ItemFile, openItemFile } from './item-file.ts';

const row = (text: string): Buffer => Buffer.from(`row of ${text} ${'x'.repeat(200)}`);
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function filledFolder() {
  const folder = temporaryFolder();
  const database = new ItemDatabase(openItemFile(folder.path));
  for (let n = 0; n < 300; n++) database.put(`key${n}`, row(`number ${n}`));
  await database.close();
  return { ...folder, data: join(folder.path, 'data.mdb') };
}

function keysIn(database: ItemDatabase, from: string, to: string, reverse = false): string[] {
  return [...database.entries({ from, to, reverse })].map(([key]) => key);
}

test('[Y17] what is read is what was written last, on disk, under way or waiting, in both directions', async () => {
  const folder = temporaryFolder();
  const database = new ItemDatabase(openItemFile(folder.path));
  for (const key of ['a', 'c', 'e', 'g']) database.put(key, row(key));
  await database.durable();
  database.put('b', row('b'));
  database.delete('c');
  await turn();
  database.put('f', row('f'));
  database.put('e', row('new e'));
  database.put('c', row('c again'));
  database.delete('g');
  assert.deepEqual(keysIn(database, 'a', 'z'), ['a', 'b', 'c', 'e', 'f']);
  assert.deepEqual(keysIn(database, 'b', 'f', true), ['e', 'c', 'b']);
  assert.match(String(database.get('e')), /new e/);
  assert.equal(database.get('g'), undefined);
  await database.durable();
  assert.deepEqual(keysIn(database, 'a', 'z'), ['a', 'b', 'c', 'e', 'f']);
  assert.deepEqual(keysIn(database, 'a', 'z', true), ['f', 'e', 'c', 'b', 'a']);
  await database.close();
  folder.remove();
});

test('[Y24] a flipped byte in a row is damage, with what to do about it', async () => {
  const folder = await filledFolder();
  const bytes = readFileSync(folder.data);
  for (let at = bytes.indexOf('number 77 '); at >= 0; at = bytes.indexOf('number 77 ', at))
    bytes[at]! ^= 0x20;
  writeFileSync(folder.data, bytes);
  const database = new ItemDatabase(openItemFile(folder.path));
  assert.match(String(database.get('key76')), /number 76/);
  assert.throws(() => database.get('key77'), {
    code: 'TablesDamaged',
    message: /checksum.*Restore the cloud's data folder/,
  });
  assert.throws(() => keysIn(database, 'key', 'kez'), { code: 'TablesDamaged' });
  await database.close();
  folder.remove();
});

test('[Y24] a file that is missing, empty, cut, something else or from the future is told', async () => {
  const folder = await filledFolder();
  const copy = `${folder.path}-copy`;
  cpSync(folder.path, copy, { recursive: true });
  for (const bytes of [0, 100, 8192, statSync(folder.data).size >> 1]) {
    truncateSync(folder.data, bytes);
    assert.throws(() => openItemFile(folder.path), { code: 'TablesDamaged' }, `cut to ${bytes} bytes`);
    cpSync(join(copy, 'data.mdb'), folder.data);
  }
  rmSync(folder.data);
  assert.throws(() => openItemFile(folder.path), { code: 'TablesDamaged', message: /missing or empty/ });
  writeFileSync(folder.data, 'certainly no database'.repeat(1_000));
  assert.throws(() => openItemFile(folder.path), { code: 'TablesDamaged', message: /not an lmdb database/ });
  writeFileSync(join(folder.path, 'format.json'), '{"format": 2}');
  assert.throws(() => openItemFile(folder.path), { code: 'TablesNewer', message: /start a newer version/ });
  rmSync(copy, { recursive: true });
  folder.remove();
});

test('[Y24] when the disk refuses, those who wait are told, and nothing more is accepted or read', async () => {
  const writes: PromiseWithResolvers<void>[] = [];
  const file: ItemFile = {
    get: () => undefined,
    range: () => [],
    write: () => {
      const write = Promise.withResolvers<void>();
      writes.push(write);
      return write.promise;
    },
    close: async () => {},
  };
  const heard: string[] = [];
  const database = new ItemDatabase(file, ({ message }) => heard.push(message));
  database.put('a', row('a'));
  const first = database.durable();
  await turn();
  database.put('b', row('b'));
  const second = database.durable();
  writes[0]!.reject(new Error('ENOSPC: no space left on device'));
  const told = { code: 'TablesFailed', message: /no space left on device.*start the cloud again/ };
  await assert.rejects(first, told);
  await assert.rejects(second, told);
  assert.throws(() => database.put('c', row('c')), told);
  assert.throws(() => database.get('a'), told);
  assert.equal(writes.length, 1);
  assert.equal(heard.length, 1);
});
