import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Failure, messageOf, type Random } from '@crescendo/base';
import { formatPosition, positionFromUpper32 } from '@crescendo/ring';
import { DEFAULT_STORE_OPTIONS, type StoreEvent, StoreNode, type StoreNodeOptions } from '@crescendo/store';
import { realClock } from '../clock.ts';
import { type DataFolder, openDataFolder } from '../disk/folder/data-folder.ts';
import { openAdminDoor } from '../doors/admin/admin-door.ts';
import { createClassicDoor } from '../doors/classic/classic-door.ts';
import { classicNodeId } from '../doors/classic/classic-id.ts';
import { SqsQueues } from '../events/sqs-queues.ts';
import { realRandom } from '../random.ts';
import { openTransport, type Transport } from '../transport/transport.ts';
import { bareRing, classicRing } from './classic-ring.ts';
import { createCodec } from './codec.ts';
import { logToStandardError } from './event-log.ts';
import { fleetView } from './fleet-view.ts';
import { nodeMetrics } from './node-metrics.ts';
import { formatHostPort, type NodeAddresses, type NodeOptions, type RunningNode } from './node-options.ts';
import { RequestMeter } from './request-meter.ts';
import { openS3Service } from './s3-service.ts';
import { Shutdown } from './shutdown.ts';

const PROGRAM_VERSION = '0.1.0';
const READY_POLL_MS = 50;
/** Chunks of bodies under way may use this much memory; more bodies wait for their turn. */
const SHARED_BUFFER_BYTES = 32 * 1024 * 1024;
const BARE_GRACE_MS = 10_000;

