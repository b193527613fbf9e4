/**
 * Is everything where it should be? The first thing that is not, in words. Used to decide when data may be put at risk again, and to
 * see that a healed store converges.
 *
 * (C1) Every partition has exactly the members that the newest target names, as voters, and no change is under way.
 * (C2) Each of them has applied everything and holds every registered chunk.
 * (C3) The members are the nodes that last, and the target gives each partition as many replicas as there may be.
 */
import type { Member, SystemState } from '../../../store/src/system/state.ts';
import { type GroupId, SYSTEM_GROUP } from '../ports.ts';
import type { Cluster, SimNode } from '../store/cluster.ts';
import { appliedIndex, type GroupView, registeredChunks, type StoreView, viewStore } from './group-view.ts';

export function findMissing(cluster: Cluster): string | undefined {
  const view = viewStore(cluster);
  if (typeof view === 'string') return view;
  const wrongMember = findWrongMember(view, cluster);
  if (wrongMember !== undefined) return wrongMember;
  for (const group of view.groups) {
    const wrong = findWrongPlacement(view, group) ?? findIncomplete(view, group);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** (C3) */
function findWrongMember({ system, holders }: StoreView, cluster: Cluster): string | undefined {
  const byId = new Map(system.members.map((member) => [member.id, member]));
  for (const [id, node] of holders) {
    const state = byId.get(id)?.state;
    if (state !== 'up') return `${node.name} is ${state ?? 'not a member'}`;
  }
  const ghost = system.members.find(({ id, state }) => state !== 'out' && !holders.has(id));
  return ghost === undefined ? undefined : `${nameOf(cluster, ghost)} is gone and still ${ghost.state}`;
}

function nameOf(cluster: Cluster, { address, id }: Member): string {
  const node = cluster.nodes.find(({ machine }) => machine.address === address);
  return `${node?.name ?? address} (${id.slice(0, 6)})`;
}

/** (C1) (C3) */
function findWrongPlacement(
  { system, holders }: StoreView,
  { group, membership }: GroupView,
): string | undefined {
  const { voters, learners } = membership;
  const target = targetOf(system, group);
  const name = (id: string): string => holders.get(id)?.name ?? id.slice(0, 6);
  const list = (ids: readonly string[]): string => ids.map(name).join(' ');
  if (learners.length > 0) return `group ${group} has learners ${list(learners)}`;
  if ([...voters].sort().join() !== [...target].sort().join()) {
    return `group ${group} lies on ${list(voters)}, its target is ${list(target)}`;
  }
  const wanted = Math.min(system.replicationFactor, holders.size);
  if (group !== SYSTEM_GROUP && voters.length !== wanted)
    return `group ${group} has ${voters.length} replicas of ${wanted}`;
  return undefined;
}

function targetOf(system: SystemState, group: GroupId): readonly string[] {
  return group === SYSTEM_GROUP ? system.target.system : (system.partitions[Number(group)]?.target ?? []);
}

/** (C2) */
function findIncomplete(store: StoreView, view: GroupView): string | undefined {
  const { holders } = store;
  const chunks = registeredChunks(view);
  for (const voter of view.membership.voters) {
    const node = holders.get(voter);
    if (node === undefined) return `group ${view.group} has a voter that is gone`;
    const applied = appliedIndex(node.volume, view.group);
    if (applied !== view.applied)
      return `${node.name} has applied ${applied} of ${view.applied} in group ${view.group}`;
    const lacking = chunks.find(({ name, size }) => node.volume.chunks.peek(name)?.length !== size);
    if (lacking !== undefined) return `${node.name} lacks chunk ${lacking.name} of group ${view.group}`;
  }
  return undefined;
}

/** Newcomers that have taken in some group and have, or had, a vote in none. */
export function findLearners(cluster: Cluster): SimNode[] {
  const view = viewStore(cluster);
  if (typeof view === 'string') return [];
  const votes = (id: string): boolean =>
    view.groups.some(({ membership: { voters } }) => voters.includes(id));
  const learns = (id: string, { volume }: SimNode): boolean =>
    view.groups.some(
      ({ group, membership: { learners } }) =>
        learners.includes(id) && (appliedIndex(volume, group) ?? 0) > 0,
    );
  return [...view.holders]
    .filter(([id, node]) => !node.isFounder && node.machine.starts === 1 && !votes(id) && learns(id, node))
    .map(([, node]) => node);
}

/** Who has left is proven to hold nothing, and is given nothing again. */
export function findGhost(
  { system, groups }: StoreView,
  newestApplied: (group: GroupId) => number,
): string | undefined {
  // What only a disk that is gone, or went dark, has applied is not seen now.
  const known = groups.filter(({ group, applied }) => applied >= newestApplied(group));
  for (const { id, outReason } of system.members) {
    if (outReason !== 'left') continue;
    const naming = known.find(({ membership: { voters, learners } }) =>
      [...voters, ...learners].includes(id),
    );
    if (naming !== undefined) return `${id.slice(0, 6)} has left, and group ${naming.group} names it`;
  }
  return undefined;
}

/** Everything that lies on disks although nothing registers it, by node. */
export function findStrays(view: StoreView): { readonly node: SimNode; readonly name: string }[] {
  const registered = new Map<string, Set<string>>();
  for (const group of view.groups) {
    const names = new Set(registeredChunks(group).map(({ name }) => name));
    for (const voter of group.membership.voters) {
      const known = registered.get(voter) ?? new Set<string>();
      for (const name of names) known.add(name);
      registered.set(voter, known);
    }
  }
  const strays: { node: SimNode; name: string }[] = [];
  for (const [id, node] of view.holders) {
    for (const name of node.volume.chunks.names()) {
      if (registered.get(id)?.has(name) !== true) strays.push({ node, name });
    }
  }
  return strays;
}
