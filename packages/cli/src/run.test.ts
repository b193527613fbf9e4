import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { shellQuote } from './commands/env.ts';
import { recoverWith } from './commands/recover.ts';
import { runCommand } from './run.ts';
import { FakeStore } from './testing/fake-store.ts';
import { memoryTerminal } from './testing/memory-terminal.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

interface Result {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

async function run(environment: Record<string, string>, ...programArguments: string[]): Promise<Result> {
  const terminal = memoryTerminal();
  const signal = new AbortController().signal;
  const status = await runCommand(programArguments, { terminal, environment, signal });
  return { status, output: terminal.output(), errors: terminal.errors() };
}

async function bench(
  t: TestContext,
): Promise<{ store: FakeStore; folder: string; cli: (...args: string[]) => Promise<Result> }> {
  const store = await FakeStore.start(t);
  const folder = await temporaryFolder(t);
  return { store, folder, cli: (...args) => run(store.environment, ...args) };
}

test('[CLI1] help is status 0, a wrong call 2, with the reason', async () => {
  assert.equal((await run({}, '--help')).status, 0);
  for (const name of ['up', 'env', 'status', 'upload', 'download', 'ls', 'rm', 'node', 'drain', 'recover']) {
    const { status, output } = await run({}, name, '--help');
    assert.equal(status, 0);
    assert.match(output, new RegExp(`^Usage: crescendo ${name} `));
  }
  for (const wrong of [
    ['frobnicate'],
    ['ls', '--nope'],
    ['upload'],
    ['up', '--port', 'x'],
    ['up', '--partitions', '48'],
    ['node', '--bare', '--classic-port', '0', '--data', '/nonexistent/data'],
    ['node', '--bare', '--no-classic', '--data', '/nonexistent/data'],
    [],
  ]) {
    const { status, errors } = await run({}, ...wrong);
    assert.equal(status, 2, wrong.join(' '));
    assert.notEqual(errors, '');
  }
});

test('[CLI1] when nothing answers that is said once, with what to do', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['a', 'b']) await writeFile(join(folder, name), '');
  const environment = {
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'y',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  };
  for (const call of [
    ['upload', join(folder, 'a'), join(folder, 'b')],
    ['download', 'a', 'b'],
    ['ls'],
    ['rm', 'a', 'b'],
    ['status'],
  ]) {
    const { status, errors } = await run(environment, ...call);
    assert.equal(status, 1);
    assert.equal(
      errors.match(/nothing answers at http:\/\/127\.0\.0\.1:1 .*"crescendo up"/g)?.length,
      1,
      errors,
    );
  }
});

test('[UP1] [DL1] a folder goes up and comes down the same', async (t) => {
  const { store, folder, cli } = await bench(t);
  await mkdir(join(folder, 'photos/a b'), { recursive: true });
  await writeFile(join(folder, 'photos/a b/größe 日本+%.txt'), 'hello');
  await writeFile(join(folder, 'photos/empty'), '');
  assert.equal((await cli('upload', join(folder, 'photos'))).status, 0);
  assert.deepEqual([...store.objects.keys()].sort(), [
    'files/photos/a b/größe 日本+%.txt',
    'files/photos/empty',
  ]);
  const { status, errors } = await cli('download', 'photos', '-o', join(folder, 'got'));
  assert.equal(status, 0);
  assert.match(errors, /downloaded 2 files, 5 B\n$/);
  assert.equal(await readFile(join(folder, 'got/a b/größe 日本+%.txt'), 'utf8'), 'hello');
  assert.equal(await readFile(join(folder, 'got/empty'), 'utf8'), '');
});

test('[DL4] failures are listed by name, the others are done, and the status is 1', async (t) => {
  const { store, folder, cli } = await bench(t);
  store.put('files/d/good', Buffer.from('1'));
  store.put('files/d/bad', Buffer.from('2'));
  store.fault = (request) =>
    request.path.endsWith('bad') ? { kind: 'status', status: 403, code: 'AccessDenied' } : undefined;
  const { status, errors } = await cli('download', 'd/', '-o', join(folder, 'got'));
  assert.equal(status, 1);
  assert.match(errors, /failed: d\/bad: .*\ndownloaded 1 file, 1 B, 1 failed\n$/);
  assert.deepEqual(await readdir(join(folder, 'got')), ['good']);
});

test('[DL3] names that lead out of the folder are refused, the rest is fetched', async (t) => {
  const { store, folder, cli } = await bench(t);
  for (const key of ['d/../../out', 'd//etc/x', 'd/./x', 'd/fine'])
    store.put(`files/${key}`, Buffer.from('x'));
  const { status, errors } = await cli('download', 'd/', '-o', join(folder, 'deep/got'));
  assert.equal(status, 1);
  assert.equal(errors.match(/is no safe path/g)?.length, 3);
  assert.deepEqual(await readdir(folder, { recursive: true }), ['deep', 'deep/got', 'deep/got/fine']);
});

