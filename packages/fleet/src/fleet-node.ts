/**
 * One storage node as an instance of a group: finds its cluster through parameters, runs the node, and plays its part in the group until the
 * instance ends. See SPEC.md.
 *
 * (N1) The node is started again with other founders only while it has not voted (FP3).
 * (N2) After the node has left, the process stays until it is told to stop: the group ends the instance, not the node.
 */
import { type Clock, Failure, messageOf, sleep, type Timer } from '@crescendo/base';
import type { NodeOptions, RunningNode } from '@crescendo/node';
import type { ClusterParameters } from './cluster/cluster-parameters.ts';
import { findEntry, replacementFounders } from './cluster/entry.ts';
import type { FoundingInstance } from './cluster/founding-record.ts';
import { FleetMetrics } from './lifecycle/fleet-metrics.ts';
import { Guardian } from './lifecycle/guardian.ts';
import { OwnLifecycle } from './lifecycle/own-lifecycle.ts';
import type { InstanceGroup, InstanceMetadata, MetricPublisher } from './ports.ts';
import type { Report } from './report.ts';
import { guardedStore } from './store-view.ts';

export interface FleetNodeParts {
  readonly parameters: ClusterParameters;
  readonly metadata: InstanceMetadata;
  /** undefined for an instance outside any group: it joins or founds alone, and has no hooks. */
  readonly group: InstanceGroup | undefined;
  readonly publisher: MetricPublisher;
  readonly clock: Clock;
  readonly report: Report;
  readonly startNode: (options: NodeOptions) => Promise<RunningNode>;
}

export interface FleetNodeOptions {
  readonly self: FoundingInstance;
  /** Everything but founders and contacts. */
  readonly node: Omit<NodeOptions, 'founders' | 'join'>;
  readonly metricsIntervalMs: number;
  /** Stops the node, which is not leaving. */
  readonly signal: AbortSignal;
  /** Told each time the node has been started. */
  readonly started?: (node: RunningNode) => void;
}

const LIFECYCLE_MS = 1_000;
const GUARDIAN_MS = 5_000;
const FOUNDING_LOOK_MS = 5_000;

/** Resolves when the signal was aborted and all has ended; rejects when the node can't go on. */
export async function runFleetNode(parts: FleetNodeParts, options: FleetNodeOptions): Promise<void> {
  const { parameters, report } = parts;
  await parameters.announce(options.self.instanceId, options.self.address);
  while (!options.signal.aborted) {
    const group = parts.group ?? loneGroup(options.self.instanceId);
    const entry = await findEntry(parameters, group, {
      self: options.self,
      replicationFactor: options.node.replicationFactor,
      clock: parts.clock,
      signal: options.signal,
      waiting: (present, needed) =>
        report('info', 'waiting for founders to announce themselves', { present, needed }),
    });
    if (entry === undefined) return;
    report(
      'info',
      'entry',
      entry.how === 'found' ? { founders: entry.founders } : { contacts: entry.contacts },
    );
    if ((await runOnce(parts, options, nodeOptions(options, entry))) === 'ended') return;
  }
}

function nodeOptions(
  { node }: FleetNodeOptions,
  entry: NonNullable<Awaited<ReturnType<typeof findEntry>>>,
): NodeOptions {
  if (entry.how === 'join') return { ...node, join: entry.contacts.map(parseAddress) };
  return { ...node, founders: entry.founders.map(({ address }) => parseAddress(address)) };
}

function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** `again`: the founders have changed before this node had voted. */
async function runOnce(
  parts: FleetNodeParts,
  options: FleetNodeOptions,
  nodeOptions: NodeOptions,
): Promise<'ended' | 'again'> {
  const node = await startUnlessLeft(parts, nodeOptions);
  if (node === undefined) return await stayBehind(parts, options);
  options.started?.(node);
  const duties = new Duties(parts, options, node);
  const stop = (): void => void node.stop();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    return await Promise.race([duties.foundersChanged, ended(node, options.signal, duties)]);
  } finally {
    duties.stop();
    options.signal.removeEventListener('abort', stop);
    await node.stop();
  }
}

/** undefined when the node of this data folder has left its cluster before. */
async function startUnlessLeft(
  parts: FleetNodeParts,
  options: NodeOptions,
): Promise<RunningNode | undefined> {
  try {
    return await parts.startNode(options);
  } catch (error) {
    if (error instanceof Failure && error.code === 'Left') return undefined;
    throw error;
  }
}

