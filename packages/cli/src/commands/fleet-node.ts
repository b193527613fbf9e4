/** `crescendo node --cluster-parameters`: the node of an instance in an Auto Scaling group, here or on AWS. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceSettings } from '@crescendo/fleet';
import type { NodeOptions } from '@crescendo/node';
import { parseByteSize } from '../arguments.ts';
import { keysFromEnvironment, makeKeys } from '../credentials.ts';
import { loadDaemon } from '../daemon.ts';
import { UsageError } from '../failures.ts';
import { type NodePorts, ownPorts, USUAL_PORTS } from '../local/own-ports.ts';
import { replacePrivateFile } from '../private-file.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { announce, type NodeFlags } from './node.ts';

const METRICS_INTERVAL_SECONDS = 60;
/** The default of --listen, and the address that instances share where they have none of their own. */
const LOOPBACK = '127.0.0.1';
/** The limit of an instance's volume, where the system that runs the instance cannot enforce it. */
const VOLUME_VARIABLE = 'CRESCENDO_VOLUME_BYTES';

export async function fleetNode(
  flags: NodeFlags,
  prefix: string,
  context: CommandContext,
): Promise<CommandStatus> {
  assertNoContacts(flags);
  const { environment, signal, terminal } = context;
  const [{ startNode, realClock }, { startFleetNode }] = await Promise.all([
    loadDaemon(),
    import('@crescendo/fleet'),
  ]);
  const endpoint = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  await startFleetNode({
    prefix,
    node: (settings) => nodeOptions(flags, settings, context),
    makeKeys,
    metricsIntervalMs: (flags.metricsInterval ?? METRICS_INTERVAL_SECONDS) * 1_000,
    clock: realClock(),
    startNode,
    signal,
    report: (level, event, detail = {}) => terminal.error(`${JSON.stringify({ level, event, detail })}\n`),
    started: (running) => announce(running, context),
    ...(endpoint === undefined ? {} : { metadataEndpoint: endpoint }),
  });
  return 0;
}

function assertNoContacts(flags: NodeFlags): void {
  const given = [
    ['--founders', flags.founders],
    ['--join', flags.join],
    ['--bare', flags.bare],
    ['--secret-file', flags.secretFile],
    ['--credentials', flags.credentials],
  ].find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new UsageError(
    `${String(given[0])} does not go with --cluster-parameters, which says the same: leave one of them out`,
  );
}

/** What the flags leave at their defaults comes from the instance: its address, its zone, the size of its volume. */
async function nodeOptions(
  flags: NodeFlags,
  { identity, secret, keys }: InstanceSettings,
  { environment }: CommandContext,
): Promise<Omit<NodeOptions, 'founders' | 'join'>> {
  await mkdir(flags.data, { recursive: true, mode: 0o700 });
  const secretFile = join(flags.data, 'cluster-secret');
  await replacePrivateFile(secretFile, `${secret}\n`);
  const capacityBytes = flags.capacity ?? volumeBytes(environment[VOLUME_VARIABLE]);
  const own = keysFromEnvironment(environment);
  const host = flags.listen === LOOPBACK ? identity.privateAddress : flags.listen;
  const ports = await portsOf(flags, host);
  return {
    dataDir: flags.data,
    host,
    ...(flags.advertise === undefined ? {} : { advertiseHost: flags.advertise }),
    peerPort: ports.peer,
    s3Port: ports.s3,
    adminPort: ports.admin,
    ...(flags.classic ? { classic: { rpcPort: ports.classic, filesPort: ports.files } } : {}),
    bare: false,
    zone: flags.zone === 'default' ? identity.zone : flags.zone,
    weight: flags.weight,
    ...(capacityBytes === undefined ? {} : { capacityBytes }),
    replicationFactor: flags.replication,
    partitionCount: flags.partitions,
    ...(flags.grace === undefined ? {} : { graceSeconds: flags.grace }),
    ...(flags.sweepGrace === undefined ? {} : { sweepGraceMs: flags.sweepGrace * 1_000 }),
    secretFile,
    credentials: own === undefined ? [keys] : [keys, own],
    devKeys: flags.devKeys === true,
    queues: {},
  };
}

/**
 * The usual ports, or those of the flags. An instance whose address is 127.0.0.1 shares it with the others of its group: where a flag was
 * left at its default it has a port of its own instead.
 */
async function portsOf(flags: NodeFlags, host: string): Promise<NodePorts> {
  const given: NodePorts = {
    peer: flags.peerPort,
    s3: flags.s3Port,
    admin: flags.adminPort,
    classic: flags.classicPort,
    files: flags.filesPort,
  };
  if (host !== LOOPBACK) return given;
  const own = await ownPorts(join(flags.data, 'ports.json'), host);
  const chosen = (name: keyof NodePorts): number =>
    given[name] === USUAL_PORTS[name] ? own[name] : given[name];
  return {
    peer: chosen('peer'),
    s3: chosen('s3'),
    admin: chosen('admin'),
    classic: chosen('classic'),
    files: chosen('files'),
  };
}

function volumeBytes(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : parseByteSize(text);
}
