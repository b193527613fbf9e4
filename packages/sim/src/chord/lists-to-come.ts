/**
 * Zave's events happen at an instant: a node has its new list from the moment the other answers, and without its dead successor from the
 * moment the other can't answer. In the simulation the node hears of it later. This file works out the lists that follow
 * from what is under way, for whoever asks what may fail next.
 */
import type { RingMessage } from '@crescendo/ring';
import type { VirtualNetwork, VirtualNode } from '@crescendo/ring/testing';

export interface ListedMember {
  readonly id: string;
  readonly position: bigint;
  readonly successors: readonly bigint[];
}

export function listedMember(node: VirtualNode): ListedMember {
  const { id, position } = node.member;
  return { id, position, successors: node.state.successors.map((member) => member.position) };
}

/**
 * All members with the lists they will have once everything under way has arrived. `unansweredMs`: request id -> when an attempt of it
 * came to a dead node.
 */
export function listsToCome(
  network: VirtualNetwork,
  unansweredMs: ReadonlyMap<number, number>,
): ListedMember[] {
  const lists = new Map<string, ListedMember>();
  for (const node of network.nodes.values())
    if (node.state.phase === 'inside') lists.set(node.member.id, listedMember(node));
  const events = network.pending();
  const undecided = new Map(network.nodes);
  const refusals = new Map<string, number>();
  for (const event of events) {
    const node = event.type === 'deliver' ? undecided.get(event.to) : undefined;
    if (event.type === 'refuse') applyRefusal(lists, undecided, refusals, event.node, event.id);
    else if (event.type === 'deliver' && node !== undefined && isAwaited(node, event.message)) {
      undecided.delete(event.to);
      applyAnswer(lists, node, event.message);
    }
  }
  for (const node of undecided.values()) dropUnanswered(lists, node, unansweredMs);
  // Whoever has answered may have left since.
  for (const node of network.nodes.values())
    for (const message of node.state.deferred)
      if (message.type === 'leaving') dropHead(lists, node.member.id, message.sender.position);
  for (const event of events)
    if (event.type === 'deliver' && event.message.type === 'leaving')
      dropHead(lists, event.to, BigInt(`0x${event.message.sender.position}`));
  return [...lists.values()];
}

type StateReply = Extract<RingMessage, { type: 'stateReply' }>;

function isAwaited(node: VirtualNode, message: RingMessage): message is StateReply {
  return message.type === 'stateReply' && node.state.exchange?.requestId === message.requestId;
}

function applyAnswer(lists: Map<string, ListedMember>, node: VirtualNode, reply: StateReply): void {
  const { id, position } = node.member;
  const purpose = node.state.exchange?.purpose.type;
  const sender = BigInt(`0x${reply.sender.position}`);
  if (reply.status === 'outside' && purpose === 'stabilise') dropHead(lists, id, sender);
  if (reply.status !== 'inside') return;
  const answered = reply.successors.map((member) => BigInt(`0x${member.position}`));
  const [head] = answered;
  const isBehind = purpose === 'join' && head !== undefined;
  // A joiner that does not lie behind the sender any more takes nothing over.
  if (isBehind && !isPassed(sender, position, head)) return;
  // A small ring keeps the silent ones before the one that it has asked instead.
  const asked = node.state.successors.findIndex((member) => member.position === sender);
  const kept = node.state.successors.slice(0, Math.max(0, asked)).map((member) => member.position);
  const successors = isBehind ? answered : [...kept, sender, ...answered];
  lists.set(id, { id, position, successors: successors.slice(0, node.state.settings.successors) });
}

/** One refusal ends one attempt. */
function applyRefusal(
  lists: Map<string, ListedMember>,
  undecided: Map<string, VirtualNode>,
  refusals: Map<string, number>,
  node: VirtualNode,
  refusing: string,
): void {
  const { id } = node.member;
  const { exchange } = node.state;
  if (exchange === undefined || exchange.to.id !== refusing || undecided.get(id) !== node) return;
  const count = (refusals.get(id) ?? 0) + 1;
  refusals.set(id, count);
  if (count <= exchange.attemptsLeft) return;
  undecided.delete(id);
  if (exchange.purpose.type === 'stabilise') dropHead(lists, id, exchange.to.position);
}

/** The last attempt of the question came to a dead node. */
function dropUnanswered(
  lists: Map<string, ListedMember>,
  node: VirtualNode,
  unansweredMs: ReadonlyMap<number, number>,
): void {
  const { exchange, settings } = node.state;
  if (exchange?.purpose.type !== 'stabilise' || exchange.attemptsLeft > 0) return;
  const lostMs = unansweredMs.get(exchange.requestId) ?? Number.NEGATIVE_INFINITY;
  if (lostMs >= exchange.deadlineMs - settings.requestTimeoutMs)
    dropHead(lists, node.member.id, exchange.to.position);
}

function dropHead(lists: Map<string, ListedMember>, id: string, dead: bigint): void {
  const listed = lists.get(id);
  if (listed !== undefined && listed.successors[0] === dead)
    lists.set(id, { ...listed, successors: listed.successors.slice(1) });
}

/** True when one meets `x` on the way from `a` to `b`. */
function isPassed(a: bigint, x: bigint, b: bigint): boolean {
  return a < b ? a < x && x < b : a < x || x < b;
}
