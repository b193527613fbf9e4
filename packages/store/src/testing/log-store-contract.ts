import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@crescendo/base';
import type { Entry, Membership, SnapshotMark } from '@crescendo/raft';
import type { LogStore } from '../ports/log-store.ts';

/** One log store under test. */
export interface LogStoreHarness {
  readonly log: LogStore;
  /** Closes the store and opens it again on what it kept. */
  reopen(): Promise<LogStore>;
  dispose(): Promise<void>;
}

const MEMBERSHIP: Membership = { epoch: 1, voters: ['a', 'b', 'c'], learners: [] };

export function commandEntry(index: number, term: number, text = `command ${index}`): Entry {
  return { type: 'command', index, term, data: utf8(text) };
}

function mark(index: number, term: number): SnapshotMark {
  return { index, term, membership: MEMBERSHIP };
}

function commandEntries(from: number, to: number, term: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => commandEntry(from + i, term));
}

/** Indices and terms of what the log holds, for short comparisons. */
function contents(log: LogStore, id: string): string | undefined {
  const group = log.group(id);
  if (group === undefined) return undefined;
  const entries = group.entries(group.firstIndex(), group.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
  return `${group.snapshot.index}.${group.snapshot.term}|${entries.map((e) => `${e.index}.${e.term}`).join(' ')}`;
}

/** Looks at the store as it is, and again after opening it anew. */
async function nowAndReopened(harness: LogStoreHarness, check: (log: LogStore) => void): Promise<void> {
  check(harness.log);
  check(await harness.reopen());
}

/** Registers the tests that every `LogStore` passes. */
export function testLogStore(name: string, open: () => Promise<LogStoreHarness>): void {
  const rule = (title: string, body: (harness: LogStoreHarness) => Promise<void>): void => {
    test(`${title} (${name})`, async () => {
      const harness = await open();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };

  rule('[PL1] a resolved write is readable and survives reopening', async (harness) => {
    const entries: Entry[] = [
      commandEntry(1, 1),
      { type: 'empty', index: 2, term: 2 },
      { type: 'membership', index: 3, term: 2, membership: { ...MEMBERSHIP, epoch: 2, learners: ['d'] } },
    ];
    const hardState = { term: 2, vote: 'b', commit: 1 };
    await harness.log.write([{ group: 'system', snapshot: mark(0, 0), hardState, entries }]);
    await nowAndReopened(harness, (log) => {
      const group = log.group('system')!;
      assert.deepEqual(group.hardState, hardState);
      assert.deepEqual(group.snapshot, mark(0, 0));
      assert.deepEqual(plain(group.entries(1, 4, 1000)), plain(entries));
      assert.deepEqual([group.firstIndex(), group.lastIndex()], [1, 3]);
      assert.deepEqual(
        [0, 1, 2, 3, 4].map((i) => group.term(i)),
        [0, 1, 2, 2, undefined],
      );
      assert.deepEqual([...log.groups()], ['system']);
    });
  });

  rule('[PL2] an entry replaces everything from its index on', async (harness) => {
    await harness.log.write([{ group: '7', entries: commandEntries(1, 5, 1) }]);
    await harness.log.write([{ group: '7', entries: [commandEntry(3, 2)] }]);
    assert.equal(contents(harness.log, '7'), '0.0|1.1 2.1 3.2');
    const log = await harness.reopen();
    assert.equal(contents(log, '7'), '0.0|1.1 2.1 3.2');
    await log.write([{ group: '7', entries: [commandEntry(4, 2)] }]);
    assert.equal(contents(log, '7'), '0.0|1.1 2.1 3.2 4.2');
  });

  rule('[PL3] a snapshot mark keeps later entries exactly when they follow it', async (harness) => {
    await harness.log.write([
      { group: 'follows', entries: commandEntries(1, 5, 1) },
      { group: 'differs', entries: commandEntries(1, 5, 1) },
      { group: 'beyond', entries: commandEntries(1, 5, 1) },
    ]);
    await harness.log.write([
      { group: 'follows', snapshot: mark(3, 1) },
      { group: 'differs', snapshot: mark(3, 2) },
      { group: 'beyond', snapshot: mark(9, 3), entries: [commandEntry(10, 3)] },
    ]);
    await nowAndReopened(harness, (log) => {
      assert.equal(contents(log, 'follows'), '3.1|4.1 5.1');
      assert.equal(contents(log, 'differs'), '3.2|');
      assert.equal(contents(log, 'beyond'), '9.3|10.3');
    });
  });

  rule('[PL3] a snapshot mark looks at entries that are still on their way', async (harness) => {
    const first = harness.log.write([{ group: 'x', entries: commandEntries(1, 4, 1) }]);
    const second = harness.log.write([{ group: 'x', snapshot: mark(2, 1) }]);
    const third = harness.log.write([{ group: 'x', snapshot: mark(3, 9) }]);
    await Promise.all([first, second, third]);
    await nowAndReopened(harness, (log) => assert.equal(contents(log, 'x'), '3.9|'));
  });

  rule('[PL4] compaction drops entries up to its mark at once and keeps later ones', async (harness) => {
    await harness.log.write([{ group: '1', snapshot: mark(0, 0), entries: commandEntries(1, 6, 1) }]);
    harness.log.compact('1', mark(4, 1));
    assert.equal(contents(harness.log, '1'), '4.1|5.1 6.1');
    assert.equal(harness.log.group('1')!.term(4), 1);
    assert.equal(harness.log.group('1')!.term(3), undefined);
    harness.log.compact('1', mark(2, 1));
    assert.equal(contents(harness.log, '1'), '4.1|5.1 6.1', 'an older mark changes nothing');
    const log = await harness.reopen();
    assert.equal(contents(log, '1'), '4.1|5.1 6.1');
    await log.write([{ group: '1', entries: [commandEntry(7, 2)] }]);
    assert.equal(contents(await harness.reopen(), '1'), '4.1|5.1 6.1 7.2');
  });

  rule('[PL5] a removed group is gone at once and can be created anew', async (harness) => {
    await harness.log.write([{ group: '1', entries: commandEntries(1, 3, 1) }]);
    const late = harness.log.write([{ group: '1', entries: [commandEntry(4, 1)] }]);
    harness.log.remove('1');
    assert.equal(harness.log.group('1'), undefined);
    await late;
    assert.equal(harness.log.group('1'), undefined, 'a write that was on its way does not bring it back');
    const log = await harness.reopen();
    assert.equal(log.group('1'), undefined);
    await log.write([{ group: '1', snapshot: mark(8, 2), entries: [commandEntry(9, 2)] }]);
    assert.equal(contents(await harness.reopen(), '1'), '8.2|9.2');
  });

  rule('[PL6] entries are limited by bytes of data, but never to nothing', async (harness) => {
    const texts = ['x'.repeat(100), 'y'.repeat(100), 'z'.repeat(100)];
    await harness.log.write([{ group: '1', entries: texts.map((text, i) => commandEntry(i + 1, 1, text)) }]);
    await nowAndReopened(harness, (log) => {
      const group = log.group('1')!;
      const counts = [0, 99, 100, 200, 299, 300].map((maxBytes) => group.entries(1, 4, maxBytes).length);
      assert.deepEqual(counts, [1, 1, 1, 2, 2, 3]);
      assert.equal(group.entries(2, 3, 1000).length, 1);
      assert.equal(group.entries(4, 9, 1000).length, 0);
    });
  });

  rule('[PL7] groups do not see each other, and writes resolve in order', async (harness) => {
    const order: number[] = [];
    const writes = Array.from({ length: 40 }, (_, i) =>
      harness.log
        .write([
          { group: String(i % 4), entries: [commandEntry(Math.floor(i / 4) + 1, 1, `text ${i}`)] },
          { group: 'all', hardState: { term: i, vote: null, commit: 0 } },
        ])
        .then(() => order.push(i)),
    );
    await Promise.all(writes);
    assert.deepEqual(
      order,
      Array.from({ length: 40 }, (_, i) => i),
    );
    await nowAndReopened(harness, (log) => {
      assert.ok(log.bytes() > 0);
      assert.deepEqual(log.group('all')!.hardState, { term: 39, vote: null, commit: 0 });
      for (const id of ['0', '1', '2', '3']) assert.equal(log.group(id)!.lastIndex(), 10);
    });
  });
}

/** Entries with their data as arrays: a Buffer and a Uint8Array of the same bytes compare equal. */
function plain(entries: readonly Entry[]): unknown[] {
  return entries.map((entry) => (entry.type === 'command' ? { ...entry, data: [...entry.data] } : entry));
}
