import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@crescendo/base';
import type { Entry } from '@crescendo/raft';
import { testLogStore } from '@crescendo/store/testing';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { syncData } from '../durable-file.ts';
import { type LogFileOptions, type LogFileStore, openLog } from './log-file-store.ts';

function openWhole(options: LogFileOptions): LogFileStore {
  const opening = openLog(options);
  assert.ok(opening.ok, opening.ok ? '' : opening.reason);
  return opening.log;
}

function entry(index: number, bytes: number): Entry {
  return { type: 'command', index, term: 1, data: new Uint8Array(bytes).fill(index) };
}

const VARIANTS: readonly (readonly [string, Partial<LogFileOptions>])[] = [
  ['segment files', {}],
  ['tiny segments, no cache', { segmentBytes: 300, cacheBytes: 0 }],
];

for (const [name, options] of VARIANTS) {
  testLogStore(name, async () => {
    const folder = temporaryFolder();
    let log = openWhole({ folder: folder.path, ...options });
    return {
      log,
      reopen: async () => {
        await log.close();
        log = openWhole({ folder: folder.path, expected: true, ...options });
        return log;
      },
      dispose: async () => {
        await log.close();
        folder.remove();
      },
    };
  });
}

test('[LG1] writes that wait for the same flush share it', async () => {
  const folder = temporaryFolder();
  let flushes = 0;
  const sync = (fd: number): Promise<void> => {
    flushes += 1;
    return syncData(fd);
  };
  const log = openWhole({ folder: folder.path, sync });
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => log.write([{ group: String(i), entries: [entry(1, 10)] }])),
  );
  assert.equal(flushes, 1);
  await log.close();
  folder.remove();
});

test('[LG2] after a failed flush every write is refused with the reason', async () => {
  const folder = temporaryFolder();
  const sync = (): Promise<void> =>
    Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
  const log = openWhole({ folder: folder.path, sync });
  const first = log.write([{ group: '1', entries: [entry(1, 10)] }]);
  await assert.rejects(first, { code: 'LogFailed', message: /EIO/ });
  await assert.rejects(log.write([{ group: '1', entries: [entry(1, 10)] }]), { code: 'LogFailed' });
  assert.equal(log.group('1'), undefined);
  await log.close();
  folder.remove();
});

test('[LG3] idle groups do not keep old segments', async () => {
  const folder = temporaryFolder();
  const options = {
    folder: folder.path,
    segmentBytes: 4096,
    cacheBytes: 10_000,
    sync: () => Promise.resolve(),
  };
  let log = openWhole(options);
  const membership = { epoch: 1, voters: ['a'], learners: [] };
  const idle = {
    group: 'idle',
    snapshot: { index: 4, term: 1, membership },
    hardState: { term: 1, vote: 'a', commit: 5 },
  };
  await log.write([{ ...idle, entries: [entry(5, 300), entry(6, 300)] }]);
  for (let index = 1; index <= 300; index++) {
    await log.write([{ group: 'busy', entries: [entry(index, 500)] }]);
    if (index > 2) log.compact('busy', { index: index - 2, term: 1, membership });
  }
  assert.ok(log.bytes() < 8 * 4096, `${log.bytes()} bytes are kept`);
  for (const round of ['before', 'after'] as const) {
    if (round === 'after') {
      await log.close();
      log = openWhole({ ...options, expected: true });
    }
    const group = log.group('idle')!;
    assert.deepEqual(group.hardState, idle.hardState);
    assert.deepEqual(group.snapshot, idle.snapshot);
    const data = group.entries(5, 7, 9999).map((e) => (e.type === 'command' ? [...e.data] : e));
    assert.deepEqual(data, [Array(300).fill(5), Array(300).fill(6)]);
    assert.deepEqual([log.group('busy')!.firstIndex(), log.group('busy')!.lastIndex()], [299, 300]);
  }
  await log.close();
  folder.remove();
});

test('[LG4] a write that does not fit the log is refused before anything of it is kept', async () => {
  const folder = temporaryFolder();
  const log = openWhole({ folder: folder.path });
  await log.write([{ group: '1', entries: [entry(1, 1)] }]);
  assert.throws(
    () => log.write([{ group: '1', hardState: { term: 9, vote: null, commit: 0 }, entries: [entry(3, 1)] }]),
    {
      message: /entry 3 of group 1 does not fit: the log holds 1\.\.1/,
    },
  );
  await log.write([{ group: '2', entries: [{ type: 'command', index: 1, term: 1, data: utf8('x') }] }]);
  assert.equal(log.group('1')!.hardState.term, 0);
  await log.close();
  folder.remove();
});

test('[LG5] a write that comes just when the one before is done is never forgotten', async () => {
  const folder = temporaryFolder();
  const log = openWhole({ folder: folder.path, sync: () => Promise.resolve() });
  let index = 0;
  for (let turns = 0; turns < 12; turns++) {
    for (let round = 0; round < 5; round++) {
      index += 1;
      await log.write([{ group: '1', entries: [entry(index, 10)] }]);
      for (let turn = 0; turn < turns; turn++) await undefined;
    }
  }
  assert.equal(log.group('1')!.lastIndex(), index);
  await log.close();
  folder.remove();
});
