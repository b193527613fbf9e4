/**
 * The decisions of the system group's leader, as a pure function: what it knows in, commands out. It is asked every second or so; a command that
 * was proposed and lost is simply proposed again.
 */
import type { Membership } from '@crescendo/raft';
import type { NodeId } from '../ports/network.ts';
import { bytesByMember, holdsNothing, mayHoldWithout, partitionBytes, targetInput } from './capacity.ts';
import type { SetTargetCommand, SystemCommand } from './command.ts';
import { isHolder, type Member, type SystemState } from './state.ts';
import { planTargets } from './targets.ts';

/** A neighbour's word that it has not heard of a member for a while. */
export interface SuspicionReport {
  readonly member: NodeId;
  readonly reporter: NodeId;
  /** By the reporter's own clock, at the time of the report. */
  readonly silentMs: number;
  /** How long ago the leader received it; the newest report of each pair counts. */
  readonly ageMs: number;
}

/** What the leader has seen itself since it leads. Nothing of it is replicated: a new leader watches anew. */
export interface SystemObservations {
  readonly self: NodeId;
  readonly leaderForMs: number;
  /** Milliseconds since the leader itself last heard of a member; absent for members it does not watch. */
  readonly silentMs: ReadonlyMap<NodeId, number>;
  readonly reports: readonly SuspicionReport[];
  /** Of the system group. */
  readonly membership: Membership;
}

export interface PlanOptions {
  /** Silence after which a member is down. */
  readonly suspicionMs: number;
  /** Silence after which a member is out. Most outages are no departures: minutes, not seconds. */
  readonly graceMs: number;
  /** Members that come or go within this time are planned for together. */
  readonly settleMs: number;
  /** A new target without a change of members is planned at most this often, */
  readonly rebalanceIntervalMs: number;
  /** and when the fullest member would be to its fair share as this to 1. */
  readonly rebalanceRatio: number;
  /** Records of members that are out are dropped after this time. */
  readonly forgetMs: number;
}

export const DEFAULT_PLAN_OPTIONS: PlanOptions = {
  suspicionMs: 5_000,
  graceMs: 300_000,
  settleMs: 1_000,
  rebalanceIntervalMs: 600_000,
  rebalanceRatio: 1.35,
  forgetMs: 7 * 24 * 3_600_000,
};

/** A report counts as long as its sender would have sent a newer one. */
const REPORT_LIFE_FACTOR = 2;
const WITNESSES = 2;

/**
 * The commands to propose now, in order. A target is planned only when nothing in the same answer changes who holds data: it would
 * be refused as stale.
 */
export function planSystem(
  state: SystemState,
  observations: SystemObservations,
  nowMs: number,
  options: PlanOptions = DEFAULT_PLAN_OPTIONS,
): SystemCommand[] {
  const verdicts = planVerdicts(state, observations, options);
  const departures = planDepartures(state, observations, nowMs, options);
  const commands = [...verdicts, ...departures];
  if (verdicts.some(({ type }) => type === 'declareOut')) return commands;
  const target = planTarget(state, observations, nowMs, options);
  return target === undefined ? commands : [...commands, target];
}

/** [S13] [S14] Who is down, up again, or out. */
function planVerdicts(
  state: SystemState,
  observations: SystemObservations,
  options: PlanOptions,
): SystemCommand[] {
  if (observations.leaderForMs < options.suspicionMs) return [];
  const counted = state.members.filter((member) => member.state !== 'out');
  const silence = new Map(
    counted.map((member) => [member.id, agreedSilenceMs(member, state, observations, options)]),
  );
  const silent = counted.filter((member) => silence.get(member.id)! >= options.suspicionMs);
  const up = counted
    .filter((member) => member.state === 'down' && isHeard(member, observations, options))
    .map((member) => verdict('declareUp', member));
  if (2 * silent.length > counted.length) return up;
  const down = silent.filter(({ state: known }) => known !== 'down').map((m) => verdict('declareDown', m));
  return [...up, ...down, ...planOuts(state, silent, silence, options)];
}

function verdict(type: 'declareUp' | 'declareDown' | 'declareOut', member: Member): SystemCommand {
  return { type, member: member.id, incarnation: member.incarnation };
}

/** [S14] The longest silent first, and only as long as the rest can hold everything in enough copies. */
function planOuts(
  state: SystemState,
  silent: readonly Member[],
  silence: ReadonlyMap<NodeId, number>,
  options: PlanOptions,
): SystemCommand[] {
  const due = silent
    .filter((member) => member.state === 'down' && silence.get(member.id)! >= options.graceMs)
    .sort((a, b) => silence.get(b.id)! - silence.get(a.id)! || (a.id < b.id ? -1 : 1));
  const gone: Member[] = [];
  for (const member of due) {
    const without = [...gone, member].map(({ id }) => id);
    if (mayHoldWithout(state, without).ok) gone.push(member);
  }
  return gone.map((member) => verdict('declareOut', member));
}

