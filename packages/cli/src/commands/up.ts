import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningFront } from '@crescendo/node';
import type { HostPort } from '../arguments.ts';
import { formatHostPort } from '../arguments.ts';
import type { KeyPair } from '../client/connection.ts';
import { S3Client } from '../client/s3-client.ts';
import { readOrMakeKeys, readOrMakeSecret } from '../credentials.ts';
import { loadDaemon } from '../daemon.ts';
import type { DataFolderPaths } from '../data-folder.ts';
import { dataFolderPaths } from '../data-folder.ts';
import { CommandFailure, reasonOf, systemCode, UsageError } from '../failures.ts';
import { DEFAULT_REGION } from '../settings.ts';
import type { ClusterLayout, NodeLayout } from '../supervisor/cluster-layout.ts';
import {
  activeNodes,
  growLayout,
  peerAddresses,
  readLayout,
  writeLayout,
} from '../supervisor/cluster-layout.ts';
import { ClusterSupervisor } from '../supervisor/cluster-supervisor.ts';
import { lockFolder } from '../supervisor/folder-lock.ts';
import { probePort } from '../supervisor/free-port.ts';
import { settlePorts } from '../supervisor/settle-ports.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { acceptedKeys } from './node.ts';

export interface UpFlags {
  readonly data: string;
  readonly listen: string;
  readonly port: number;
  readonly nodes: number;
  readonly replication: number;
  readonly partitions: number;
  readonly grace?: number;
  readonly devKeys?: boolean;
}

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const PORT_PATIENCE_MS = 20_000;
const FRONT_STOP_MS = 5_000;

/** Runs until the context's signal is aborted. */
export async function up(flags: UpFlags, context: CommandContext): Promise<CommandStatus> {
  assertLoopbackKeys(flags);
  const paths = dataFolderPaths(resolve(flags.data));
  const tell = (line: string): void => context.terminal.error(`${line}\n`);
  await makeFolder(paths.root);
  const lock = await lockFolder(paths.lock, flags.data);
  try {
    await assertFrontPortFree(flags);
    const keys = await readOrMakeKeys(paths.credentials);
    await readOrMakeSecret(paths.clusterSecret);
    const layout = await prepareLayout(flags, paths, tell);
    const supervisor = new ClusterSupervisor({
      layout,
      layoutPath: paths.cluster,
      nodeLog: paths.nodeLog,
      command: (node) => nodeCommand(node, layout, flags, paths),
      environment: process.env,
      tell,
    });
    supervisor.start();
    try {
      await serve(flags, paths, keys, supervisor, context);
    } finally {
      await supervisor.stop();
    }
    return 0;
  } finally {
    await lock.release();
  }
}

function assertLoopbackKeys(flags: UpFlags): void {
  if (flags.devKeys === true && !/^(127\.|::1$|localhost$)/.test(flags.listen)) {
    throw new UsageError(
      `--dev-keys is for loopback only, and --listen is ${flags.listen}: leave one of them out`,
    );
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CommandFailure(
      `the data folder ${path} cannot be made: ${reasonOf(cause)}. Name another with --data.`,
      {
        cause,
      },
    );
  }
}

async function assertFrontPortFree(flags: UpFlags): Promise<void> {
  if (flags.port === 0) return;
  const found = await probePort(flags.listen, flags.port);
  if (found !== 'free') throw frontPortTaken(flags, found);
}

function frontPortTaken(flags: UpFlags, found: 'used' | 'refused'): CommandFailure {
  const reason = found === 'used' ? 'is used by another program' : 'cannot be used here';
  return new CommandFailure(
    `port ${flags.port} on ${flags.listen} ${reason}: stop that program, or choose another port with --port N (--port 0 takes any free one)`,
  );
}

async function prepareLayout(
  flags: UpFlags,
  paths: DataFolderPaths,
  tell: (line: string) => void,
): Promise<ClusterLayout> {
  const endpoint = endpointOf({ host: flags.listen, port: flags.port });
  const grown = await growLayout(await readLayout(paths.cluster), flags.nodes, endpoint);
  const running = activeNodes(grown).length;
  if (running > flags.nodes) {
    tell(
      `${running} nodes belong to this cluster: all are started. To have fewer, hand their data on with "crescendo drain NODE".`,
    );
  }
  const layout = await settlePorts(grown, { patienceMs: PORT_PATIENCE_MS, tell, layoutPath: paths.cluster });
  await writeLayout(paths.cluster, layout);
  return layout;
}

/** What a browser or client on this machine uses to reach the front. */
function endpointOf({ host, port }: HostPort): string {
  const any = host === '0.0.0.0' || host === '::';
  return `http://${formatHostPort({ host: any ? '127.0.0.1' : host, port })}`;
}

/** Young objects of requests die at once: half of the space that V8 would give them saves 50 MB a node and costs no time that shows. */
const NODE_MEMORY = '--max-semi-space-size=16';

