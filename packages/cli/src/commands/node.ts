import { mkdir } from 'node:fs/promises';
import type { NodeAddresses, NodeOptions, RunningNode } from '@crescendo/node';
import type { HostPort } from '../arguments.ts';
import type { KeyPair } from '../client/connection.ts';
import type { Environment } from '../credentials.ts';
import { keysFromEnvironment, readOrMakeKeys, readOrMakeSecret } from '../credentials.ts';
import { loadDaemon } from '../daemon.ts';
import { dataFolderPaths } from '../data-folder.ts';
import { reasonOf, UsageError } from '../failures.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface NodeFlags {
  readonly data: string;
  readonly listen: string;
  readonly advertise?: string;
  readonly peerPort: number;
  readonly s3Port: number;
  readonly adminPort: number;
  readonly classic: boolean;
  readonly classicPort: number;
  readonly filesPort: number;
  readonly founders?: readonly HostPort[];
  readonly join?: readonly HostPort[];
  readonly zone: string;
  readonly weight: number;
  readonly capacity?: number;
  readonly replication: number;
  readonly partitions: number;
  readonly grace?: number;
  readonly sweepGrace?: number;
  readonly secretFile?: string;
  readonly credentials?: string;
  readonly bare?: boolean;
  readonly devKeys?: boolean;
  /** Prefix of the parameters that the instances of a group share; absent on machines that are run by hand. */
  readonly clusterParameters?: string;
  /** Seconds between two publications of the store's metrics. */
  readonly metricsInterval?: number;
}

/**
 * Runs one daemon until it is told to stop, has left, or the process that started it with a channel is gone; that process is told the
 * addresses and when the node is ready.
 */
export async function node(flags: NodeFlags, context: CommandContext): Promise<CommandStatus> {
  if (flags.clusterParameters !== undefined) {
    const { fleetNode } = await import('./fleet-node.ts');
    return await fleetNode(flags, flags.clusterParameters, context);
  }
  const options = await nodeOptions(flags, context.environment);
  return await runNode(await loadDaemon(), options, context);
}

/** What this command needs of a running node. */
type SteeredNode = Omit<RunningNode, 'fleet'>;

export async function runNode(
  daemon: { readonly startNode: (options: NodeOptions) => Promise<SteeredNode> },
  options: NodeOptions,
  context: CommandContext,
): Promise<CommandStatus> {
  const running = await daemon.startNode(options);
  stopOnRequest(running, context);
  announce(running, context);
  const reason = await running.stopped;
  if (reason === 'left') {
    tellParent({ kind: 'left' });
    context.terminal.error(
      'this node has left the cluster and holds nothing any more; its data folder can be deleted\n',
    );
  }
  return 0;
}

export async function nodeOptions(flags: NodeFlags, environment: Environment): Promise<NodeOptions> {
  assertReachable(flags);
  await mkdir(flags.data, { recursive: true, mode: 0o700 });
  const { credentials, clusterSecret } = dataFolderPaths(flags.data);
  const secretFile = flags.secretFile ?? clusterSecret;
  await readOrMakeSecret(secretFile);
  return {
    dataDir: flags.data,
    host: flags.listen,
    ...(flags.advertise === undefined ? {} : { advertiseHost: flags.advertise }),
    peerPort: flags.peerPort,
    s3Port: flags.s3Port,
    adminPort: flags.adminPort,
    ...(flags.classic ? { classic: { rpcPort: flags.classicPort, filesPort: flags.filesPort } } : {}),
    bare: flags.bare === true,
    ...(flags.founders === undefined ? {} : { founders: flags.founders }),
    ...(flags.join === undefined ? {} : { join: flags.join }),
    zone: flags.zone,
    weight: flags.weight,
    ...(flags.capacity === undefined ? {} : { capacityBytes: flags.capacity }),
    replicationFactor: flags.replication,
    partitionCount: flags.partitions,
    ...(flags.grace === undefined ? {} : { graceSeconds: flags.grace }),
    ...(flags.sweepGrace === undefined ? {} : { sweepGraceMs: flags.sweepGrace * 1_000 }),
    secretFile,
    credentials: await acceptedKeys(flags.credentials ?? credentials, environment),
    devKeys: flags.devKeys === true,
    // Without a service that is named nothing may be sent to AWS with a key that is the store's own.
    ...(namesQueueService(environment) ? { queues: {} } : {}),
  };
}

function namesQueueService(environment: Environment): boolean {
  return (environment.AWS_ENDPOINT_URL_SQS || environment.AWS_ENDPOINT_URL || '') !== '';
}

/** The pair in the data folder, and the environment's when it names one. */
export async function acceptedKeys(path: string, environment: Environment): Promise<readonly KeyPair[]> {
  const own = await readOrMakeKeys(path);
  const fromEnvironment = keysFromEnvironment(environment);
  return fromEnvironment === undefined ? [own] : [own, fromEnvironment];
}

const ANY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

function assertReachable(flags: NodeFlags): void {
  if (ANY_ADDRESS.has(flags.listen) && flags.advertise === undefined) {
    throw new UsageError(
      `a node that listens on ${flags.listen} must say how others reach it: add --advertise HOST`,
    );
  }
  if (flags.devKeys === true && !/^(127\.|::1$|localhost$)/.test(flags.listen)) {
    throw new UsageError(
      `--dev-keys is for loopback only, and --listen is ${flags.listen}: leave one of them out`,
    );
  }
  if (flags.bare === true && (!flags.classic || flags.classicPort === 0)) {
    throw new UsageError(
      '--bare needs a classic port of its own: the place of the node on the ring comes from it. Give one with --classic-port',
    );
  }
  if (flags.founders !== undefined && flags.join !== undefined) {
    throw new UsageError(
      '--founders is for the first nodes of a cluster and --join for later ones: give only one of them',
    );
  }
}

/** A parent that dies in any way closes the channel: nodes must not run on unseen. */
function stopOnRequest(running: SteeredNode, context: CommandContext): void {
  const stop = (): void => {
    running.stop().catch((error: unknown) => context.terminal.error(`stopping failed: ${reasonOf(error)}\n`));
  };
  if (context.signal.aborted) stop();
  else context.signal.addEventListener('abort', stop, { once: true });
  if (process.send !== undefined) process.once('disconnect', stop);
}

export function announce(running: SteeredNode, context: CommandContext): void {
  const { addresses } = running;
  tellParent({ kind: 'listening', addresses });
  for (const [door, address] of Object.entries(addresses))
    context.terminal.error(`${door.padEnd(8)} ${address}\n`);
  running.ready.then(
    () => {
      tellParent({ kind: 'ready' });
      context.terminal.out('ready\n');
    },
    () => undefined, // `stopped` tells the reason.
  );
}

/** What a node tells a parent that started it with a channel. */
type ChildMessage =
  | { readonly kind: 'listening'; readonly addresses: NodeAddresses }
  | { readonly kind: 'ready' }
  /** The node was drained: it is not to be started again. */
  | { readonly kind: 'left' };

function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}
