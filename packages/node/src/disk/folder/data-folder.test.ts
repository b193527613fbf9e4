import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { utf8 } from '@crescendo/base';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { writePlainChunk } from '../chunks/testing/plain-files.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';

const OPTIONS = { programVersion: '0.1.0', capacityBytes: 2 ** 30 };

function open(path: string): Promise<DataFolder> {
  return openDataFolder(path, OPTIONS);
}

/** A folder with something in each store, closed. */
async function filledFolder(path: string): Promise<string> {
  const folder = await open(path);
  await folder.log.write([{ group: '1', hardState: { term: 3, vote: 'x', commit: 0 } }]);
  await folder.chunks.write('a.0', new Uint8Array(10));
  folder.state.write((writer) => writer('1').put(utf8('k'), utf8('v')));
  const { nodeId } = folder.identity.load()!;
  await folder.identity.save({ version: 1, nodeId, clusterId: 'c1' });
  await folder.close();
  return nodeId;
}

async function using(path: string, body: (folder: DataFolder) => void | Promise<void>): Promise<void> {
  const folder = await open(path);
  try {
    await body(folder);
  } finally {
    await folder.close();
  }
}

test('[DF1] the first start draws an identity, later starts keep it and everything else', async () => {
  const temporary = temporaryFolder();
  const path = join(temporary.path, 'data');
  const nodeId = await filledFolder(path);
  assert.match(nodeId, /^[0-9a-f]{32}$/);
  await using(path, (folder) => {
    assert.deepEqual(folder.notes, {
      firstStart: false,
      stateLost: false,
      identityReplaced: false,
      cutBytes: 0,
      reasons: [],
    });
    assert.deepEqual(folder.identity.load(), { version: 1, nodeId, clusterId: 'c1' });
    assert.equal(folder.log.group('1')!.hardState.term, 3);
    assert.equal(folder.chunks.size('a.0'), 10);
    assert.deepEqual(folder.state.reader('1').get(utf8('k')), Buffer.from('v'));
  });
  temporary.remove();
});

test('[DF2] everything in the folder belongs to the user alone', async () => {
  const temporary = temporaryFolder();
  const path = join(temporary.path, 'data');
  await filledFolder(path);
  for (const name of ['.', ...(fs.readdirSync(path, { recursive: true }) as string[])]) {
    const mode = fs.statSync(join(path, name)).mode & 0o777;
    assert.equal(mode & 0o077, 0, `${name} has mode ${mode.toString(8)}`);
  }
  temporary.remove();
});

test('[DF3] a folder in use is refused with the number of the process that has it', async () => {
  const temporary = temporaryFolder();
  await using(temporary.path, async () => {
    await assert.rejects(open(temporary.path), {
      code: 'FolderInUse',
      message: new RegExp(`process ${process.pid};`),
    });
  });
  await using(temporary.path, () => undefined);
  temporary.remove();
});

