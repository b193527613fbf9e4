/** Starts the production store node on a simulated machine, with numbers that suit short histories and small data. */
import { createHash } from 'node:crypto';
import { StoreNode } from '../../../store/src/host/store-node.ts';
import {
  DEFAULT_STORE_OPTIONS,
  DEFAULT_TIMING,
  type StoreNodeOptions,
} from '../../../store/src/host/store-node-options.ts';
import { messagePackCodec } from '../network/wire-codec.ts';
import { MUTANTS, type StoreMutant } from './mutants.ts';
import {
  type DrainOutcome,
  HasLeft,
  type Launch,
  type LaunchContext,
  type RunningNode,
} from './node-launch.ts';
import type { SimQueue } from './sim-queue.ts';
import { SIM_CHUNK_BYTES, SIM_INLINE_BYTES, SIM_MINIMUM_PART_BYTES } from './sim-sizes.ts';

const READY_POLL_MS = 50;

export interface ProductionSettings {
  readonly partitionCount: number;
  /** Slow uploads are held, or left to be found forgotten. */
  readonly holdsBlobs: boolean;
  readonly fetchDelayMs: number;
  readonly compactsEagerly: boolean;
  /** Where events go. */
  readonly queue: SimQueue;
  readonly mutant?: StoreMutant;
}

export function productionLaunch(settings: ProductionSettings): Launch {
  return async (context) => {
    const left = signal();
    if (context.volume.identity.load()?.left === true) throw new HasLeft();
    const ports = { ...portsOf(context), events: settings.queue.sinkFor(context.process) };
    const node = await StoreNode.open(ports, optionsOf(context, settings), {
      left: () => left.give(),
      failed: (cause) => context.failed(cause),
    });
    if (settings.mutant !== undefined) MUTANTS[settings.mutant](node);
    while (!node.isMember) await pause(context, READY_POLL_MS);
    return runningNode(context, node, left.given);
  };
}

function runningNode(context: LaunchContext, node: StoreNode, left: Promise<void>): RunningNode {
  return {
    store: node.store,
    ring: () => node.ringDriver?.status(),
    stop: () => node.stop(),
    drain: () => drainNode(context, node),
    drainRefusal: () => {
      const verdict = node.status.drainable(() => true);
      return verdict.ok ? undefined : verdict.reason;
    },
    left,
  };
}

/** Once it has been accepted nobody asks again: the cluster remembers. A refusal may come of a passing outage. */
async function drainNode(context: LaunchContext, node: StoreNode): Promise<DrainOutcome> {
  const first = await node.status.drain(node.nodeId);
  if (first.ok) return { kind: 'begun' };
  await pause(context, 1000);
  return { kind: 'refused', reason: `${first.code}: ${first.message}` };
}

function portsOf({
  process,
  network,
  volume,
  random,
  note,
}: LaunchContext): Parameters<typeof StoreNode.open>[0] {
  return {
    clock: process,
    random,
    network,
    ...volume,
    codec: messagePackCodec(),
    sha1: (bytes) => createHash('sha1').update(bytes).digest(),
    // Some nodes gather what arrives at one moment, as real ones do; the others act after every callback.
    ...(random.int(2) === 0 ? {} : { nextTurn: (work: () => void) => void process.setTimer(0, work) }),
    report: ({ level, event, detail }) => {
      if (level !== 'debug')
        note(`${level}: ${event}${detail === undefined ? '' : ` ${JSON.stringify(detail)}`}`);
    },
  };
}

function optionsOf(
  { process, founders, contacts }: LaunchContext,
  settings: ProductionSettings,
): StoreNodeOptions {
  return {
    ...DEFAULT_STORE_OPTIONS,
    address: process.machine.address,
    founders,
    join: contacts,
    partitionCount: settings.partitionCount,
    replicationFactor: 3,
    timing: {
      ...DEFAULT_TIMING,
      fetchDelayMs: settings.fetchDelayMs,
      maintenanceMs: 3000,
      scrubPauseMs: 300,
    },
    plan: {
      ...DEFAULT_STORE_OPTIONS.plan,
      suspicionMs: 3000,
      graceMs: 12_000,
      settleMs: 1000,
      rebalanceIntervalMs: 60_000,
    },
    sweep: { ...DEFAULT_STORE_OPTIONS.sweep, graceMs: 15_000, unreferencedMs: 10_000 },
    // Logs of a few entries: whoever was away for a moment needs a snapshot.
    compaction: settings.compactsEagerly
      ? { budgetBytes: 2000, leastBytes: 500, keepEntries: 3 }
      : DEFAULT_STORE_OPTIONS.compaction,
    gateway: {
      inlineBytes: SIM_INLINE_BYTES,
      chunkBytes: SIM_CHUNK_BYTES,
      minimumPartBytes: SIM_MINIMUM_PART_BYTES,
      holdAfterMs: settings.holdsBlobs ? 4000 : 3_600_000,
    },
  };
}

function pause({ process }: LaunchContext, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    process.setTimer(delayMs, resolve);
  });
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}
