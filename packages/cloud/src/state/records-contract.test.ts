/** What every implementation of `Records` must hold: the one in memory, which services are tested with, and the one on disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Records } from '../contract/records.ts';
import { MemoryRecords } from '../testing/memory-records.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openRecords } from './open-records.ts';

interface Subject {
  readonly records: Records;
  /** Ends this one and gives what the next start finds. */
  restart(): Promise<Records>;
  end(): Promise<void>;
}

async function inMemory(): Promise<Subject> {
  const records = new MemoryRecords();
  return { records, restart: async () => records.afterCrash(), end: async () => {} };
}

async function onDisk(): Promise<Subject> {
  const folder = temporaryFolder();
  let records = await openRecords(folder.path);
  return {
    records,
    restart: async () => {
      await records.close();
      records = await openRecords(folder.path);
      return records;
    },
    end: async () => {
      await records.close();
      folder.remove();
    },
  };
}

const SUBJECTS = [
  ['in memory', inMemory],
  ['on disk', onDisk],
] as const;

for (const [where, open] of SUBJECTS) {
  test(`[D2] ${where}: what is durable is found at the next start, deletions too`, async () => {
    const subject = await open();
    const table = subject.records.table<number>('test/numbers');
    table.put('a', 1);
    table.put('b', 2);
    await subject.records.durable();
    table.put('a', 3);
    table.delete('b');
    await subject.records.durable();
    const found = (await subject.restart()).table<number>('test/numbers');
    assert.deepEqual([...found.entries()], [['a', 3]]);
    await subject.end();
  });

  test(`[D3] ${where}: plain data comes back as it was put`, async () => {
    const subject = await open();
    const value = {
      text: 'ä \u0000 \u{1f600}',
      number: -1.5e300,
      big: Number.MAX_SAFE_INTEGER,
      flag: false,
      nothing: null,
      list: [1, [2, { deep: ['x'] }]],
      date: new Date(1_700_000_000_123),
      bytes: Uint8Array.of(0, 1, 255),
      map: new Map([['k', { v: new Date(0) }]]),
    };
    subject.records.table('test/values').put('key', value);
    assert.deepEqual(subject.records.table('test/values').get('key'), value);
    await subject.records.durable();
    const again = (await subject.restart()).table<typeof value>('test/values').get('key');
    assert.deepEqual(again, value);
    assert.equal(Object.getPrototypeOf(again!.bytes), Uint8Array.prototype);
    await subject.end();
  });

  test(`[D3] ${where}: a value that is not plain data is refused`, async () => {
    const subject = await open();
    const table = subject.records.table<unknown>('test/values');
    assert.throws(() => table.put('a', undefined), /was given no value/);
    await subject.end();
  });

  test(`[D4] ${where}: entries come in the order of code units, from a prefix on`, async () => {
    const subject = await open();
    const table = subject.records.table<number>('test/order');
    for (const key of ['b/2', 'a', '\u{1f600}', '\uffee', 'b/1', 'b', 'b0', 'B', '']) table.put(key, 0);
    const keys = [...table.entries()].map(([key]) => key);
    assert.deepEqual(keys, ['', 'B', 'a', 'b', 'b/1', 'b/2', 'b0', '\u{1f600}', '\uffee']);
    assert.deepEqual(
      [...table.entries('b/')].map(([key]) => key),
      ['b/1', 'b/2'],
    );
    assert.deepEqual([...table.entries('c')], []);
    assert.equal(table.size, 9);
    await subject.end();
  });

  test(`[D4] ${where}: records may change while they are walked`, async () => {
    const subject = await open();
    const table = subject.records.table<number>('test/walk');
    for (const key of ['a', 'b', 'c', 'd']) table.put(key, 0);
    const seen: string[] = [];
    for (const [key] of table.entries()) {
      seen.push(key);
      if (key === 'a') table.delete('b');
      if (key === 'c') table.put('cc', 1);
    }
    assert.deepEqual(seen, ['a', 'c', 'd']);
    assert.deepEqual(
      [...table.entries()].map(([key]) => key),
      ['a', 'c', 'cc', 'd'],
    );
    await subject.end();
  });

  test(`[D4] ${where}: tables are apart, and the same name gives the same one`, async () => {
    const subject = await open();
    subject.records.table('test/one').put('k', 1);
    subject.records.table('test/one-more').put('k', 2);
    assert.equal(subject.records.table('test/one'), subject.records.table('test/one'));
    await subject.records.durable();
    const after = await subject.restart();
    assert.deepEqual([...after.table('test/one').entries()], [['k', 1]]);
    assert.deepEqual([...after.table('test/one-more').entries()], [['k', 2]]);
    await subject.end();
  });

  test(`[D2] ${where}: durable says so also when there is nothing to write`, async () => {
    const subject = await open();
    await subject.records.durable();
    subject.records.table('test/one').delete('never there');
    await subject.records.durable();
    await subject.end();
  });
}

test('[D3] in memory, a record that is changed in place is found out', () => {
  const table = new MemoryRecords().table<{ list: { name: string }[] }>('test/values');
  const value = { list: [{ name: 'a' }] };
  table.put('k', value);
  assert.throws(() => {
    value.list[0]!.name = 'b';
  }, TypeError);
});

test('[D2] in memory, a crash takes what durable has not promised', async () => {
  const records = new MemoryRecords();
  records.table('test/one').put('kept', 1);
  await records.durable();
  records.table('test/one').put('lost', 1);
  assert.deepEqual([...records.afterCrash().table('test/one').entries()], [['kept', 1]]);
});
