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

/** All members with the lists they will have once everything under way has arrived. `unansweredMs`: request id -> when a dead node had it. */
export function listsToCome(
  network: VirtualNetwork,
  unansweredMs: ReadonlyMap<number, number>,
): ListedMember[] {
  const lists = new Map<string, ListedMember>();
  for (const node of network.nodes.values())
    if (node.state.phase === 'inside') lists.set(node.member.id, listedMember(node));
  const events = network.pending();
  const answered = new Set<string>();
  for (const event of events)
    if (event.type === 'deliver' && !answered.has(event.to))
      if (applyAnswer(lists, network.nodes.get(event.to), event.message)) answered.add(event.to);
  // Whoever has answered may have died or left since.
  for (const node of network.nodes.values()) dropLost(lists, node, unansweredMs);
  for (const event of events) {
    if (event.type === 'refuse') dropHead(lists, event.node.member.id, positionIn(event.node, event.id));
    if (event.type === 'deliver') dropDeparted(lists, network.nodes.get(event.to), event.message);
  }
  return [...lists.values()];
}

/** True for the answer that counts: the first that comes. */
function applyAnswer(
  lists: Map<string, ListedMember>,
  receiver: VirtualNode | undefined,
  message: RingMessage,
): boolean {
  const exchange = receiver?.state.exchange;
  if (receiver === undefined || message.type !== 'stateReply' || message.status !== 'inside') return false;
  if (exchange?.requestId !== message.requestId) return false;
  const { id, position } = receiver.member;
  const answered = message.successors.map((member) => BigInt(`0x${member.position}`));
  const sender = BigInt(`0x${message.sender.position}`);
  const isJoin = exchange.purpose.type === 'join';
  const [head] = answered;
  // A joiner that does not lie behind the sender any more takes nothing over.
  if (isJoin && head !== undefined && !isPassed(sender, position, head)) return false;
  const successors = isJoin && head !== undefined ? answered : [sender, ...answered];
  lists.set(id, { id, position, successors: successors.slice(0, receiver.state.settings.successors) });
  return true;
}

/** The last attempt of a question came to a dead node, or a departure waits for the question's end. */
function dropLost(
  lists: Map<string, ListedMember>,
  node: VirtualNode,
  unansweredMs: ReadonlyMap<number, number>,
): void {
  const { exchange, deferred, settings } = node.state;
  const { id } = node.member;
  if (exchange?.purpose.type === 'stabilise' && exchange.attemptsLeft === 0) {
    const lostMs = unansweredMs.get(exchange.requestId) ?? Number.NEGATIVE_INFINITY;
    if (lostMs >= exchange.deadlineMs - settings.requestTimeoutMs) dropHead(lists, id, exchange.to.position);
  }
  for (const message of deferred)
    if (message.type === 'leaving') dropHead(lists, id, message.sender.position);
}

function dropDeparted(
  lists: Map<string, ListedMember>,
  receiver: VirtualNode | undefined,
  message: RingMessage,
): void {
  if (receiver === undefined) return;
  const isRefusal =
    message.type === 'stateReply' &&
    message.status === 'outside' &&
    receiver.state.exchange?.requestId === message.requestId;
  if (message.type === 'leaving' || isRefusal)
    dropHead(lists, receiver.member.id, BigInt(`0x${message.sender.position}`));
}

function positionIn(node: VirtualNode, id: string): bigint | undefined {
  return node.state.successors.find((member) => member.id === id)?.position;
}

function dropHead(lists: Map<string, ListedMember>, id: string, dead: bigint | undefined): void {
  const listed = lists.get(id);
  if (listed !== undefined && listed.successors[0] === dead)
    lists.set(id, { ...listed, successors: listed.successors.slice(1) });
}

/** True when one meets `x` on the way from `a` to `b`. */
function isPassed(a: bigint, x: bigint, b: bigint): boolean {
  return a < b ? a < x && x < b : a < x || x < b;
}
