import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, fromUtf8, utf8 } from '@crescendo/base';
import type { KvWriter } from '../ports.ts';
import { Machine } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { Volume } from './volume.ts';

interface Host {
  readonly world: World;
  readonly machine: Machine;
  readonly volume: Volume;
}

function host(seed = 1): Host {
  const world = new World({ seed });
  const machine = new Machine(world, 'a', 'a:1');
  return { world, machine, volume: new Volume(machine, 1000) };
}

const membership = { epoch: 1, voters: ['a'], learners: [] };
const entry = (index: number, term = 1) =>
  ({ type: 'command', index, term, data: utf8(`${index}`) }) as const;
const founding = { group: '0', snapshot: { index: 0, term: 0, membership } };

test('[D1] of log writes that were under way at a crash a prefix survives', async () => {
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 40; seed++) {
    const { world, machine, volume } = host(seed);
    await world.run(async () => {
      const { log } = volume.open(machine.start());
      await log.write([founding, { group: '0', entries: [entry(1)] }]);
      for (let index = 2; index <= 5; index++) void log.write([{ group: '0', entries: [entry(index)] }]);
      assert.equal(log.group('0')?.lastIndex(), 1, 'readable only once it is durable');
      machine.start();
    });
    const reopened = volume.open(machine.start()).log.group('0')!;
    assert.ok(reopened.lastIndex() >= 1);
    lengths.add(reopened.lastIndex());
  }
  assert.deepEqual([...lengths].sort(), [1, 2, 3, 4, 5]);
});

test('[D1] of state writes that were not flushed a prefix survives, whole writes only', async () => {
  const survivors = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const { world, machine, volume } = host(seed);
    await world.run(async () => {
      const { state } = volume.open(machine.start());
      const set = (kv: KvWriter, value: string): void => {
        kv.put(utf8('x'), utf8(value));
        kv.put(utf8('y'), utf8(value));
      };
      state.write((writer) => set(writer('0'), '1'));
      await state.flush();
      for (const value of ['2', '3']) state.write((writer) => set(writer('0'), value));
      state.write((writer) => writer('0').remove(utf8('x')));
      machine.kill();
    });
    const reader = volume.open(machine.start()).state.reader('0');
    const [x, y] = ['x', 'y'].map((key) => reader.get(utf8(key)));
    survivors.add(`${x === undefined ? '-' : fromUtf8(x)}${y === undefined ? '-' : fromUtf8(y)}`);
  }
  assert.deepEqual([...survivors].sort(), ['-3', '11', '22', '33']);
});

test('[D1] a state write that throws changes nothing', () => {
  const { machine, volume } = host();
  const { state } = volume.open(machine.start());
  state.write((writer) => writer('0').put(utf8('x'), utf8('1')));
  assert.throws(() =>
    state.write((writer) => {
      writer('0').put(utf8('x'), utf8('2'));
      writer('0').put(utf8('y'), utf8('2'));
      throw new Error('no');
    }),
  );
  assert.deepEqual(
    [...state.reader('0').range({ start: utf8('a'), end: utf8('zz') })].map(
      ({ key, value }) => fromUtf8(key) + fromUtf8(value),
    ),
    ['x1'],
  );
});

test('[D2] what was read is poisoned by the next write, a snapshot is not', () => {
  const { machine, volume } = host();
  volume.poisonsReads = true;
  const { state } = volume.open(machine.start());
  state.write((writer) => writer('0').put(utf8('x'), utf8('1')));
  const read = state.reader('0').get(utf8('x'))!;
  const snapshot = state.snapshot('0');
  assert.equal(fromUtf8(read), '1');
  state.write((writer) => writer('0').put(utf8('x'), utf8('2')));
  assert.deepEqual([...read], [0xdb]);
  assert.equal(fromUtf8(snapshot.get(utf8('x'))!), '1');
  const range = state
    .reader('0')
    .range({ start: utf8('a'), end: utf8('z') })
    [Symbol.iterator]();
  state.write((writer) => writer('0').put(utf8('y'), utf8('2')));
  range.next();
  state.write((writer) => writer('0').put(utf8('z'), utf8('2')));
  assert.throws(() => range.next(), /valid until then/);
});

test('[D1] a chunk is durable when its write resolved, and a full disk refuses more', async () => {
  const { world, machine, volume } = host();
  await world.run(async () => {
    const { chunks } = volume.open(machine.start());
    await chunks.write('b.0', new Uint8Array(800));
    machine.start();
  });
  const { chunks } = volume.open(machine.start());
  assert.equal(chunks.size('b.0'), 800);
  await assert.rejects(
    chunks.write('b.1', new Uint8Array(400)),
    (error) => error instanceof Failure && error.code === 'DiskFull',
  );
  chunks.remove('b.0');
  assert.equal(chunks.usage().usedBytes, 0);
});

test('[D1] a rotten chunk is never handed out', async () => {
  const { world, machine, volume } = host();
  await world.run(async () => {
    const { chunks } = volume.open(machine.start());
    await chunks.write('b.0', new Uint8Array(100));
    chunks.rot('b.0');
    assert.equal(await chunks.verify('b.0'), 'damaged');
    assert.deepEqual(await chunks.read('b.0', 0, 100), { ok: false, reason: 'damaged' });
    assert.equal(chunks.peek('b.0'), undefined);
    await chunks.write('b.0', new Uint8Array(100));
    assert.equal(await chunks.verify('b.0'), 'ok');
  });
});

test('[D1] a damaged log is a new identity that names the old one', async () => {
  const { world, machine, volume } = host();
  await world.run(async () => {
    const { identity, log } = volume.open(machine.start());
    await identity.save({ version: 1, nodeId: 'old', clusterId: 'c' });
    await log.write([founding]);
    machine.kill();
    volume.loseLog('new');
  });
  const { identity, log } = volume.open(machine.start());
  assert.deepEqual(identity.load(), { version: 1, nodeId: 'new', clusterId: 'c', replaces: 'old' });
  assert.deepEqual([...log.groups()], []);
});