/** Opens the data folder and all doors, and takes part in the cluster. Fails, with nothing left open, when one of them can't be had. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const log = options.log ?? logToStandardError;
  const shutdown = new Shutdown();
  try {
    return await openNode(options, log, shutdown);
  } catch (cause) {
    await shutdown.run();
    throw cause;
  }
}

async function openNode(
  options: NodeOptions,
  log: (event: StoreEvent) => void,
  shutdown: Shutdown,
): Promise<RunningNode> {
  const stop = (): Promise<void> => shutdown.run();
  const fail = (cause: unknown): void => {
    shutdown.failure ??= cause;
    void stop();
  };
  const folder = await openDataFolder(options.dataDir, {
    programVersion: PROGRAM_VERSION,
    onStateFailure: (cause) => {
      log({ level: 'error', event: 'state write failed', detail: { cause: cause.message } });
      fail(cause);
    },
    ...(options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes }),
  });
  shutdown.add(() => folder.close());
  for (const reason of folder.notes.reasons) log({ level: 'warn', event: 'data folder', detail: { reason } });
  const nodeId = folder.identity.load()!.nodeId;
  let node: StoreNode | undefined;
  const transport = await openTransport({
    nodeId,
    clusterId: () => node?.clusterId ?? folder.identity.load()?.clusterId,
    secret: (await readFile(options.secretFile, 'utf8')).trim(),
    listen: { host: options.host, port: options.peerPort },
    ...(options.advertiseHost === undefined ? {} : { advertisedHost: options.advertiseHost }),
    twin: (address) => fail(copiedFolder(nodeId, options.dataDir, address)),
    log,
  });
  shutdown.add(() => transport.close());
  const random = realRandom();
  const queues = options.queues === undefined ? undefined : new SqsQueues(options.queues);
  shutdown.add(async () => queues?.close());
  node = await StoreNode.open(
    { ...ports(folder, transport, random, log), ...(queues === undefined ? {} : { events: queues }) },
    storeNodeOptions(options, transport.address),
    {
      left: () => {
        shutdown.outcome = 'left';
        void stop();
      },
      failed: fail,
    },
  );
  shutdown.add(() => node.stop());
  const meter = new RequestMeter(() => random.float());
  const addresses = await openDoors(options, node, transport, log, shutdown, { meter, queues });
  const fleet = fleetView(node, meter, () => folder.identity.load());
  return { nodeId, addresses, ready: whenReady(node, shutdown), stopped: shutdown.finished, stop, fleet };
}

function copiedFolder(nodeId: string, dataDir: string, address: string): Failure {
  return new Failure(
    'IdentityInUse',
    `The identity in ${dataDir}, ${nodeId}, belongs to a node that runs at ${address}: one of the two data folders is a copy of the other. Go on with one of them; to add a node, start it with an empty data folder.`,
  );
}

function ports(folder: DataFolder, transport: Transport, random: Random, log: (event: StoreEvent) => void) {
  return {
    clock: realClock(),
    random,
    network: transport.network,
    log: folder.log,
    state: folder.state,
    chunks: folder.chunks,
    identity: folder.identity,
    codec: createCodec(),
    sha1: (bytes: Uint8Array) => hash('sha1', bytes, 'buffer'),
    // Behind everything that one look at the sockets brought: answers then leave close together, which spares the kernel most wake-ups.
    nextTurn: (work: () => void) =>
      void setImmediate(() => {
        work();
        transport.flush();
      }),
    report: log,
  };
}

function storeNodeOptions(options: NodeOptions, address: string): StoreNodeOptions {
  const { plan, sweep } = DEFAULT_STORE_OPTIONS;
  const graceMs = options.graceSeconds === undefined ? undefined : options.graceSeconds * 1_000;
  const bareId = options.classic === undefined ? 0 : classicNodeId(options.host, options.classic.rpcPort);
  return {
    ...DEFAULT_STORE_OPTIONS,
    address,
    zone: options.zone,
    weight: options.weight,
    founders: options.bare ? [] : (options.founders ?? []).map(formatHostPort),
    join: options.bare ? [] : (options.join ?? []).map(formatHostPort),
    ...(options.bare ? { position: formatPosition(positionFromUpper32(bareId)) } : {}),
    partitionCount: options.partitionCount,
    replicationFactor: options.replicationFactor,
    plan: { ...plan, graceMs: graceMs ?? (options.bare ? BARE_GRACE_MS : plan.graceMs) },
    sweep: { ...sweep, graceMs: options.sweepGraceMs ?? sweep.graceMs },
    gateway: { sharedBufferBytes: SHARED_BUFFER_BYTES },
    processId: process.pid,
  };
}

async function openDoors(
  options: NodeOptions,
  node: StoreNode,
  transport: Transport,
  log: (event: StoreEvent) => void,
  shutdown: Shutdown,
  { meter, queues }: { readonly meter: RequestMeter; readonly queues: SqsQueues | undefined },
): Promise<NodeAddresses> {
  const { host } = options;
  const shown = options.advertiseHost ?? host;
  const service = await openS3Service({
    store: node.store,
    ...(queues === undefined ? {} : { queues }),
    operator: {
      status: () => node.status.cluster(),
      drain: (id) => node.status.drain(id),
      cancelDrain: (id) => node.status.cancelDrain(id),
    },
    listen: { host, port: options.s3Port },
    credentials: options.credentials,
    devKeys: options.devKeys,
    hosts: [shown],
    log,
    answered: (status, durationMs) => meter.record(status, durationMs),
  });
  shutdown.add(() => service.close());
  const admin = await openAdminDoor(
    {
      hosts: [shown],
      health: () => ({ ready: node.isMember, detail: { node: node.nodeId } }),
      metrics: () => nodeMetrics(node),
      state: async () => ({
        node: node.status.report(),
        cluster: node.isMember ? await node.status.cluster() : null,
      }),
    },
    { host, port: options.adminPort },
  );
  shutdown.add(() => admin.close());
  const classic = await openClassic(options, node, transport, log, shutdown);
  const addresses = {
    peer: transport.address,
    s3: formatHostPort({ host: shown, port: service.address.port }),
    admin: admin.address,
    ...classic,
  };
  node.advertise({ ...addresses, ...(options.instance === undefined ? {} : { instance: options.instance }) });
  return addresses;
}

async function openClassic(
  options: NodeOptions,
  node: StoreNode,
  transport: Transport,
  log: (event: StoreEvent) => void,
  shutdown: Shutdown,
): Promise<{ classic?: string; files?: string }> {
  if (options.classic === undefined) return {};
  const { host } = options;
  const { rpcPort, filesPort } = options.classic;
  const shown = options.advertiseHost ?? host;
  const ringOptions = {
    node,
    rpc: () => ({ host: shown, port: door.addresses.rpc.port }),
    peerAddress: () => transport.address,
  };
  const door = createClassicDoor({
    ring: options.bare
      ? bareRing(ringOptions, () => process.kill(process.pid, 'SIGKILL'))
      : classicRing(ringOptions),
    store: node.store,
    rpc: { host, port: rpcPort },
    files: { host, port: filesPort },
    log,
  });
  await door.listening;
  shutdown.add(() => door.close());
  return {
    classic: formatHostPort({ host: shown, port: door.addresses.rpc.port }),
    files: formatHostPort({ host: shown, port: door.addresses.files.port }),
  };
}

async function whenReady(node: StoreNode, shutdown: Shutdown): Promise<void> {
  while (!shutdown.begun) {
    if (node.isMember && (await isServing(node))) return;
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  throw new Failure(
    'Stopped',
    `the node ended before it was ready${shutdown.failure === undefined ? '' : `: ${messageOf(shutdown.failure)}`}`,
  );
}

/** A listing asks every partition. */
async function isServing(node: StoreNode): Promise<boolean> {
  return node.store.listBuckets().then(
    () => true,
    () => false,
  );
}
