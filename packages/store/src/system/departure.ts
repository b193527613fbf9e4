import type { NodeId } from '../ports/network.ts';
import { holdsNothing, mayHoldWithout } from './capacity.ts';
import type { DeclareCommand, ForgetCommand, LeaveCommand, SystemOutcome } from './command.ts';
import { type Draft, refuse } from './draft.ts';
import { readMember, readPartitions, readSystemState, removeMember } from './records.ts';
import { changesHolding, toOut, withState } from './registration.ts';
import type { Member, SystemState } from './state.ts';

function unknown(id: NodeId): SystemOutcome {
  return refuse('NoSuchMember', `There is no node ${id}.`);
}

function wholeState(draft: Draft): SystemState {
  return readSystemState(draft.kv)!;
}

/** [S5] The leader's verdict that a member is silent, heard of again, or gone. Who is out comes back by registering. */
export function applyDeclare(draft: Draft, command: DeclareCommand): SystemOutcome {
  const member = readMember(draft.kv, command.member);
  if (member === undefined) return unknown(command.member);
  if (member.incarnation !== command.incarnation) {
    const message = `Start ${command.incarnation} of ${member.id} was meant; it has come to start ${member.incarnation}.`;
    return refuse('Stale', message);
  }
  const next = declared(member, command.type, draft.context.timestampMs);
  if (next === undefined) {
    return refuse('WrongState', `Node ${member.id} is ${member.state}: ${command.type} does not apply.`);
  }
  if (next === member) return draft.finish(member.id);
  draft.putMember(next);
  if (changesHolding(member, next)) draft.notePlacementChange();
  if (next.state === 'out') draft.emit({ effect: 'memberOut', member: member.id });
  return draft.finish(member.id);
}

/** undefined when the verdict does not apply; the member itself when it says nothing new. */
function declared(member: Member, verdict: DeclareCommand['type'], timestampMs: number): Member | undefined {
  switch (verdict) {
    case 'declareDown':
      return member.state === 'out' ? undefined : withState(member, 'down', timestampMs);
    case 'declareOut':
      if (member.state === 'out') return member;
      return member.state === 'down' ? toOut(member, 'silent', timestampMs) : undefined;
    case 'declareUp':
      if (member.state === 'out') return undefined;
      return withState(member, member.draining ? 'leaving' : 'up', timestampMs);
  }
}

/** [S6] Starts a drain, or says why the rest could not hold the data. */
export function applyBeginLeave(draft: Draft, command: LeaveCommand): SystemOutcome {
  const member = readMember(draft.kv, command.member);
  if (member === undefined) return unknown(command.member);
  if (member.draining) return draft.finish(member.id);
  if (member.state === 'out') return refuse('WrongState', `Node ${member.id} is out already.`);
  const verdict = mayHoldWithout(wholeState(draft), [member.id]);
  if (!verdict.ok) return refuse('NotEnoughRoom', verdict.reason);
  const next = member.state === 'up' ? withState(member, 'leaving', draft.context.timestampMs) : member;
  draft.putMember({ ...next, draining: true });
  draft.notePlacementChange();
  return draft.finish(member.id);
}

/** [S8] Takes a drain back: what has not moved yet stays. Who is out comes back as one that stays. */
export function applyCancelLeave(draft: Draft, command: LeaveCommand): SystemOutcome {
  const member = readMember(draft.kv, command.member);
  if (member === undefined) return unknown(command.member);
  if (member.outReason === 'left') {
    return refuse('WrongState', `Node ${member.id} has left. It can join again with an empty data folder.`);
  }
  if (!member.draining) return draft.finish(member.id);
  if (member.state === 'out') {
    draft.putMember({ ...member, draining: false });
    return draft.finish(member.id);
  }
  const { excludedSince: _, ...rest } = member;
  const next = member.state === 'leaving' ? withState(rest, 'up', draft.context.timestampMs) : rest;
  draft.putMember({ ...next, draining: false });
  draft.notePlacementChange();
  return draft.finish(member.id);
}

/** [S7] Ends a drain once it is proven that the member holds nothing and will be given nothing. */
export function applyFinishLeave(draft: Draft, command: LeaveCommand): SystemOutcome {
  const member = readMember(draft.kv, command.member);
  if (member === undefined) return unknown(command.member);
  if (member.state === 'out' && !member.draining) return draft.finish(member.id);
  if (!member.draining) return refuse('WrongState', `Node ${member.id} does not drain.`);
  const { voters, learners } = draft.context.membership;
  const verdict = holdsNothing(wholeState(draft), [...voters, ...learners], member.id);
  if (!verdict.ok) return refuse('StillHolds', verdict.reason);
  draft.putMember(toOut(member, 'left', draft.context.timestampMs));
  draft.emit({ effect: 'memberOut', member: member.id });
  return draft.finish(member.id);
}

/** [S9] Drops the record of a member that is out and that nothing names. */
export function applyForget(draft: Draft, command: ForgetCommand): SystemOutcome {
  const member = readMember(draft.kv, command.member);
  if (member === undefined) return draft.finish();
  if (member.state !== 'out') return refuse('WrongState', `Node ${member.id} is ${member.state}, not out.`);
  const { voters, learners } = draft.context.membership;
  if (isNamed(draft, member.id) || voters.includes(member.id) || learners.includes(member.id)) {
    return refuse('StillHolds', `A configuration still names ${member.id}.`);
  }
  removeMember(draft.kv, member.id);
  draft.changeHead({ forgetVersion: draft.version });
  return draft.finish();
}

function isNamed(draft: Draft, id: NodeId): boolean {
  return readPartitions(draft.kv).some(
    ({ target, reported }) =>
      target.includes(id) ||
      reported === undefined ||
      [...reported.voters, ...reported.learners].includes(id),
  );
}