/** (N2) for a process that was started after the node had left. */
async function stayBehind(
  { clock, group, metadata, report }: FleetNodeParts,
  { self, signal }: FleetNodeOptions,
): Promise<'ended'> {
  const lifecycle = new OwnLifecycle({
    instanceId: self.instanceId,
    node: { isReady: () => false, hasLeft: () => true, drain: async () => ({ ok: true }) },
    group,
    metadata,
    nowMs: () => clock.nowMs(),
    report,
  });
  while (!signal.aborted) {
    await lifecycle.round();
    await sleep(clock, LIFECYCLE_MS);
  }
  return 'ended';
}

/** (N2) */
async function ended(node: RunningNode, signal: AbortSignal, duties: Duties): Promise<'ended'> {
  const how = await node.stopped;
  if (how === 'left' && !signal.aborted) {
    duties.nodeLeft();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  return 'ended';
}

/** What runs beside the node, each at its own pace. */
class Duties {
  readonly foundersChanged: Promise<'again'>;
  private readonly parts: FleetNodeParts;
  private readonly timers: (Timer | undefined)[] = [];
  private stopped = false;
  private isReady = false;
  private hasLeft = false;

  constructor(parts: FleetNodeParts, options: FleetNodeOptions, node: RunningNode) {
    this.parts = parts;
    const { clock, group, metadata, parameters, report } = parts;
    const { instanceId } = options.self;
    node.ready.then(
      () => {
        this.isReady = true;
      },
      () => undefined, // `stopped` tells why.
    );
    const lifecycle = new OwnLifecycle({
      instanceId,
      node: {
        isReady: () => this.isReady,
        hasLeft: () => this.hasLeft,
        drain: async () => {
          const result = await node.fleet.drainSelf();
          return result.ok ? { ok: true } : { ok: false, message: result.message };
        },
      },
      group,
      metadata,
      nowMs: () => clock.nowMs(),
      report,
    });
    this.every(LIFECYCLE_MS, () => lifecycle.round());
    const store = guardedStore(node.fleet);
    if (group !== undefined) {
      const guardian = new Guardian({ store, group, parameters, report });
      this.every(GUARDIAN_MS, () => guardian.round());
    }
    const metrics = new FleetMetrics({
      publisher: parts.publisher,
      dimensions: { group: group?.name, instanceId },
      sample: () => node.fleet.sample(),
      underReplicated: async () => (await node.fleet.cluster()).replication.underReplicatedPartitions,
      speaksForAll: () => !this.hasLeft && node.fleet.leadsSystem(),
      report,
    });
    this.every(options.metricsIntervalMs, () => (this.hasLeft ? Promise.resolve() : metrics.publish()));
    this.foundersChanged = new Promise((resolve) => {
      this.every(FOUNDING_LOOK_MS, async () => {
        if (await this.replaceFounders(node, options)) resolve('again');
      });
    });
  }

  nodeLeft(): void {
    this.hasLeft = true;
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) timer?.cancel();
  }

  /** (N1) True when the record is another one than the node was started with. */
  private async replaceFounders(node: RunningNode, options: FleetNodeOptions): Promise<boolean> {
    const { group, parameters } = this.parts;
    if (group === undefined || node.fleet.hasVoted() || node.fleet.isMember()) return false;
    const record = await parameters.founders();
    if (record === undefined) return false;
    const { self } = options;
    if (!record.founders.some(({ instanceId }) => instanceId === self.instanceId)) return false;
    const factor = options.node.replicationFactor;
    const next = await replacementFounders(record, parameters, group, self, factor);
    if (next === undefined || node.fleet.hasVoted()) return false;
    this.parts.report('warn', 'founders replaced', { founders: next });
    await parameters.replaceFounders(next);
    return true;
  }

  /** Now, and then each time `periodMs` after the end of the last round. */
  private every(periodMs: number, work: () => Promise<unknown>): void {
    const slot = this.timers.length;
    const run = async (): Promise<void> => {
      await work().catch((cause: unknown) =>
        this.parts.report('warn', 'background work failed', { cause: messageOf(cause) }),
      );
      if (!this.stopped) this.timers[slot] = this.parts.clock.setTimer(periodMs, () => void run());
    };
    this.timers[slot] = undefined;
    void run();
  }
}

/** An instance outside any group counts as a group of one. */
function loneGroup(instanceId: string): InstanceGroup {
  const nothing = async (): Promise<void> => undefined;
  return {
    name: '',
    view: async () => ({
      name: '',
      minSize: 1,
      desiredCapacity: 1,
      instances: [{ instanceId, zone: '', lifecycleState: 'InService', protectedFromScaleIn: true }],
    }),
    hooks: async () => [],
    completeHook: nothing,
    putOffHook: nothing,
    terminate: nothing,
    endRetained: nothing,
    setProtection: nothing,
  };
}