test('[DF3] the lock of another process holds while it lives, and not after it was killed', async () => {
  const temporary = temporaryFolder();
  const script = `import { lockFolder } from ${JSON.stringify(fileURLToPath(new URL('folder-lock.ts', import.meta.url)))};
    lockFolder(${JSON.stringify(temporary.path)}); console.log('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await assert.rejects(open(temporary.path), {
    code: 'FolderInUse',
    message: new RegExp(`process ${child.pid};`),
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using(temporary.path, () => undefined);
  temporary.remove();
});

test('[DF4] a folder of a newer format is refused, names both versions, and is not touched', async () => {
  const temporary = temporaryFolder();
  await filledFolder(temporary.path);
  fs.writeFileSync(join(temporary.path, 'format.json'), '{"format":3,"program":"9.0.0"}');
  const before = fs.readdirSync(temporary.path, { recursive: true });
  await assert.rejects(open(temporary.path), {
    code: 'FolderNewer',
    message: /format 3, written by version 9\.0\.0.*up to 2/,
  });
  assert.deepEqual(fs.readdirSync(temporary.path, { recursive: true }), before);
  temporary.remove();
});

test('[DF9] a folder of an older format is opened with its chunks, and is marked as of this one', async () => {
  const temporary = temporaryFolder();
  await filledFolder(temporary.path);
  const format = join(temporary.path, 'format.json');
  fs.writeFileSync(format, '{"format":1,"program":"0.0.9"}');
  writePlainChunk(join(temporary.path, 'chunks'), 'old.0', new Uint8Array(70_000));
  await using(temporary.path, async (folder) => assert.equal(await folder.chunks.verify('old.0'), 'ok'));
  assert.equal(JSON.parse(fs.readFileSync(format, 'utf8')).format, 2);
  await using(temporary.path, (folder) => assert.equal(folder.chunks.size('old.0'), 70_000));
  temporary.remove();
});

test('[DF5] a damaged state is put aside and comes back empty; the rest stays', async () => {
  const temporary = temporaryFolder();
  const nodeId = await filledFolder(temporary.path);
  fs.writeFileSync(join(temporary.path, 'state', 'data.mdb'), 'nonsense'.repeat(2000));
  await using(temporary.path, (folder) => {
    assert.equal(folder.notes.stateLost, true);
    assert.equal(folder.notes.identityReplaced, false);
    assert.match(folder.notes.reasons.join(), /not an lmdb database/);
    assert.deepEqual([...folder.state.groups()], []);
    assert.equal(folder.identity.load()!.nodeId, nodeId);
    assert.equal(folder.log.group('1')!.hardState.term, 3);
  });
  assert.ok(fs.existsSync(join(temporary.path, 'aside', 'state', 'data.mdb')));
  fs.rmSync(join(temporary.path, 'state'), { recursive: true });
  await using(temporary.path, (folder) => assert.match(folder.notes.reasons.join(), /missing/));
  temporary.remove();
});

test('[DF6] a damaged log gives the node a new identity that names the old one; chunks stay', async () => {
  const temporary = temporaryFolder();
  const nodeId = await filledFolder(temporary.path);
  const damages: readonly (() => void)[] = [
    () => fs.truncateSync(join(temporary.path, 'log', 'segment-000000000001.log'), 40),
    () => fs.rmSync(join(temporary.path, 'log'), { recursive: true }),
  ];
  let old = nodeId;
  for (const damage of damages) {
    damage();
    await using(temporary.path, (folder) => {
      assert.equal(folder.notes.identityReplaced, true);
      assert.equal(folder.notes.stateLost, true);
      const identity = folder.identity.load()!;
      assert.notEqual(identity.nodeId, old);
      assert.deepEqual(identity, { version: 1, nodeId: identity.nodeId, clusterId: 'c1', replaces: old });
      assert.equal(folder.log.group('1'), undefined);
      assert.deepEqual([...folder.state.groups()], []);
      assert.equal(folder.chunks.size('a.0'), 10);
      old = identity.nodeId;
    });
    await using(temporary.path, (folder) => assert.equal(folder.identity.load()!.nodeId, old));
  }
  temporary.remove();
});

test('[DF7] a damaged identity is an error that says what to do', async () => {
  const temporary = temporaryFolder();
  await filledFolder(temporary.path);
  fs.writeFileSync(join(temporary.path, 'identity.json'), '{"version":1,"nodeId":"x"}');
  await assert.rejects(open(temporary.path), {
    code: 'IdentityDamaged',
    message: /"x" is no node id.*restore it/,
  });
  temporary.remove();
});

test('[DF8] a folder that can not be written is a clear error', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async () => {
  const temporary = temporaryFolder();
  const path = join(temporary.path, 'data');
  fs.mkdirSync(path, { mode: 0o500 });
  await assert.rejects(open(path), { code: 'FolderUnusable' });
  temporary.remove();
});

test('[DF8] a path that is not a folder is a clear error', async () => {
  const temporary = temporaryFolder();
  fs.writeFileSync(join(temporary.path, 'file'), '');
  await assert.rejects(open(join(temporary.path, 'file')), {
    code: 'FolderUnusable',
    message: /not a folder/,
  });
  temporary.remove();
});
