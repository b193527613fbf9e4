import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isAlive, runCrescendo } from './testing/child-processes.ts';
import { UpProcess } from './testing/up-process.ts';
import { eventually } from './testing/wait.ts';

const FILES = new Map<string, Buffer>([
  ['empty', Buffer.alloc(0)],
  ['two words – ñandú 日本.txt', Buffer.from('¡hola!\n')],
  ['deeper/below/mid-size.bin', randomBytes(40 * 1024 * 1024)],
  ['small', randomBytes(20_000)],
]);

let folder: string;
let data: string;
let up: UpProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-up-'));
  data = join(folder, 'data');
  for (const [name, bytes] of FILES) {
    const path = join(folder, 'photos', name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, bytes);
  }
});

after(async () => {
  await up?.end();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

interface Status {
  readonly endpoint: string;
  readonly nodes: readonly {
    readonly id: string;
    readonly address: string;
    readonly pid: number;
    readonly state: string;
    readonly ringId: string;
    readonly partitions: number;
    readonly bytes: number;
  }[];
  readonly replication: { readonly factor: number; readonly underReplicatedPartitions: number };
}

async function status(): Promise<Status> {
  const { status: exit, output, errors } = await runCrescendo(['status', '--json', `--data=${data}`]);
  assert.equal(exit, 0, errors);
  return JSON.parse(output);
}

async function assertDownloadGivesTheSame(target: string): Promise<void> {
  const result = await runCrescendo(['download', 'photos/', '-o', join(folder, target), `--data=${data}`]);
  assert.equal(result.status, 0, result.errors);
  const names = (await readdir(join(folder, target), { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  );
  assert.equal(names.length, FILES.size);
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    const found = [...FILES].find(([name]) => path.normalize('NFC').endsWith(name));
    assert.ok(found, `${path} was uploaded`);
    assert.ok(found[1].equals(await readFile(path)), `${path} has the bytes that were uploaded`);
  }
}

test('up starts three nodes and says ready once the store answers', async () => {
  up = await UpProcess.start(data);
  const { endpoint, nodes, replication } = await eventually(
    'every partition is reported',
    10_000,
    async () => {
      const told = await status();
      return told.replication.underReplicatedPartitions === 0 && told;
    },
  );
  assert.equal(endpoint, up.endpoint);
  assert.equal(nodes.length, 3);
  assert.deepEqual(new Set(nodes.map(({ state }) => state)), new Set(['up']));
  assert.equal(new Set(nodes.map(({ ringId }) => ringId)).size, 3);
  assert.equal(replication.factor, 3);
  for (const { pid, address } of nodes) {
    assert.ok(await isAlive(pid));
    assert.match(address, /^127\.0\.\d+\.\d+$/);
  }
});

test('[LOC8] up prints the address of a console that shows the three nodes, to whoever has the key', async () => {
  const [address] = up.said.match(/(?<=^console +)http\S+$/m) ?? [];
  assert.ok(address, up.said);
  const { output } = await runCrescendo(['console', `--data=${data}`]);
  assert.equal(output, `${address}\n`);
  const entered = await fetch(address, { redirect: 'manual' });
  assert.deepEqual([entered.status, entered.headers.get('location')], [303, '/_console']);
  const [cookie] = entered.headers.get('set-cookie')?.split(';') ?? [];
  const without = new URL('/_console', up.endpoint);
  assert.equal((await fetch(without)).status, 403);
  const page = await (await fetch(without, { headers: { cookie: cookie ?? '' } })).text();
  assert.match(page, /<h1>The store is whole: 64 partitions, 3 copies of each, on 3 nodes<\/h1>/);
  for (const { id } of (await status()).nodes) assert.ok(page.includes(`id="node-${id}"`), id);
  const key = new URL(address).searchParams.get('key') ?? '';
  // Where nothing was logged there is no file.
  const logs = [`${data}.log`, join(data, 'logs', 'cloud.log')].map((path) =>
    readFile(path, 'utf8').catch(() => ''),
  );
  for (const log of await Promise.all(logs))
    assert.ok(key !== '' && !log.includes(key), 'the key is in no log');
});

test('a folder goes up and comes down with the same bytes, and ls and status tell the truth', async () => {
  const result = await runCrescendo(['upload', join(folder, 'photos'), `--data=${data}`]);
  assert.equal(result.status, 0, result.errors);
  await assertDownloadGivesTheSame('first');
  const ls = await runCrescendo(['ls', '--json', `--data=${data}`]);
  assert.equal(ls.status, 0, ls.errors);
  for (const [name, bytes] of FILES) {
    assert.ok(ls.output.includes(JSON.stringify(`photos/${name}`)), `${name} is listed`);
    assert.ok(ls.output.includes(String(bytes.length)));
  }
  const total = [...FILES.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const { nodes } = await eventually('every node holds everything', 20_000, async () => {
    const told = await status();
    return told.nodes.every(({ bytes }) => bytes >= total) && told;
  });
  for (const { bytes } of nodes)
    assert.ok(bytes < 2 * total + 32e6, `${bytes} is what the node holds itself`);
});

test('Ctrl-C twice ends everything with status 0 and leaves no process', async () => {
  const { nodes } = await status();
  up.interrupt();
  up.interrupt();
  assert.deepEqual(await up.ended(), { status: 0, signal: null });
  for (const { pid } of nodes) assert.equal(await isAlive(pid), false);
});

test('the next start has the files', async () => {
  up = await UpProcess.start(data);
  await assertDownloadGivesTheSame('second');
});

test('[LOC4] kill -9 of the cloud ends no node, and the next start finds them running', async () => {
  const pids = (await status()).nodes.map(({ pid }) => pid);
  up.kill();
  assert.deepEqual(await up.ended(), { status: null, signal: 'SIGKILL' });
  for (const pid of pids) assert.ok(await isAlive(pid));
  up = await UpProcess.start(data);
  assert.deepEqual((await status()).nodes.map(({ pid }) => pid).sort(), pids.sort());
  await assertDownloadGivesTheSame('third');
});

test('[LOC5] a later start leaves the store as it was set up, and says so', async () => {
  await up.end();
  up = await UpProcess.start(data, ['--nodes=4']);
  assert.match(await readFile(`${data}.log`, 'utf8'), /the store stays as it was set up: DesiredCapacity=3/);
  assert.equal((await status()).nodes.length, 3);
});
