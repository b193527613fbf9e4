import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RpcClient, RpcError } from '../../packages/node/src/doors/classic/rpc-client.ts';
import { BareRing, call, freePorts, HOST } from './testing/bare-ring.ts';
import { runCrescendo } from './testing/child-processes.ts';
import { UpProcess } from './testing/up-process.ts';
import { eventually } from './testing/wait.ts';

const CLIENT = join(import.meta.dirname, 'testdata/classic_client.py');
const PYTHON = spawnSync('python3', ['--version']).status !== 0 && 'python3 is not installed';
const FILE_LIMIT_MS = 30_000;
const WHOLE_LIMIT_MS = 60_000;
const FILES = new Map<string, Buffer>([
  ['a.txt', Buffer.from('the first file\n')],
  ['model.txt', Buffer.alloc(0)],
  ['two words ü.bin', randomBytes(6 * 1024 * 1024)],
]);

async function put(filesPort: number, name: string, bytes: Buffer): Promise<void> {
  const form = new FormData();
  form.append('files', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  const answer = await fetch(`http://${HOST}:${filesPort}/upload`, { method: 'POST', body: form });
  assert.equal(answer.status, 204, await answer.text());
}

/** A partition that chooses a new leader answers 503 and Retry-After for a moment; anything but the file is a failure in the end. */
async function assertHolds(filesPort: number): Promise<void> {
  for (const [name, bytes] of FILES) {
    await eventually(`${name} from port ${filesPort}`, FILE_LIMIT_MS, async () => {
      const answer = await fetch(`http://${HOST}:${filesPort}/${encodeURIComponent(name)}`);
      const body = Buffer.from(await answer.arrayBuffer());
      if (answer.status === 503) throw new Error(`503 ${body}`);
      assert.equal(answer.status, 200);
      assert.ok(body.equals(bytes), `${name}: ${body.length} of ${bytes.length} bytes`);
      return true;
    });
  }
}

test('bare nodes: each file door is on the port asked for, any serves what any took, also after two kills', async () => {
  const ring = await BareRing.start({ rpcPorts: await freePorts(5), programArguments: ['--grace=1'] });
  try {
    const [first, ...others] = ring.nodes;
    await call(first!.rpcPort, 'create');
    for (const { rpcPort } of others) await call(rpcPort, 'join', [HOST, first!.rpcPort, first!.id]);
    await ring.whole(WHOLE_LIMIT_MS);
    for (const { process, rpcPort, filesPort } of ring.nodes) {
      assert.equal(process.addresses.files, `${HOST}:${filesPort}`);
      assert.equal(process.addresses.classic, `${HOST}:${rpcPort}`);
    }
    for (const [index, [name, bytes]] of [...FILES].entries())
      await put(ring.nodes[index]!.filesPort, name, bytes);
    for (const { filesPort } of ring.nodes) await assertHolds(filesPort);
    await killOne(ring, first!);
    await ring.whole(WHOLE_LIMIT_MS); // Copies are made again before the next one dies.
    await killOne(ring, others[0]!);
  } finally {
    await ring.end();
  }
});

/** The rest have every file. */
async function killOne(ring: BareRing, { process, rpcPort }: BareRing['nodes'][number]): Promise<void> {
  await call(rpcPort, 'kill');
  await process.ended;
  for (const { filesPort } of ring.living) await assertHolds(filesPort);
}

interface ClassicDoors {
  readonly host: string;
  readonly classicPort: number;
  readonly filesPort: number;
}

describe('a cluster that "crescendo up" started', () => {
  const call = async (node: ClassicDoors, method: string, ...params: Parameters<RpcClient['call']>[1][]) => {
    const client = await RpcClient.open(node.host, node.classicPort);
    try {
      return await client.call(method, ...params);
    } finally {
      client.close();
    }
  };

  let folder: string;
  let up: UpProcess;
  let nodes: readonly ClassicDoors[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crescendo-classic-'));
    up = await UpProcess.start(join(folder, 'data'));
    const told = await runCrescendo(['status', '--json', `--data=${up.folder}`]);
    const state = JSON.parse(told.output) as { nodes: { advertised: { classic: string; files: string } }[] };
    nodes = state.nodes.map(({ advertised: { classic, files } }) => ({
      host: classic.slice(0, classic.lastIndexOf(':')),
      classicPort: Number(classic.slice(classic.lastIndexOf(':') + 1)),
      filesPort: Number(files.slice(files.lastIndexOf(':') + 1)),
    }));
  });
  after(async () => {
    await up?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  test('every node names the same owners, and create, join and kill are refused', async () => {
    const infos = await Promise.all(nodes.map((node) => call(node, 'get_info')));
    for (let k = 0; k < 32; k++) {
      const id = (2 ** 32 / 32) * k;
      const answers = await Promise.all(nodes.map((node) => call(node, 'find_successor', id)));
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
      assert.deepEqual(answers[0], ownerAmong(infos as [string, number, number][], id));
    }
    for (const [method, ...params] of [['create'], ['join', infos[1]!], ['kill']] as const)
      await assert.rejects(call(nodes[0]!, method, ...params), (error) => {
        assert.ok(error instanceof RpcError);
        return /this node belongs to a cluster/.test(error.message);
      });
  });

  test("the original's scripts upload through any node and download through any other", {
    skip: PYTHON,
  }, async () => {
    const servers = nodes.map((node) => `${node.host}:${node.classicPort}=${node.filesPort}`);
    const run = (action: string, path: string, { host, classicPort }: ClassicDoors) =>
      spawnSync('python3', [CLIENT, action, path, host, String(classicPort), ...servers], {
        encoding: 'utf8',
      });
    for (const [index, [name, bytes]] of [...FILES].entries()) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      const sent = run('upload', path, nodes[index % nodes.length]!);
      assert.equal(sent.status, 0, sent.stderr);
      const id = createHash('md5').update(name).digest().readUInt32BE(12);
      assert.match(
        sent.stdout,
        new RegExp(`^Hash of ${name} is ${id}\nUploading file to http://127\\.[0-9.]+\n`),
      );
      await rm(path);
      const fetched = run('download', path, nodes[(index + 1) % nodes.length]!);
      assert.equal(fetched.status, 0, fetched.stderr);
      assert.ok((await readFile(path)).equals(bytes));
    }
    const absent = run('download', join(folder, 'absent.txt'), nodes[0]!);
    assert.equal(absent.stderr, 'HTTP 404\n');
  });
});

/** The first node whose id is at or after this one, clockwise. */
function ownerAmong(nodes: readonly [string, number, number][], id: number): [string, number, number] {
  const byId = [...nodes].sort((one, other) => one[2] - other[2]);
  return byId.find((node) => node[2] >= id) ?? byId[0]!;
}
