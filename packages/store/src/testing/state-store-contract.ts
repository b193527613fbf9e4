import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, fromUtf8, seededRandom, utf8 } from '@crescendo/base';
import type { KvReader, StateStore } from '../ports/state-store.ts';

/** One state store under test. */
export interface StateStoreHarness {
  readonly state: StateStore;
  /** Closes the store and opens it again on what it kept. */
  reopen(): Promise<StateStore>;
  dispose(): Promise<void>;
}

const ALL = { start: new Uint8Array(0), end: new Uint8Array(1400).fill(255) };

function rows(
  reader: KvReader,
  options: { start?: string; end?: string; reverse?: boolean; limit?: number } = {},
) {
  const { start, end, ...rest } = options;
  const range = {
    start: start === undefined ? ALL.start : utf8(start),
    end: end === undefined ? ALL.end : utf8(end),
    ...rest,
  };
  return [...reader.range(range)].map(({ key, value }) => `${fromUtf8(key)}=${fromUtf8(value)}`).join(' ');
}

function put(state: StateStore, group: string, pairs: Readonly<Record<string, string | null>>): void {
  state.write((writer) => {
    for (const [key, value] of Object.entries(pairs)) {
      if (value === null) writer(group).remove(utf8(key));
      else writer(group).put(utf8(key), utf8(value));
    }
  });
}

function get(reader: KvReader, key: string): string | undefined {
  const value = reader.get(utf8(key));
  return value === undefined ? undefined : fromUtf8(value);
}

