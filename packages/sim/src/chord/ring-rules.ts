/**
 * What must hold for one node and one step, whatever the network does: judged from outside, by the positions before and
 * after the step and by the message that caused it.
 *
 * (C1) A list holds at most r members, strictly clockwise from its owner, never the owner itself.
 * (C2) A list that gains a member is the whole list of a node that has just answered: its answer, or that node and its answer.
 * (C3) A list that changes for any other reason only loses members.
 * (C4) A predecessor gives way to a nearer one, or because it is no live member.
 * (C5) Nobody tells its pointers while it awaits an answer that may change them.
 */
import type { Member, RingEffect, RingInput, RingMessage, RingStatus } from '@crescendo/ring';

export interface Pointers {
  readonly phase: RingStatus['phase'];
  readonly predecessor: Member | undefined;
  readonly successors: readonly Member[];
}

/** The rule broken by the list itself; undefined when none is. */
export function listViolation(
  self: bigint,
  successors: readonly Member[],
  listLength: number,
): string | undefined {
  if (successors.length > listLength)
    return `(C1) the list has ${successors.length} entries, not ${listLength}`;
  let last = 0n;
  for (const member of successors) {
    const steps = BigInt.asUintN(160, member.position - self);
    if (steps <= last) return `(C1) the list does not go clockwise at ${member.id}`;
    last = steps;
  }
  return undefined;
}

/** The rule broken by a change of the list; undefined when none is. */
export function changeViolation(
  self: bigint,
  before: Pointers,
  after: Pointers,
  input: RingInput,
  listLength: number,
): string | undefined {
  const old = new Set(before.successors.map((member) => member.id));
  const gained = after.successors.filter((member) => !old.has(member.id));
  if (gained.length === 0) return undefined;
  const reply = stateReplyOf(input);
  if (reply === undefined) return `(C3) ${input.type} made the list gain ${gained[0]!.id}`;
  const answered = [reply.sender, ...reply.successors].map((member) => ({
    id: member.id,
    position: BigInt(`0x${member.position}`),
  }));
  const ids = after.successors.map((member) => member.id);
  const isWhole = [answered, answered.slice(1)].some((list) => isEnd(ids, wholeList(self, list, listLength)));
  return isWhole
    ? undefined
    : `(C2) the list ${ids} is not what ${reply.sender.id} answered: ${answered.map((member) => member.id)}`;
}

/** An answered list, cut at its length and where it comes round to the owner. */
function wholeList(
  self: bigint,
  answered: readonly { id: string; position: bigint }[],
  listLength: number,
): string[] {
  const ids: string[] = [];
  let last = 0n;
  for (const { id, position } of answered) {
    const steps = BigInt.asUintN(160, position - self);
    if (ids.length === listLength || steps <= last) break;
    ids.push(id);
    last = steps;
  }
  return ids;
}

/** The first ones may have said meanwhile that they leave; otherwise the lists are equal. */
function isEnd(list: readonly string[], whole: readonly string[]): boolean {
  return list.length <= whole.length && list.every((id, i) => id === whole[whole.length - list.length + i]);
}

function stateReplyOf(input: RingInput): Extract<RingMessage, { type: 'stateReply' }> | undefined {
  if (input.type !== 'message') return undefined;
  const message = input.message as RingMessage;
  return message.type === 'stateReply' && message.status === 'inside' ? message : undefined;
}

/** (C4) `isLiveMember` says whether a node has stood on the ring, without a break, long enough to have answered. */
export function predecessorViolation(
  self: bigint,
  before: Pointers,
  after: Pointers,
  isLiveMember: (id: string) => boolean,
): string | undefined {
  const { predecessor: old } = before;
  const { predecessor: next } = after;
  if (old === undefined || next === undefined || old.id === next.id || before.phase !== after.phase)
    return undefined;
  const isNearer =
    old.position < self
      ? old.position < next.position && next.position < self
      : old.position < next.position || next.position < self;
  if (isNearer || old.position === self || !isLiveMember(old.id)) return undefined;
  return `(C4) ${next.id} took the place of the live predecessor ${old.id}`;
}

/** (C5) `isWaiting` says whether an answer is awaited after the step; telling the pointers neither begins nor ends the wait. */
export function tellingViolation(effects: readonly RingEffect[], isWaiting: boolean): string | undefined {
  const tells = (effect: RingEffect): boolean =>
    effect.type === 'send' && effect.message.type === 'stateReply' && effect.message.status === 'inside';
  return isWaiting && effects.some(tells) ? '(C5) told its pointers while it awaited an answer' : undefined;
}
