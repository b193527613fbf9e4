import type { Membership, MembershipChange } from '@crescendo/raft';
import type { NodeId } from '../ports/network.ts';

/** What the leader of one group knows when it asks for its next step. */
export interface MoveInput {
  /** The leader of the group; it must be one of the voters. */
  readonly self: NodeId;
  readonly target: { readonly generation: number; readonly members: readonly NodeId[] };
  /** Newest generation in the group's log: older targets are ignored. */
  readonly seenGeneration: number;
  /** In force and committed; `changePending` says that a later one is on its way. */
  readonly membership: Membership;
  readonly changePending: boolean;
  /** Heard of within the suspicion time, by this leader itself. Never asked about `self`. */
  readonly isLive: (member: NodeId) => boolean;
  /** Holds every registered byte, and its log follows the leader's. Asked about `self` too. */
  readonly isComplete: (member: NodeId) => boolean;
  /** May take part in one more move, see `hasRoom` in `move-room.ts`. Asked about `self` too. */
  readonly hasRoom: (member: NodeId) => boolean;
}

export type MoveStep =
  | { readonly step: 'change'; readonly change: MembershipChange }
  /** Hand leadership to this voter; `reason` says whether the leader must go or only should. */
  | { readonly step: 'transfer'; readonly to: NodeId; readonly reason: 'leaving' | 'preferred' }
  | { readonly step: 'none'; readonly reason: IdleReason };

export type IdleReason =
  | 'settled'
  | 'staleTarget'
  | 'changePending'
  /** A learner takes in what it lacks. */
  | 'copying'
  /** Moves at the nodes concerned have to end first. */
  | 'busy'
  /** The step would leave no live majority, or some byte on less than a majority. */
  | 'unsafe';

const settle = (reason: IdleReason): MoveStep => ({ step: 'none', reason });
const change = (kind: MembershipChange['kind'], peer: NodeId): MoveStep => ({
  step: 'change',
  change: { kind, peer },
});

/**
 * The next safe step from a group's membership towards its target, or why there is none: drop a learner that is not wanted, promote
 * one that holds everything, remove a surplus voter, add a learner, and when all is as it should be hand leadership to the preferred
 * member. Surplus goes before the next member comes, so a group has at most one voter more than it should.
 */
export function planMove(input: MoveInput): MoveStep {
  const { target, membership } = input;
  if (target.generation < input.seenGeneration) return settle('staleTarget');
  if (input.changePending) return settle('changePending');
  if (target.members.length === 0) return settle('settled');
  const unwanted = membership.learners.find((id) => !target.members.includes(id));
  if (unwanted !== undefined) return change('remove', unwanted);
  const voterSurplus = membership.voters.filter((id) => !target.members.includes(id));
  if (membership.voters.length > target.members.length && voterSurplus.length > 0) {
    return planRemoval(input, voterSurplus);
  }
  return planPromotion(input) ?? planAddition(input) ?? planLeadership(input);
}

function planRemoval(input: MoveInput, surplus: readonly NodeId[]): MoveStep {
  const { voters } = input.membership;
  const dead = surplus.filter((id) => id !== input.self && !input.isLive(id));
  const alive = surplus.filter((id) => id !== input.self && input.isLive(id));
  for (const peer of [...dead, ...alive]) {
    if (
      isSafe(
        input,
        voters.filter((id) => id !== peer),
      )
    )
      return change('remove', peer);
  }
  if (!surplus.includes(input.self)) return settle('unsafe');
  const rest = voters.filter((id) => id !== input.self);
  const heir = firstHeir(input);
  return heir !== undefined && isSafe(input, rest)
    ? { step: 'transfer', to: heir, reason: 'leaving' }
    : settle('unsafe');
}

function planPromotion(input: MoveInput): MoveStep | undefined {
  const { voters, learners } = input.membership;
  const ready = learners.filter((id) => input.isLive(id) && input.isComplete(id));
  for (const peer of ready) {
    if (hasLiveMajority(input, [...voters, peer])) return change('promote', peer);
  }
  if (ready.length > 0) return settle('unsafe');
  return learners.some((id) => input.isLive(id)) ? settle('copying') : undefined;
}

function planAddition(input: MoveInput): MoveStep | undefined {
  const { voters, learners } = input.membership;
  const missing = input.target.members.filter((id) => !voters.includes(id) && !learners.includes(id));
  if (missing.length === 0) return learners.length > 0 ? settle('unsafe') : undefined;
  const live = missing.filter((id) => input.isLive(id));
  if (live.length === 0) return settle('unsafe');
  if (!input.hasRoom(input.self)) return settle('busy');
  const free = live.find((id) => input.hasRoom(id));
  return free === undefined ? settle('busy') : change('addLearner', free);
}

function planLeadership(input: MoveInput): MoveStep {
  const preferred = input.target.members[0]!;
  const able =
    preferred !== input.self &&
    input.membership.voters.includes(preferred) &&
    input.isLive(preferred) &&
    input.isComplete(preferred);
  return able ? { step: 'transfer', to: preferred, reason: 'preferred' } : settle('settled');
}

/** The first member of the target that could lead at once. */
function firstHeir(input: MoveInput): NodeId | undefined {
  return input.target.members.find(
    (id) =>
      id !== input.self && input.membership.voters.includes(id) && input.isLive(id) && input.isComplete(id),
  );
}

/** A majority of these voters lives, and a majority of them holds everything: so each byte is on a majority. */
function isSafe(input: MoveInput, voters: readonly NodeId[]): boolean {
  const complete = voters.filter((id) => input.isComplete(id)).length;
  return complete >= majority(voters.length) && hasLiveMajority(input, voters);
}

function hasLiveMajority(input: MoveInput, voters: readonly NodeId[]): boolean {
  const live = voters.filter((id) => id === input.self || input.isLive(id)).length;
  return live >= majority(voters.length);
}

/** How many of `count` voters must agree. */
export function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}