/** Registers the tests that every `StateStore` passes. */
export function testStateStore(name: string, open: () => Promise<StateStoreHarness>): void {
  const rule = (title: string, body: (harness: StateStoreHarness) => Promise<void>): void => {
    test(`${title} (${name})`, async () => {
      const harness = await open();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };

  /** Runs the check on fresh writes, on flushed ones, and after reopening. */
  const always = async (harness: StateStoreHarness, check: (state: StateStore) => void): Promise<void> => {
    check(harness.state);
    await harness.state.flush();
    check(harness.state);
    check(await harness.reopen());
  };

  rule('[PS1] a range is ordered by unsigned bytes, half open, reversible and limited', async (harness) => {
    const keys = [[0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0]];
    harness.state.write((writer) => {
      for (const key of keys.toReversed()) writer('1').put(Uint8Array.from(key), Uint8Array.from(key));
    });
    await always(harness, (state) => {
      const reader = state.reader('1');
      const list = (start: number[], end: number[], rest: { reverse?: boolean; limit?: number } = {}) =>
        [...reader.range({ start: Uint8Array.from(start), end: Uint8Array.from(end), ...rest })].map(
          (pair) => [...pair.key],
        );
      assert.deepEqual(list([], [255, 255]), keys);
      assert.deepEqual(list([0, 0], [128]), [[0, 0], [0, 255], [1], [127]]);
      assert.deepEqual(list([0, 0], [128], { reverse: true }), [[127], [1], [0, 255], [0, 0]]);
      assert.deepEqual(list([0, 1], [200], { limit: 2 }), [[0, 255], [1]]);
      assert.deepEqual(list([], [255, 255], { reverse: true, limit: 1 }), [[255, 0]]);
      assert.deepEqual(list([5], [5]), []);
      assert.deepEqual(list([9], [5]), []);
      assert.deepEqual(list([], [255, 255], { limit: 0 }), []);
    });
  });

  rule('[PS2] a write that throws changes nothing', async (harness) => {
    put(harness.state, '1', { a: '1', b: '2' });
    assert.throws(
      () =>
        harness.state.write((writer) => {
          writer('1').put(utf8('a'), utf8('9'));
          writer('1').remove(utf8('b'));
          writer('1').put(utf8('c'), utf8('9'));
          writer('new').put(utf8('x'), utf8('9'));
          throw new Error('on purpose');
        }),
      /on purpose/,
    );
    await always(harness, (state) => {
      assert.equal(rows(state.reader('1')), 'a=1 b=2');
      assert.equal(rows(state.reader('new')), '');
      assert.deepEqual([...state.groups()], ['1']);
    });
  });

  rule('[PS2] a write returns what its work returns, and is visible then', async (harness) => {
    const result = harness.state.write((writer) => {
      writer('1').put(utf8('a'), utf8('1'));
      return 42;
    });
    assert.equal(result, 42);
    assert.equal(get(harness.state.reader('1'), 'a'), '1');
  });

  rule('[PS3] a writer sees its own changes', async (harness) => {
    put(harness.state, '1', { a: '1', b: '2', c: '3' });
    await harness.state.flush();
    harness.state.write((writer) => {
      const kv = writer('1');
      kv.put(utf8('b'), utf8('9'));
      kv.remove(utf8('a'));
      kv.put(utf8('d'), utf8('4'));
      assert.equal(get(kv, 'a'), undefined);
      assert.equal(get(kv, 'b'), '9');
      assert.equal(rows(kv), 'b=9 c=3 d=4');
      assert.equal(rows(kv, { reverse: true, limit: 2 }), 'd=4 c=3');
      kv.remove(utf8('d'));
      assert.equal(rows(kv), 'b=9 c=3');
    });
    await always(harness, (state) => assert.equal(rows(state.reader('1')), 'b=9 c=3'));
  });

  rule('[PS4] a snapshot stays at its moment through writes, flushes and clearing', async (harness) => {
    const { state } = harness;
    put(state, '1', { a: '1', b: '2' });
    await state.flush();
    put(state, '1', { b: null, c: '3' });
    const snapshot = state.snapshot('1');
    put(state, '1', { a: '9', d: '4' });
    assert.equal(rows(snapshot), 'a=1 c=3');
    await state.flush();
    for (let round = 0; round < 50; round++) {
      put(state, '1', { a: `${round}`, [`k${round}`]: 'x' });
      if (round % 10 === 0) await state.flush();
    }
    assert.equal(rows(snapshot), 'a=1 c=3');
    state.clear('1');
    await state.flush();
    put(state, '1', { z: '1' });
    await state.flush();
    assert.equal(rows(snapshot), 'a=1 c=3');
    assert.equal(get(snapshot, 'c'), '3');
    assert.equal(get(snapshot, 'b'), undefined);
    snapshot.close();
    snapshot.close();
    assert.equal(rows(state.reader('1')), 'z=1');
  });

  rule('[PS5] clearing removes one group and nothing else', async (harness) => {
    put(harness.state, '1', { a: '1' });
    put(harness.state, '2', { a: '2' });
    await harness.state.flush();
    put(harness.state, '1', { b: '1' });
    harness.state.clear('1');
    harness.state.clear('unknown');
    await always(harness, (state) => {
      assert.equal(rows(state.reader('1')), '');
      assert.equal(rows(state.reader('2')), 'a=2');
      assert.deepEqual([...state.groups()], ['2']);
    });
  });

  rule('[PS5] a cleared group can be filled anew', async (harness) => {
    put(harness.state, '1', { a: '1', b: '1' });
    harness.state.clear('1');
    put(harness.state, '1', { b: '2' });
    await always(harness, (state) => assert.equal(rows(state.reader('1')), 'b=2'));
  });

  rule('[PS8] renaming puts one map in place of another in one step', async (harness) => {
    put(harness.state, 'old', { a: '1', b: '1' });
    await harness.state.flush();
    put(harness.state, 'incoming', { a: '2', c: '2' });
    harness.state.rename('incoming', 'old');
    put(harness.state, 'old', { d: '3' });
    put(harness.state, 'incoming', { z: '9' });
    harness.state.rename('incoming', 'other');
    harness.state.rename('missing', 'other');
    await always(harness, (state) => {
      assert.equal(rows(state.reader('old')), 'a=2 c=2 d=3');
      assert.equal(rows(state.reader('incoming')), '');
      assert.equal(rows(state.reader('other')), '', 'a map that is not there is an empty one');
      assert.deepEqual([...state.groups()], ['old']);
    });
  });

  rule('[PS6] keys of 1,400 bytes and values of any size are kept', async (harness) => {
    const long = new Uint8Array(1400).fill(7);
    const sizes = [0, 1, 100, 5000, 300_000];
    harness.state.write((writer) => {
      writer('1').put(long, utf8('long'));
      for (const size of sizes) writer('1').put(utf8(`size ${size}`), new Uint8Array(size).fill(size % 251));
    });
    await always(harness, (state) => {
      const reader = state.reader('1');
      assert.equal(fromUtf8(reader.get(long)!), 'long');
      for (const size of sizes) {
        const value = reader.get(utf8(`size ${size}`))!;
        assert.equal(compareBytes(value, new Uint8Array(size).fill(size % 251)), 0);
      }
    });
  });

  rule('[PS6] what a caller does with its buffers after a write does not matter', async (harness) => {
    const key = utf8('key');
    const value = utf8('value');
    harness.state.write((writer) => writer('1').put(key, value));
    key.fill(0);
    value.fill(0);
    await always(harness, (state) => assert.equal(rows(state.reader('1')), 'key=value'));
  });

  rule('[PS7] groups do not see each other', async (harness) => {
    for (const group of ['1', '10', 'system']) put(harness.state, group, { a: group });
    await always(harness, (state) => {
      for (const group of ['1', '10', 'system']) assert.equal(rows(state.reader(group)), `a=${group}`);
      assert.equal(rows(state.reader('2')), '');
      assert.deepEqual([...state.groups()].sort(), ['1', '10', 'system']);
    });
  });

  rule('[PS1] random writes agree with a plain map, at every moment', async (harness) => {
    const random = seededRandom(7);
    const model = new Map<string, string>();
    let { state } = harness;
    for (let step = 0; step < 400; step++) {
      const pairs: Record<string, string | null> = {};
      for (let i = random.int(6); i >= 0; i--) {
        pairs[`k${random.int(60)}`] = random.chance(0.3) ? null : `${step}`;
      }
      put(state, '1', pairs);
      for (const [key, value] of Object.entries(pairs)) {
        if (value === null) model.delete(key);
        else model.set(key, value);
      }
      const [start, end] = [`k${random.int(60)}`, `k${random.int(60)}`];
      const reverse = random.chance(0.5);
      const limit = 1 + random.int(30);
      const sorted = [...model]
        .filter(([key]) => key >= start && key < end)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      const expected = (reverse ? sorted.reverse() : sorted)
        .slice(0, limit)
        .map(([key, value]) => `${key}=${value}`);
      assert.equal(
        rows(state.reader('1'), { start, end, reverse, limit }),
        expected.join(' '),
        `step ${step}`,
      );
      if (random.chance(0.05)) await state.flush();
      if (random.chance(0.1)) await new Promise((resolve) => setImmediate(resolve));
      if (random.chance(0.01)) state = await harness.reopen();
    }
  });
}
