import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import type { Entry } from '@crescendo/raft';
import type { LogWrite } from '@crescendo/store';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { systemCode } from '../durable-file.ts';
import { type LogFileStore, openLog } from './log-file-store.ts';

const MEMBERSHIP = { epoch: 1, voters: ['a', 'b', 'c'], learners: [] };

function entry(index: number, term: number): Entry {
  return { type: 'command', index, term, data: new Uint8Array(20 + (index % 7)).fill(index) };
}

/** Everything that the log says, as text. */
function describe(log: LogFileStore): string {
  const lines = [...log.groups()].sort().map((id) => {
    const group = log.group(id)!;
    const entries = group.entries(group.firstIndex(), group.lastIndex() + 1, 1e9);
    const data = entries.map(
      (e) => `${e.index}.${e.term}.${e.type === 'command' ? Buffer.from(e.data).toString('hex') : ''}`,
    );
    return `${id} ${JSON.stringify(group.hardState)} ${JSON.stringify(group.snapshot)} ${data.join(' ')}`;
  });
  return lines.join('\n');
}

const HISTORY: readonly (readonly LogWrite[])[] = [
  [
    {
      group: '1',
      snapshot: { index: 0, term: 0, membership: MEMBERSHIP },
      hardState: { term: 1, vote: 'a', commit: 0 },
    },
  ],
  [{ group: '1', entries: [entry(1, 1), entry(2, 1)] }],
  [
    { group: '2', entries: [entry(1, 1)] },
    { group: '1', entries: [entry(3, 1)], hardState: { term: 2, vote: null, commit: 2 } },
  ],
  [{ group: '1', entries: [entry(2, 2)] }],
];

/** Writes the history, one flush a step, and tells what the log said after each step and how long the files were. */
async function writeHistory(folder: string, segmentBytes: number) {
  const opening = openLog({ folder, segmentBytes });
  assert.ok(opening.ok);
  const { log } = opening;
  const states = [describe(log)];
  const lengths = [log.bytes()];
  for (const writes of HISTORY) {
    await log.write(writes);
    states.push(describe(log));
    lengths.push(log.bytes());
  }
  await log.close();
  return { states, lengths };
}

/** These tests are about what files hold, not about the disk. */
const sync = (): Promise<void> => Promise.resolve();

/** Opens the folder; `probe`: what was recovered must also be writable, and whole again afterwards. */
async function reopened(folder: string, probe: boolean): Promise<{ state: string } | { reason: string }> {
  const opening = openLog({ folder, expected: true, sync });
  if (!opening.ok) return { reason: opening.reason };
  const state = describe(opening.log);
  if (probe) await opening.log.write([{ group: 'probe', entries: [entry(1, 1)] }]);
  await opening.log.close();
  if (!probe) return { state };
  const again = openLog({ folder, expected: true });
  assert.ok(again.ok, again.ok ? '' : again.reason);
  assert.equal(describe(again.log).replace(/(^|\n)probe .*/, ''), state);
  await again.log.close();
  return { state };
}

/** Every offset near the end of a batch, and a sample of those between. */
function interesting(lengths: readonly number[], step: number): number[] {
  const total = lengths.at(-1)!;
  const near = (offset: number): boolean => lengths.some((end) => Math.abs(offset - end) <= 3);
  return Array.from({ length: total + 1 }, (_, offset) => offset).filter((at) => at % step === 0 || near(at));
}

/** Runs `change` on a copy of the folder and opens it. */
async function afterChange(folder: string, change: (copy: string) => void, probe = true) {
  const copy = `${folder}-copy`;
  fs.cpSync(folder, copy, { recursive: true });
  try {
    change(copy);
    return await reopened(copy, probe);
  } finally {
    fs.rmSync(copy, { recursive: true });
  }
}

const FIRST = 'segment-000000000001.log';

function flip(path: string, offset: number): void {
  const bytes = fs.readFileSync(path);
  bytes[offset] = bytes[offset]! ^ 0x10;
  fs.writeFileSync(path, bytes);
}

test('[LR1] whatever a crash cuts from the end, some acknowledged state comes back, and nothing acknowledged is lost', async () => {
  const folder = temporaryFolder();
  const { states, lengths } = await writeHistory(folder.path, 1 << 20);
  for (const length of interesting(lengths, 29)) {
    const cut = (copy: string): void => {
      fs.rmSync(join(copy, 'durable'));
      fs.truncateSync(join(copy, FIRST), length);
    };
    const found = await afterChange(folder.path, cut, length % 4 === 0);
    const step = lengths.findLastIndex((durable) => durable <= length);
    if (step < 0) assert.ok('reason' in found, `a log without a whole header at ${length} bytes`);
    else assert.deepEqual(found, { state: states[step] }, `cut at ${length}`);
  }
  folder.remove();
});

test('[LR2] a log shorter than it was durable is damage', async () => {
  const folder = temporaryFolder();
  const { states, lengths } = await writeHistory(folder.path, 1 << 20);
  for (const length of [0, 31, 32, ...lengths.slice(1, -1), lengths.at(-1)! - 1]) {
    const found = await afterChange(folder.path, (copy) => fs.truncateSync(join(copy, FIRST), length));
    assert.ok('reason' in found, `cut at ${length}`);
  }
  assert.deepEqual(await afterChange(folder.path, () => undefined), { state: states.at(-1) });
  folder.remove();
});

