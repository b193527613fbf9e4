import type { NodeId } from '../ports/network.ts';
import { majority } from './moves.ts';
import { isAlive, isHolder, type Member, positionsOf, type SystemState } from './state.ts';
import { planTargets, type TargetInput } from './targets.ts';

/** No member may be planned to be filled beyond this part of its volume. */
export const FILL_MARGIN = 0.9;

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What targets are planned from, as if the members in `without` were gone. */
export function targetInput(state: SystemState, without: readonly NodeId[] = []): TargetInput {
  const holders = state.members.filter((member) => isHolder(member) && !without.includes(member.id));
  return {
    members: holders.map((member) => ({
      id: member.id,
      zone: member.zone,
      positions: positionsOf(member),
      weight: member.weight,
      capacityBytes: member.capacityBytes,
      up: member.state === 'up',
    })),
    replicationFactor: state.replicationFactor,
    partitionBytes: partitionBytes(state),
    systemMembers: state.target.system,
  };
}

/** Bytes of one replica of each partition, as reported; 0 where nobody has reported. */
export function partitionBytes(state: Pick<SystemState, 'partitions'>): number[] {
  return state.partitions.map(({ reported }) => reported?.bytes ?? 0);
}

/** Whether the rest could hold everything, in enough copies, with room to spare, if the members in `without` went. */
export function mayHoldWithout(state: SystemState, without: readonly NodeId[]): Verdict {
  const input = targetInput(state, without);
  const up = input.members.filter((member) => member.up).length;
  const names = without.join(', ');
  if (up < state.replicationFactor) {
    const reason = `Without ${names} ${up} nodes that are up and stay would remain; the replication factor is ${state.replicationFactor}. Add ${state.replicationFactor - up} first.`;
    return { ok: false, reason };
  }
  const planned = plannedBytes(input);
  for (const member of input.members) {
    const bytes = planned.get(member.id) ?? 0;
    if (member.capacityBytes === 0 || bytes <= FILL_MARGIN * member.capacityBytes) continue;
    const reason = `Without ${names} node ${member.id} would have to hold ${bytes} bytes; its volume has ${member.capacityBytes} and may be filled to ${Math.floor(FILL_MARGIN * member.capacityBytes)}. Add a node or delete data first.`;
    return { ok: false, reason };
  }
  return { ok: true };
}

/** Bytes that each member would hold under the target planned from `input`. */
export function plannedBytes(input: TargetInput): ReadonlyMap<NodeId, number> {
  return bytesByMember(planTargets(input).partitions, input.partitionBytes);
}

/** Sums what the lists of members hold. */
export function bytesByMember(
  partitions: readonly (readonly NodeId[])[],
  bytes: readonly number[],
): ReadonlyMap<NodeId, number> {
  const held = new Map<NodeId, number>();
  partitions.forEach((members, partition) => {
    for (const id of members) held.set(id, (held.get(id) ?? 0) + bytes[partition]!);
  });
  return held;
}

/** How many partitions have fewer whole copies on members that run than the replication factor asks for. */
export function underReplicated(state: SystemState): number {
  const alive = new Set(state.members.filter(isAlive).map((member) => member.id));
  return state.partitions.filter(({ reported }) => {
    if (reported === undefined) return true;
    const whole = reported.voters.filter((id) => reported.complete.includes(id) && alive.has(id));
    return whole.length < state.replicationFactor;
  }).length;
}

/** Whether a member that drains holds nothing any more and will be given nothing again. */
export function holdsNothing(state: SystemState, system: readonly NodeId[], id: NodeId): Verdict {
  const member = state.members.find((one) => one.id === id);
  const since = member?.excludedSince;
  if (since === undefined) return { ok: false, reason: `No target has been planned without ${id} yet.` };
  if (system.includes(id)) return { ok: false, reason: `The system group still names ${id}.` };
  let naming = 0;
  let silent = 0;
  let incomplete = 0;
  for (const { reported } of state.partitions) {
    if (reported === undefined || reported.generation < since) silent++;
    else if (reported.voters.includes(id) || reported.learners.includes(id)) naming++;
    else if (!isMajorityComplete(reported)) incomplete++;
  }
  if (naming + silent + incomplete === 0) return { ok: true };
  const reason = `Of ${state.partitions.length} partitions ${naming} still name ${id}, ${silent} have not reported since the target without it, ${incomplete} are not complete elsewhere.`;
  return { ok: false, reason };
}

function isMajorityComplete(reported: { voters: readonly NodeId[]; complete: readonly NodeId[] }): boolean {
  const complete = reported.voters.filter((id) => reported.complete.includes(id)).length;
  return complete >= majority(reported.voters.length);
}

export type Drainable =
  | { readonly ok: true; readonly member: NodeId }
  | { readonly ok: false; readonly reason: string };

/**
 * The one member that may go next, of those that `isCandidate` accepts: none while anything else is under way or less than
 * whole, so that never more than one goes at a time. It is the newest member of the zone with the most members, which stays the same as loads change.
 */
export function drainable(
  state: SystemState,
  isCandidate: (member: Member) => boolean = () => true,
): Drainable {
  const troubled = state.members.find((member) => member.state === 'down' || member.draining);
  if (troubled !== undefined && troubled.state !== 'out') {
    return { ok: false, reason: `Node ${troubled.id} is ${troubled.state}; one node goes at a time.` };
  }
  const unsettled = state.partitions.filter(
    (partition) => !isSettled(partition, state.replicationFactor),
  ).length;
  if (unsettled > 0)
    return { ok: false, reason: `${unsettled} partitions are not as the target wants them.` };
  const ups = state.members.filter((member) => member.state === 'up');
  const zoneSize = (member: Member) => ups.filter(({ zone }) => zone === member.zone).length;
  const candidates = ups
    .filter(isCandidate)
    .sort((a, b) => zoneSize(b) - zoneSize(a) || b.joinedMs - a.joinedMs || (a.id < b.id ? 1 : -1));
  let refusal = 'No node that is up may be chosen.';
  for (const candidate of candidates) {
    const verdict = mayHoldWithout(state, [candidate.id]);
    if (verdict.ok) return { ok: true, member: candidate.id };
    refusal = verdict.reason;
  }
  return { ok: false, reason: refusal };
}

function isSettled(partition: SystemState['partitions'][number], factor: number): boolean {
  const { reported, target } = partition;
  if (reported === undefined || reported.learners.length > 0) return false;
  return (
    target.length >= factor &&
    reported.voters.length === target.length &&
    target.every((id) => reported.voters.includes(id) && reported.complete.includes(id))
  );
}
