/**
 * How a node of a group finds its cluster: it is among the founders that a record names, or joins through the nodes that have announced
 * themselves. A node that finds nobody waits and says so; it never founds alone because of that (SPEC.md, FP2, FP3).
 */
import type { Clock } from '@crescendo/base';
import { sleep } from '@crescendo/base';
import type { InstanceGroup } from '../ports.ts';
import type { ClusterParameters } from './cluster-parameters.ts';
import type { FoundingInstance, FoundingRecord } from './founding-record.ts';

export type ClusterEntry =
  | { readonly how: 'found'; readonly founders: readonly FoundingInstance[] }
  | { readonly how: 'join'; readonly contacts: readonly string[] };

export interface EntryOptions {
  readonly self: FoundingInstance;
  /** As many founders as there shall be copies, or as the group has at least. */
  readonly replicationFactor: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told now and then while there are too few instances to found. */
  readonly waiting: (present: number, needed: number) => void;
}

const POLL_MS = 1_000;
const TELL_EVERY_POLLS = 10;

/** Resolves to what this node is to do; undefined when the signal was aborted first. */
export async function findEntry(
  parameters: ClusterParameters,
  group: InstanceGroup,
  options: EntryOptions,
): Promise<ClusterEntry | undefined> {
  for (let poll = 0; !options.signal.aborted; poll++) {
    const record = await parameters.founders();
    if (record !== undefined) return await entryOf(record, parameters, options.self);
    const { present, needed } = await candidates(parameters, group, options.replicationFactor);
    if (present.length >= needed) {
      await parameters.createFounders(present.slice(0, needed)); // The next round reads whose record it became.
      continue;
    }
    if (poll % TELL_EVERY_POLLS === TELL_EVERY_POLLS - 1) options.waiting(present.length, needed);
    await sleep(options.clock, POLL_MS);
  }
  return undefined;
}

async function entryOf(
  record: FoundingRecord,
  parameters: ClusterParameters,
  self: FoundingInstance,
): Promise<ClusterEntry> {
  const isFounder = record.founders.some(({ instanceId }) => instanceId === self.instanceId);
  if (isFounder) return { how: 'found', founders: record.founders };
  const known = [...(await parameters.nodes()).values(), ...record.founders.map(({ address }) => address)];
  return { how: 'join', contacts: [...new Set(known)].filter((address) => address !== self.address) };
}

/** Instances that live in the group and have announced a node, in the order of their ids, and how many are needed. */
async function candidates(
  parameters: ClusterParameters,
  group: InstanceGroup,
  replicationFactor: number,
): Promise<{ readonly present: readonly FoundingInstance[]; readonly needed: number }> {
  const [view, nodes] = await Promise.all([group.view(), parameters.nodes()]);
  const present = view.instances
    .filter(({ lifecycleState }) => isComingOrServing(lifecycleState))
    .flatMap(({ instanceId }) => {
      const address = nodes.get(instanceId);
      return address === undefined ? [] : [{ instanceId, address }];
    })
    .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  return { present, needed: Math.max(1, Math.min(replicationFactor, view.desiredCapacity)) };
}

/**
 * [FP3] The founders that a founder without a vote should name instead, since one of those named is gone for good; undefined when the
 * record is to stay.
 */
export async function replacementFounders(
  record: FoundingRecord,
  parameters: ClusterParameters,
  group: InstanceGroup,
  self: FoundingInstance,
  replicationFactor: number,
): Promise<readonly FoundingInstance[] | undefined> {
  const view = await group.view();
  const living = new Set(
    view.instances.filter((one) => isComingOrServing(one.lifecycleState)).map((one) => one.instanceId),
  );
  if (!living.has(self.instanceId)) return undefined;
  const kept = record.founders.filter(({ instanceId }) => living.has(instanceId));
  if (kept.length === record.founders.length) return undefined;
  const { present, needed } = await candidates(parameters, group, replicationFactor);
  const named = new Set(kept.map(({ instanceId }) => instanceId));
  const all = [...kept, ...present.filter(({ instanceId }) => !named.has(instanceId))];
  return all.length < needed ? undefined : all.slice(0, Math.max(needed, kept.length));
}

function isComingOrServing(lifecycleState: string): boolean {
  return lifecycleState.startsWith('Pending') || lifecycleState === 'InService';
}