test('[LR3] a changed byte anywhere in what was durable is damage', async () => {
  const folder = temporaryFolder();
  const { lengths, states } = await writeHistory(folder.path, 1 << 20);
  for (const offset of interesting(lengths, 7)) {
    if (offset === lengths.at(-1)) continue;
    const known = await afterChange(folder.path, (copy) => flip(join(copy, FIRST), offset));
    assert.ok('reason' in known, `byte ${offset} with the mark`);
    const change = (copy: string): void => {
      fs.rmSync(join(copy, 'durable'));
      flip(join(copy, FIRST), offset);
    };
    const found = await afterChange(folder.path, change, false);
    // Without the mark the last batch alone looks like a torn write.
    if (offset < lengths.at(-2)!) assert.ok('reason' in found, `byte ${offset} without the mark`);
    else assert.deepEqual(found, { state: states.at(-2) }, `byte ${offset} of the last batch`);
  }
  folder.remove();
});

test('[LR4] a torn write behind what was durable is cut off', async () => {
  const folder = temporaryFolder();
  const { states } = await writeHistory(folder.path, 1 << 20);
  const tail = fs.readFileSync(join(folder.path, FIRST)).subarray(32, 400);
  for (const torn of [Buffer.alloc(1), Buffer.alloc(5000), Buffer.from('garbage'), tail]) {
    const found = await afterChange(folder.path, (copy) => fs.appendFileSync(join(copy, FIRST), torn));
    assert.deepEqual(found, { state: states.at(-1) });
  }
  folder.remove();
});

test('[LR5] a missing, shortened or renamed segment is damage', async () => {
  const folder = temporaryFolder();
  const { states, lengths } = await writeHistory(folder.path, 100);
  const segments = fs.readdirSync(folder.path).filter((name) => name.startsWith('segment'));
  assert.equal(segments.length, HISTORY.length);
  assert.deepEqual(await afterChange(folder.path, () => undefined), { state: states.at(-1) });
  for (const segment of segments) {
    const gone = await afterChange(folder.path, (copy) => fs.rmSync(join(copy, segment)));
    assert.ok('reason' in gone, `${segment} missing`);
    const empty = await afterChange(folder.path, (copy) => fs.truncateSync(join(copy, segment), 32));
    assert.ok('reason' in empty, `${segment} shortened to its header`);
  }
  const swapped = await afterChange(folder.path, (copy) => {
    fs.renameSync(join(copy, segments[1]!), join(copy, 'aside'));
    fs.renameSync(join(copy, segments[2]!), join(copy, segments[1]!));
    fs.renameSync(join(copy, 'aside'), join(copy, segments[2]!));
  });
  assert.ok('reason' in swapped);
  const wiped = await afterChange(folder.path, (copy) => {
    for (const name of fs.readdirSync(copy)) fs.rmSync(join(copy, name));
  });
  assert.ok('reason' in wiped && /has had one/.test(wiped.reason));
  assert.ok(lengths.length > 0);
  folder.remove();
});

test('[LR6] a segment whose creation was torn is made anew', async () => {
  const folder = temporaryFolder();
  const { states } = await writeHistory(folder.path, 1 << 20);
  for (const length of [0, 10, 32]) {
    const found = await afterChange(folder.path, (copy) =>
      fs.writeFileSync(join(copy, 'segment-000000000002.log'), Buffer.alloc(length)),
    );
    assert.deepEqual(found, { state: states.at(-1) });
  }
  folder.remove();
});

/** Copies the folder of a running store, as a crash would leave it: old segments may vanish meanwhile. */
function copyRunning(from: string, to: string): void {
  fs.mkdirSync(to);
  for (const name of fs.readdirSync(from)) {
    try {
      fs.copyFileSync(join(from, name), join(to, name));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
}

test('[LR7] random histories with compaction, removal and collection survive being killed at any flush', async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const random = seededRandom(seed);
    const folder = temporaryFolder();
    let killed = 0;
    const snapshots: { copy: string; before: string }[] = [];
    const options = { folder: folder.path, segmentBytes: 600, cacheBytes: 500, sync };
    const opening = openLog(options);
    assert.ok(opening.ok);
    const { log } = opening;
    for (let step = 0; step < 150; step++) {
      const id = String(random.int(4));
      const group = log.group(id);
      const last = group?.lastIndex() ?? 0;
      const choice = random.int(20);
      if (choice === 0) log.remove(id);
      else if (choice < 8 && group !== undefined && last > group.firstIndex()) {
        const index = group.firstIndex() + random.int(last - group.firstIndex());
        log.compact(id, { index, term: group.term(index)!, membership: MEMBERSHIP });
      } else {
        const first = Math.max(group?.firstIndex() ?? 1, last + 1 - (random.chance(0.2) ? random.int(3) : 0));
        const entries = Array.from({ length: 1 + random.int(3) }, (_, i) => entry(first + i, step));
        await log.write([{ group: id, entries, hardState: { term: step, vote: id, commit: 0 } }]);
      }
      // Now everything in memory is on disk too.
      if (random.chance(0.1)) {
        await log.write([{ group: 'pulse', hardState: { term: step, vote: null, commit: 0 } }]);
        const copy = `${folder.path}-${killed++}`;
        copyRunning(folder.path, copy);
        snapshots.push({ copy, before: describe(log) });
      }
    }
    await log.close();
    for (const { copy, before } of snapshots) {
      const found = openLog({ ...options, folder: copy, expected: true });
      assert.ok(found.ok, found.ok ? '' : `seed ${seed}: ${found.reason}`);
      assert.equal(describe(found.log), before, `seed ${seed}`);
      await found.log.close();
      fs.rmSync(copy, { recursive: true });
    }
    folder.remove();
  }
});