/**
 * [S13] How long a member has been silent for certain: what two witnesses (or all there can be) confirm. The leader is one of them where
 * it watches the member, and its having heard outweighs everybody's silence. Durations are by the witnesses' own clocks; no
 * wall clock takes part.
 */
function agreedSilenceMs(
  member: Member,
  state: SystemState,
  observations: SystemObservations,
  options: PlanOptions,
): number {
  if (member.id === observations.self) return 0;
  const own = observations.silentMs.get(member.id);
  if (own !== undefined && own < options.suspicionMs) return 0;
  const witnesses = state.members.filter(
    ({ id, state: s }) => id !== member.id && (s === 'up' || s === 'leaving'),
  );
  const ids = new Set(witnesses.map(({ id }) => id));
  const said = new Map<NodeId, number>();
  for (const report of observations.reports) {
    if (report.member !== member.id || report.reporter === observations.self || !ids.has(report.reporter))
      continue;
    if (report.ageMs > REPORT_LIFE_FACTOR * options.suspicionMs) continue;
    said.set(report.reporter, Math.max(said.get(report.reporter) ?? 0, report.silentMs));
  }
  if (own !== undefined) said.set(observations.self, own);
  const needed = Math.min(WITNESSES, Math.max(1, witnesses.length));
  return [...said.values()].sort((a, b) => b - a)[needed - 1] ?? 0;
}

/** Half the suspicion time, so that a member at the edge does not go up and down. */
function isHeard(member: Member, observations: SystemObservations, options: PlanOptions): boolean {
  if (member.id === observations.self) return true;
  const own = observations.silentMs.get(member.id);
  return own !== undefined && own < options.suspicionMs / 2;
}

/** [S7] [S9] Ends the drains that are proven complete, and drops records nobody needs. */
function planDepartures(
  state: SystemState,
  observations: SystemObservations,
  nowMs: number,
  options: PlanOptions,
): SystemCommand[] {
  const system = [...observations.membership.voters, ...observations.membership.learners];
  const commands: SystemCommand[] = [];
  for (const member of state.members) {
    if (member.draining && holdsNothing(state, system, member.id).ok) {
      commands.push({ type: 'finishLeave', member: member.id });
    }
    const isOld = member.state === 'out' && nowMs - member.sinceMs > options.forgetMs;
    if (isOld && holdsNothing(state, system, member.id).ok) {
      commands.push({ type: 'forget', member: member.id });
    }
  }
  return commands;
}

/** [S15] A new target when members have changed and come to rest, or when data has grown lopsided. */
function planTarget(
  state: SystemState,
  observations: SystemObservations,
  nowMs: number,
  options: PlanOptions,
): SetTargetCommand | undefined {
  const isOutdated = state.placementVersion > state.target.basedOnVersion;
  if (isOutdated && isWithin(nowMs - state.placementChangedMs, options.settleMs)) return undefined;
  if (!isOutdated && !isLopsided(state, nowMs, options)) return undefined;
  const present = [...observations.membership.voters, ...observations.membership.learners];
  const placement = planTargets({ ...targetInput(state), systemMembers: present });
  if (placement.system.length === 0) return undefined;
  const partitions = placement.partitions
    .map((members, partition) => ({ partition, members }))
    .filter(({ partition, members }) => !sameList(members, state.partitions[partition]!.target));
  if (!isOutdated && partitions.length === 0) return undefined;
  return {
    type: 'setTarget',
    generation: state.target.generation + 1,
    basedOnVersion: state.version,
    system: placement.system,
    partitions,
  };
}

/** Wall clocks of two leaders may differ: what lies in the future is over. */
function isWithin(elapsedMs: number, limitMs: number): boolean {
  return elapsedMs >= 0 && elapsedMs < limitMs;
}

/** The fullest member is far above the mean under the present target, and clearly less so under a new one. */
function isLopsided(state: SystemState, nowMs: number, options: PlanOptions): boolean {
  if (isWithin(nowMs - state.target.plannedMs, options.rebalanceIntervalMs)) return false;
  const bytes = partitionBytes(state).map((size) => size + REBALANCE_FLOOR_BYTES);
  const lists = state.partitions.map(({ target }) => target);
  const before = fullestRatio(state, lists, bytes);
  if (before < options.rebalanceRatio) return false;
  const after = fullestRatio(state, planTargets(targetInput(state)).partitions, bytes);
  return after < before - (options.rebalanceRatio - 1) / 3;
}

/** Keeps nearly empty clusters from being balanced for nothing. */
const REBALANCE_FLOOR_BYTES = 64 * 1024 * 1024;

function fullestRatio(
  state: SystemState,
  lists: readonly (readonly NodeId[])[],
  bytes: readonly number[],
): number {
  const held = bytesByMember(lists, bytes);
  const holders = state.members.filter(isHolder);
  const weight = holders.reduce((sum, member) => sum + member.weight, 0);
  const total = [...held.values()].reduce((sum, value) => sum + value, 0);
  const perWeight = (member: Member) => (held.get(member.id) ?? 0) / member.weight;
  return Math.max(0, ...holders.map(perWeight)) / (total / weight);
}

function sameList(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
