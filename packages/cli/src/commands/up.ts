/** `crescendo up`: the local cloud with the store as a stack in it, and S3 in front of the store, all on one endpoint. */
import { mkdir, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RunningCloud } from '@crescendo/cloud';
import type { Front } from '@crescendo/node';
import type { HostPort } from '../arguments.ts';
import type { KeyPair } from '../client/connection.ts';
import { type LocalConsole, openLocalConsole } from '../console/local-console.ts';
import { readOrMakeKeys, readOrMakeSecret } from '../credentials.ts';
import { loadDaemon } from '../daemon.ts';
import { type DataFolderPaths, dataFolderPaths } from '../data-folder.ts';
import { CommandFailure, reasonOf, systemCode, UsageError } from '../failures.ts';
import { BoundedLog } from '../local/bounded-log.ts';
import { ContactBook } from '../local/contact-book.ts';
import { readEndpoint, writeEndpoint, writePeers } from '../local/endpoint-file.ts';
import { lockDataFolder } from '../local/folder-lock.ts';
import { probePort } from '../local/free-port.ts';
import { ensureStoreStack } from '../local/store-stack.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { acceptedKeys } from './node.ts';
import { readyLines, waitUntilServing } from './up-ready.ts';

export interface UpFlags {
  readonly data: string;
  readonly listen: string;
  readonly port: number;
  readonly nodes: number;
  readonly maxNodes: number;
  readonly replication: number;
  readonly partitions: number;
  readonly grace?: number;
  readonly speed: number;
  readonly devKeys?: boolean;
  /** Instances have no addresses of their own. */
  readonly oneAddress?: boolean;
  /** Values for parameters of the store's template, `NAME=VALUE`. */
  readonly set?: readonly string[];
  /** Names of the flags that were given and not left at their defaults. */
  readonly given: readonly string[];
}

const MAIN = join(import.meta.dirname, '..', 'main.ts');
/** Young objects of requests die at once: half of the space that V8 would give them saves 50 MB a node and costs no time that shows. */
const NODE_FLAGS = ['--max-semi-space-size=16'];
const GIB = 1024 ** 3;
/** Of the disk that is free at the first start, what all volumes together may take. */
const DISK_SHARE = 0.8;
const MAX_VOLUME_GIB = 1_024;

/** Runs until the context's signal is aborted. */
export async function up(flags: UpFlags, context: CommandContext): Promise<CommandStatus> {
  assertSensible(flags);
  const paths = dataFolderPaths(resolve(flags.data));
  await makeFolder(paths.root);
  const lock = lockDataFolder(paths.root);
  try {
    await assertPortFree(flags);
    const keys = await readOrMakeKeys(paths.credentials);
    const secret = await readOrMakeSecret(paths.clusterSecret);
    const port = flags.port === 0 ? await portOfLastTime(flags, paths) : flags.port;
    await run({ ...flags, port }, paths, { keys, secret }, context);
    return 0;
  } finally {
    lock.release();
  }
}

function assertSensible(flags: UpFlags): void {
  if (flags.devKeys === true && !/^(127\.|::1$|localhost$)/.test(flags.listen)) {
    throw new UsageError(
      `--dev-keys is for loopback only, and --listen is ${flags.listen}: leave one of them out`,
    );
  }
  if (flags.nodes > flags.maxNodes) {
    throw new UsageError(
      `--nodes ${flags.nodes} is more than --max-nodes ${flags.maxNodes}: raise the second`,
    );
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CommandFailure(
      `the data folder ${path} cannot be made: ${reasonOf(cause)}. Name another with --data.`,
      { cause },
    );
  }
}

async function assertPortFree(flags: UpFlags): Promise<void> {
  if (flags.port === 0) return;
  const found = await probePort(flags.listen, flags.port);
  if (found !== 'free') throw portTaken(flags, found);
}