function nodeCommand(
  node: NodeLayout,
  layout: ClusterLayout,
  flags: UpFlags,
  paths: DataFolderPaths,
): readonly [string, ...string[]] {
  const founders = layout.nodes.filter((one) => one.founder);
  const others = activeNodes(layout).filter((one) => one.number !== node.number);
  const peers = peerAddresses(node.founder ? founders : others)
    .map(formatHostPort)
    .join(',');
  return [
    process.execPath,
    NODE_MEMORY,
    MAIN,
    'node',
    `--data=${paths.node(node.number)}`,
    `--listen=${node.host}`,
    `--peer-port=${node.peerPort}`,
    `--s3-port=${node.s3Port}`,
    `--admin-port=${node.adminPort}`,
    `--classic-port=${node.classicPort}`,
    `--files-port=${node.filesPort}`,
    `--${node.founder ? 'founders' : 'join'}=${peers}`,
    `--replication=${flags.replication}`,
    `--partitions=${flags.partitions}`,
    ...(flags.grace === undefined ? [] : [`--grace=${flags.grace}`]),
    `--secret-file=${paths.clusterSecret}`,
    `--credentials=${paths.credentials}`,
    ...(flags.devKeys === true ? ['--dev-keys'] : []),
  ];
}

async function serve(
  flags: UpFlags,
  paths: DataFolderPaths,
  keys: KeyPair,
  supervisor: ClusterSupervisor,
  context: CommandContext,
): Promise<void> {
  const front = await openFront(flags, paths, supervisor.layout, context);
  try {
    const endpoint = endpointOf(front.address);
    await supervisor.recordEndpoint(endpoint);
    if (!(await waitUntilServing(endpoint, keys, supervisor, context))) return;
    context.terminal.out(`${readyLines(endpoint, flags, supervisor.layout).join('\n')}\n`);
    await aborted(context.signal);
    context.terminal.error('stopping\n');
  } finally {
    await Promise.race([front.stop(), wait(FRONT_STOP_MS, undefined, { ref: false })]);
  }
}

async function openFront(
  flags: UpFlags,
  paths: DataFolderPaths,
  layout: ClusterLayout,
  context: CommandContext,
): Promise<RunningFront> {
  const { startFront } = await loadDaemon();
  try {
    return await startFront({
      listen: { host: flags.listen, port: flags.port },
      peers: () => peerAddresses(activeNodes(layout)),
      secretFile: paths.clusterSecret,
      credentials: await acceptedKeys(paths.credentials, context.environment),
      devKeys: flags.devKeys === true,
    });
  } catch (error) {
    if (systemCode(error) === 'EADDRINUSE') throw frontPortTaken(flags, 'used');
    throw error;
  }
}

const ASK_EVERY_MS = 100;
const TELL_EVERY_MS = 10_000;
const STRAGGLERS_MS = 20_000;

/**
 * True once the store answers a signed request through the front and every node serves; nodes that take longer than
 * `STRAGGLERS_MS` are not waited for, since the store works without them. False when it is to stop first.
 */
async function waitUntilServing(
  endpoint: string,
  keys: KeyPair,
  supervisor: ClusterSupervisor,
  context: CommandContext,
): Promise<boolean> {
  const client = new S3Client({ endpoint, keys, region: DEFAULT_REGION }, { idleLimitMs: 5_000 });
  const startedMs = performance.now();
  let toldMs = startedMs;
  let answersSinceMs: number | undefined;
  try {
    while (!context.signal.aborted) {
      const nowMs = performance.now();
      if (answersSinceMs === undefined && (await answers(client))) answersSinceMs = nowMs;
      const patient = answersSinceMs !== undefined && nowMs - answersSinceMs < STRAGGLERS_MS;
      if (answersSinceMs !== undefined && (supervisor.allReady || !patient)) return true;
      if (nowMs - toldMs > TELL_EVERY_MS) {
        context.terminal.error(`waiting for the nodes for ${Math.round((nowMs - startedMs) / 1000)} s\n`);
        toldMs = nowMs;
      }
      await wait(ASK_EVERY_MS);
    }
    return false;
  } finally {
    client.close();
  }
}

async function answers(client: S3Client): Promise<boolean> {
  try {
    const answer = await client.send({ method: 'GET', path: '/' });
    answer.body.resume();
    return true;
  } catch {
    return false;
  }
}

function readyLines(endpoint: string, flags: UpFlags, layout: ClusterLayout): string[] {
  const folder = flags.data === '.crescendo' ? '' : ` --data ${flags.data}`;
  return [
    `S3 endpoint   ${endpoint}`,
    ...activeNodes(layout).map(
      (node) =>
        `node ${node.number}        S3 ${node.host}:${node.s3Port}, classic ${node.host}:${node.classicPort} and :${node.filesPort}, admin http://${node.host}:${node.adminPort}/health`,
    ),
    `data          ${resolve(flags.data)}`,
    '',
    'From a second terminal:',
    `  npx crescendo upload FILE...${folder}      npx crescendo ls${folder}`,
    `  npx crescendo download NAME${folder}       npx crescendo status${folder}`,
    `  eval "$(npx crescendo env${folder})"       then any S3 client`,
    '',
    `ready ${endpoint}`,
  ];
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
