import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { utf8 } from '@crescendo/base';
import { testStateStore } from '@crescendo/store/testing';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import type { LmdbStateStore } from './lmdb-state-store.ts';
import { openState, type StateOptions } from './open-state.ts';

async function openWhole(options: StateOptions): Promise<LmdbStateStore> {
  const opening = await openState(options);
  assert.ok(opening.ok, opening.ok ? '' : opening.reason);
  return opening.state;
}

testStateStore('lmdb', async () => {
  const folder = temporaryFolder();
  let state = await openWhole({ folder: folder.path });
  return {
    state,
    reopen: async () => {
      await state.close();
      state = await openWhole({ folder: folder.path, expected: true });
      return state;
    },
    dispose: async () => {
      await state.close();
      folder.remove();
    },
  };
});

test('[ST1] the number of open snapshots is bounded', async () => {
  const folder = temporaryFolder();
  const state = await openWhole({ folder: folder.path, maxSnapshots: 2 });
  const first = state.snapshot('1');
  state.snapshot('1');
  assert.throws(() => state.snapshot('1'), { code: 'TooManySnapshots', retryable: true });
  first.close();
  state.snapshot('1').close();
  await state.close();
  folder.remove();
});

test('[ST2] a write whose work is asynchronous is a bug, and changes nothing', async () => {
  const folder = temporaryFolder();
  const state = await openWhole({ folder: folder.path });
  assert.throws(() => state.write(async (writer) => writer('1').put(utf8('a'), utf8('1'))), /asynchronous/);
  assert.equal(state.reader('1').get(utf8('a')), undefined);
  await state.close();
  assert.throws(() => state.write(() => 1), { code: 'StateClosed' });
  assert.throws(() => state.reader('1').get(utf8('a')) ?? state.snapshot('1'), { code: 'StateClosed' });
  folder.remove();
});

test('[ST3] the keys of a cleared group are removed little by little, also after a restart', async () => {
  const folder = temporaryFolder();
  let state = await openWhole({ folder: folder.path });
  state.write((writer) => {
    for (let i = 0; i < 3000; i++) writer('1').put(utf8(`key ${i}`), new Uint8Array(100));
  });
  await state.flush();
  state.clear('1');
  await state.close();
  state = await openWhole({ folder: folder.path });
  assert.deepEqual([...state.groups()], []);
  // Any write goes on with the removal.
  for (let round = 0; round < 10; round++) {
    state.write((writer) => writer('2').put(utf8('a'), utf8(`${round}`)));
    await state.flush();
  }
  await state.close();
  state = await openWhole({ folder: folder.path });
  const { entryCount } = state.stats();
  assert.ok(entryCount <= 5, `${entryCount} entries are left`);
  await state.close();
  folder.remove();
});

test('[ST3] keys that are written and cleared while an earlier write is under way are removed too', async () => {
  const folder = temporaryFolder();
  const state = await openWhole({ folder: folder.path });
  state.write((writer) => writer('2').put(utf8('a'), utf8('1')));
  // Long enough for the commit of the first write to begin.
  await new Promise((resolve) => setImmediate(resolve));
  state.write((writer) => {
    for (let i = 0; i < 20; i++) writer('1').put(utf8(`key ${i}`), utf8('x'));
  });
  state.clear('1');
  for (let round = 0; round < 5; round++) {
    await state.flush();
    state.write((writer) => writer('2').put(utf8('a'), utf8(`${round}`)));
  }
  await untilCommitted(state);
  const { entryCount } = state.stats();
  assert.ok(entryCount <= 5, `${entryCount} entries are left`);
  await state.close();
  folder.remove();
});

test('[ST4] a database that can not be used is reported, not guessed around', async () => {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data.mdb');
  const state = await openWhole({ folder: folder.path });
  state.write((writer) => writer('1').put(utf8('the key'), utf8('the value that will be damaged')));
  await state.close();
  const whole = fs.readFileSync(data);

  fs.writeFileSync(data, 'this is not a database, it is a text of some length'.repeat(400));
  const foreign = await openState({ folder: folder.path });
  assert.ok(!foreign.ok && /not an lmdb/.test(foreign.reason), JSON.stringify(foreign));

  const changed = Buffer.from(whole);
  for (let at = changed.indexOf('value that'); at >= 0; at = changed.indexOf('value that', at + 1))
    changed[at] = 0x56;
  fs.writeFileSync(data, changed);
  const flipped = await openWhole({ folder: folder.path });
  assert.throws(() => flipped.reader('1').get(utf8('the key')), { code: 'StateDamaged', message: /the key/ });
  await flipped.close();
  const after = await openState({ folder: folder.path });
  assert.ok(!after.ok && /damaged/.test(after.reason));
  fs.rmSync(join(folder.path, 'damaged'));

  fs.writeFileSync(join(folder.path, 'opening'), '');
  const crashed = await openState({ folder: folder.path });
  assert.ok(!crashed.ok && /ended while it opened/.test(crashed.reason));
  fs.rmSync(join(folder.path, 'opening'));

  fs.rmSync(data);
  const missing = await openState({ folder: folder.path, expected: true });
  assert.ok(!missing.ok && /missing/.test(missing.reason));
  folder.remove();
});

test('[ST7] a write that comes just when the one before is done is never forgotten', async () => {
  const folder = temporaryFolder();
  const state = await openWhole({ folder: folder.path });
  for (let turns = 0; turns < 12; turns++) {
    state.write((writer) => writer('1').put(utf8('a'), utf8(`${turns}`)));
    await untilCommitted(state);
    for (let turn = 0; turn < turns; turn++) await undefined;
    state.write((writer) => writer('1').put(utf8('b'), utf8(`${turns}`)));
    await untilCommitted(state);
  }
  await state.close();
  folder.remove();
});

/** Fails when the writes do not reach the database by themselves. */
async function untilCommitted(state: LmdbStateStore): Promise<void> {
  for (let turn = 0; state.pendingBytes() > 0; turn++) {
    assert.ok(turn < 100_000, 'a write stays in memory');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('[ST9] writes that nobody waits for share a batch that a flush asks for', async () => {
  const folder = temporaryFolder();
  const state = await openWhole({ folder: folder.path });
  const put = (value: number): void =>
    state.write((writer) => writer('1').put(utf8('row'), utf8(String(value))));
  put(0);
  await state.flush();
  for (let i = 1; i <= 20; i++) {
    put(i);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The first batch may be under way: the others wait.
  assert.ok(state.pendingBytes() > 0);
  await state.flush();
  assert.equal(state.pendingBytes(), 0);
  assert.equal(String(state.reader('1').get(utf8('row'))), '20');
  await state.close();
  folder.remove();
});

test('[ST9] a flush ends although writes go on without a pause', async () => {
  const folder = temporaryFolder();
  const state = await openWhole({ folder: folder.path });
  let flushed = false;
  let written = 0;
  const put = (): void => {
    state.write((writer) => writer('1').put(utf8(`row ${written % 100}`), utf8(String(written))));
    written++;
  };
  put();
  const flush = state.flush().then(() => {
    flushed = true;
  });
  while (!flushed && written < 100_000) {
    put();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(flushed, `${written} writes held it up`);
  await flush;
  await state.close();
  folder.remove();
});