test('[SHOW3] ls prints pages of names, sizes and times, or one array', async (t) => {
  const { store, cli } = await bench(t);
  store.pageSize = 2;
  for (const key of ['a', 'b c', 'd/ü', 'x\u001b[2J']) store.put(`files/${key}`, Buffer.from(key));
  const { output } = await cli('ls');
  assert.match(output, /^2026-01-02 03:04:05 {15}1 {2}a\n.* {2}b c\n.* {2}d\/ü\n.*x\ufffd\[2J\n$/);
  const listed = JSON.parse((await cli('ls', 'd', '--json')).output);
  assert.deepEqual(
    listed.map(({ name, bytes }: { name: string; bytes: number }) => [name, bytes]),
    [['d/ü', 4]],
  );
});

test('[CLI1] before the first upload the default bucket is empty; another bucket is a failure', async (t) => {
  const { cli } = await bench(t);
  assert.deepEqual(await cli('ls', '--json'), { status: 0, output: '[]\n', errors: '' });
  assert.match((await cli('ls', '--bucket', 'other')).errors, /no bucket "other": uploading to it makes it/);
});

test('[CLI1] rm removes what is named, says what was not there, and needs --yes for everything', async (t) => {
  const { store, cli } = await bench(t);
  for (const key of ['a', 'd/x', 'd/y', 'd-2']) store.put(`files/${key}`, Buffer.from('x'));
  assert.equal((await cli('rm', 'a', 'nope')).status, 1);
  assert.equal((await cli('rm', '-r', 'd')).status, 0);
  assert.deepEqual([...store.objects.keys()], ['files/d-2']);
  assert.equal((await cli('rm', '-r', '/')).status, 2);
  assert.equal((await cli('rm', '-r', '/', '--yes')).status, 0);
  assert.equal(store.objects.size, 0);
});

const NODE = { address: '127.0.0.1', pid: 1, ringId: 'ab'.repeat(20), partitions: 64, bytes: 2048 };
const STATE = {
  endpoint: 'http://elsewhere',
  nodes: [
    { id: 'aa11', state: 'up', ...NODE },
    { id: 'aa22', state: 'up', ...NODE },
  ],
  replication: { factor: 3, underReplicatedPartitions: 64 },
  groups: [],
  more: 1,
};

test('[SHOW3] status prints what the store says, with the endpoint that was asked', async (t) => {
  const { store, cli } = await bench(t);
  store.operator = () => ({ status: 200, body: STATE });
  const told = JSON.parse((await cli('status', '--json')).output);
  assert.deepEqual(told, { ...STATE, endpoint: store.connection.endpoint });
  const { output } = await cli('status');
  assert.match(output, /64 partitions short of replicas \(2 nodes cannot hold 3 replicas\)/);
  assert.match(output, /aa11\s+127\.0\.0\.1\s+1\s+up\s+abababababab\s+64\s+2\.0 KiB/);
});

test('[CLI1] drain follows a node until it is out, and gives the reason when it is refused', async (t) => {
  const { store, cli } = await bench(t);
  let looks = 0;
  store.operator = (request) => {
    if (request.method === 'POST') return { status: 202, body: { accepted: true } };
    const left =
      looks++ === 0
        ? STATE.nodes
        : [{ ...STATE.nodes[0]!, state: 'leaving', partitions: 3 }, STATE.nodes[1]!];
    return { status: 200, body: { ...STATE, nodes: looks > 2 ? [STATE.nodes[1]!] : left } };
  };
  const done = await cli('drain', 'aa1', '--json');
  assert.deepEqual(JSON.parse(done.output), { node: 'aa11', state: 'out' });
  assert.match(done.errors, /node aa11 is leaving: 3 partitions, 2.0 KiB left/);
  looks = 0;
  assert.match((await cli('drain', 'aa')).errors, /"aa" may be several nodes/);
  assert.match((await cli('drain', 'bb')).errors, /there is no node "bb"/);
  store.operator = (request) =>
    request.method === 'POST'
      ? { status: 409, body: { code: 'NotEnoughRoom', message: 'two nodes cannot hold three copies' } }
      : { status: 200, body: STATE };
  const refused = await cli('drain', 'aa11');
  assert.equal(refused.status, 1);
  assert.match(refused.errors, /NotEnoughRoom\): two nodes cannot hold three copies/);
});

test('[SHOW3] env prints exports that a shell can read', async (t) => {
  const { store, cli } = await bench(t);
  const { output } = await cli('env');
  assert.match(output, new RegExp(`^export AWS_ENDPOINT_URL=${store.connection.endpoint}\n`));
  assert.match(output, /export AWS_SECRET_ACCESS_KEY='a secret'\n/);
  assert.equal(shellQuote("it's"), "'it'\\''s'");
});

test('[CLI1] recover warns, asks, and changes nothing without the words', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'cluster-secret'), 'x');
  const plan = [{ partition: 'system', from: 'n1', missing: ['n2', 'n3'] }] as const;
  const calls: boolean[] = [];
  const daemon = {
    recover: async ({ dryRun }: { readonly dryRun: boolean }) => {
      calls.push(dryRun);
      return plan;
    },
  };
  const terminal = memoryTerminal();
  const context = { terminal, environment: {}, signal: new AbortController().signal };
  const flags = { data: folder, survivors: [{ host: '127.0.0.1', port: 1 }] };
  await assert.rejects(
    recoverWith(daemon, flags, context, async () => 'yes'),
    /nothing was changed/,
  );
  assert.deepEqual(calls, [true]);
  assert.match(terminal.errors(), /system +n1 +n2, n3[\s\S]*acknowledged/);
  assert.equal(await recoverWith(daemon, flags, context, async () => 'go on without them'), 0);
  assert.deepEqual(calls, [true, true, false]);
});