/** Instances that ran on while the cloud was away know it by its port. 0 when that is another program's now, or there was none. */
async function portOfLastTime(flags: UpFlags, paths: DataFolderPaths): Promise<number> {
  const endpoint = await readEndpoint(paths.endpoint);
  const port = endpoint === undefined ? 0 : Number(new URL(endpoint).port);
  return port > 0 && (await probePort(flags.listen, port)) === 'free' ? port : 0;
}

function portTaken(flags: UpFlags, found: 'used' | 'refused'): CommandFailure {
  const reason = found === 'used' ? 'is used by another program' : 'cannot be used here';
  return new CommandFailure(
    `port ${flags.port} on ${flags.listen} ${reason}: stop that program, or choose another port with --port N (--port 0 takes any free one)`,
  );
}

interface Secrets {
  readonly keys: KeyPair;
  readonly secret: string;
}

/** Starts front and cloud, makes the stack, waits; ends them in the reverse order whatever happens. */
async function run(
  flags: UpFlags,
  paths: DataFolderPaths,
  secrets: Secrets,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const file = new BoundedLog(paths.log, (reason) =>
    terminal.error(`the log cannot be written: ${reason}\n`),
  );
  const log = (event: object): void =>
    file.append(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
  const accepted = await acceptedKeys(paths.credentials, context.environment);
  let cloud: RunningCloud | undefined;
  let book: ContactBook | undefined;
  const front = await openStoreFront(
    flags,
    paths,
    accepted,
    { log, terminal },
    {
      contacts: () => book?.contacts() ?? [],
      groups: async () => (await book?.groups()) ?? [],
      endpoint: () => cloud?.endpoint ?? '',
    },
  );
  try {
    const console = await openLocalConsole({
      keyFile: paths.consoleKey,
      front,
      cloud: () => cloud,
      speed: flags.speed,
    });
    cloud = await startLocalCloud(flags, paths, accepted, { front, console }, { log, terminal });
    book = new ContactBook(cloud.services, (peers) => {
      writePeers(paths.peers, peers).catch((error: unknown) =>
        terminal.error(`${paths.peers} cannot be written: ${reasonOf(error)}\n`),
      );
    });
    book.start();
    await writeEndpoint(paths.endpoint, cloud.endpoint);
    await serve(flags, paths, secrets, { cloud, book, console }, context);
  } finally {
    book?.stop();
    // Also when the cloud could not end well, as on a full disk.
    await cloud?.stop().finally(() => front.stop());
    if (cloud === undefined) await front.stop();
  }
}

/** What is said: events to the log, and what its user must know at once to the terminal. */
interface Told {
  readonly log: (event: object) => void;
  readonly terminal: CommandContext['terminal'];
}

interface FrontView {
  readonly contacts: () => readonly HostPort[];
  readonly groups: NonNullable<Parameters<typeof import('@crescendo/node').openFront>[0]['groups']>;
  readonly endpoint: () => string;
}

async function openStoreFront(
  flags: UpFlags,
  paths: DataFolderPaths,
  credentials: readonly KeyPair[],
  { log }: Told,
  view: FrontView,
): Promise<Front> {
  const { openFront } = await loadDaemon();
  const [own] = credentials;
  return await openFront(
    {
      peers: view.contacts,
      secretFile: paths.clusterSecret,
      credentials,
      devKeys: flags.devKeys === true,
      queues: { endpoint: view.endpoint, ...(own === undefined ? {} : { credentials: own }) },
      groups: view.groups,
      log,
    },
    view.endpoint,
  );
}

async function startLocalCloud(
  flags: UpFlags,
  paths: DataFolderPaths,
  credentials: readonly KeyPair[],
  { front: s3, console }: { readonly front: Front; readonly console: LocalConsole },
  { log, terminal }: Told,
): Promise<RunningCloud> {
  const { RECORDS_FAILED, startCloud } = await import('@crescendo/cloud');
  const [first, ...more] = credentials;
  if (first === undefined) throw new CommandFailure('there is no key pair');
  try {
    return await startCloud({
      dataDir: paths.cloud,
      listen: { host: flags.listen, port: flags.port },
      credentials: [first, ...more],
      devKeys: flags.devKeys === true,
      speed: flags.speed,
      oneAddress: flags.oneAddress === true,
      s3,
      console: console.listener,
      crescendoCommand: [process.execPath, ...NODE_FLAGS, MAIN],
      mayDeleteVolume: (instanceId) => isDispensable(s3, instanceId),
      log: (event) => {
        if (event.level !== 'debug') log(event);
        if (event.event === RECORDS_FAILED) terminal.error(`${event.detail?.['reason']}\n`);
      },
    });
  } catch (error) {
    if (systemCode(error) === 'EADDRINUSE') throw portTaken(flags, 'used');
    throw error;
  }
}

/** The volume of an instance is kept while a node that has not left, or is not out, may need it; also while nobody knows. */
async function isDispensable(front: Front, instanceId: string): Promise<boolean> {
  try {
    const { nodes } = await front.cluster();
    const own = nodes.filter(({ advertised }) => advertised.instance === instanceId);
    return own.every(({ state }) => state === 'out');
  } catch {
    return false;
  }
}

interface Serving {
  readonly cloud: RunningCloud;
  readonly book: ContactBook;
  readonly console: LocalConsole;
}

async function serve(
  flags: UpFlags,
  paths: DataFolderPaths,
  { keys, secret }: Secrets,
  { cloud, book, console }: Serving,
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  await ensureStoreStack(cloud.services, {
    secret,
    keys,
    parameters: await stackParameters(flags, paths),
    asked: askedParameters(flags),
    tell: (line) => terminal.error(`${line}\n`),
    signal,
  });
  if (!(await waitUntilServing(cloud.endpoint, keys, book, context))) return;
  terminal.out(`${readyLines(cloud.endpoint, console.key, flags).join('\n')}\n`);
  await aborted(signal);
  terminal.error('stopping\n');
}

/** For the first start. */
async function stackParameters(flags: UpFlags, paths: DataFolderPaths): Promise<Record<string, string>> {
  const { bavail, bsize } = await statfs(paths.root);
  const share = Math.floor((bavail * bsize * DISK_SHARE) / flags.maxNodes / GIB);
  return {
    VolumeGiB: String(Math.min(MAX_VOLUME_GIB, Math.max(1, share))),
    // Alarms whose minutes are shorter need values as often.
    MetricsSeconds: String(Math.max(1, Math.round(60 / flags.speed))),
    ...parametersOf(flags),
    ...settings(flags),
  };
}

/** What the caller has said: at a later start it is compared with how the store was set up. */
function askedParameters(flags: UpFlags): Record<string, string> {
  const names = flags.given.flatMap((flag) => PARAMETER_OF_FLAG[flag] ?? []);
  const all = parametersOf(flags);
  return { ...Object.fromEntries(names.map((name) => [name, all[name] ?? ''])), ...settings(flags) };
}

const PARAMETER_OF_FLAG: Readonly<Record<string, string>> = {
  nodes: 'DesiredCapacity',
  maxNodes: 'MaxSize',
  replication: 'ReplicationFactor',
  partitions: 'Partitions',
  grace: 'GraceSeconds',
};

function parametersOf(flags: UpFlags): Record<string, string> {
  return {
    DesiredCapacity: String(flags.nodes),
    MinSize: String(Math.min(flags.nodes, flags.replication)),
    MaxSize: String(flags.maxNodes),
    ReplicationFactor: String(flags.replication),
    Partitions: String(flags.partitions),
    ...(flags.grace === undefined ? {} : { GraceSeconds: String(flags.grace) }),
  };
}

function settings(flags: UpFlags): Record<string, string> {
  return Object.fromEntries((flags.set ?? []).map(parseSetting));
}

function parseSetting(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new UsageError(`--set ${text} is not NAME=VALUE, such as --set DiskHighPercent=60`);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
