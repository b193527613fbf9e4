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
  for (const node of network.nodes.values()) {
    if (node.state.phase !== 'inside') continue;
    const listed = listedMember(node);
    const isDoomed = hasLostHead(node, unansweredMs);
    lists.set(listed.id, isDoomed ? { ...listed, successors: listed.successors.slice(1) } : listed);
  }
  for (const event of network.pending()) {
    if (event.type === 'refuse') dropHead(lists, event.node.member.id, event.id, event.node);
    if (event.type !== 'deliver') continue;
    const receiver = network.nodes.get(event.to);
    if (receiver !== undefined) applyMessage(lists, receiver, event.message);
  }
  return [...lists.values()];
}

/** The last attempt of the question came to a dead node, or the successor has said that it leaves. */
function hasLostHead(node: VirtualNode, unansweredMs: ReadonlyMap<number, number>): boolean {
  const { exchange, deferred, successors, settings } = node.state;
  const head = successors[0]?.id;
  if (deferred.some((message) => message.type === 'leaving' && message.sender.id === head)) return true;
  if (exchange?.purpose.type !== 'stabilise' || exchange.attemptsLeft > 0) return false;
  const lostMs = unansweredMs.get(exchange.requestId);
  return lostMs !== undefined && lostMs >= exchange.deadlineMs - settings.requestTimeoutMs;
}

function applyMessage(lists: Map<string, ListedMember>, receiver: VirtualNode, message: RingMessage): void {
  const { id, position } = receiver.member;
  if (message.type === 'leaving') dropHead(lists, id, message.sender.id, receiver);
  const { exchange, settings } = receiver.state;
  if (message.type !== 'stateReply' || exchange?.requestId !== message.requestId) return;
  if (message.status === 'outside') dropHead(lists, id, message.sender.id, receiver);
  if (message.status !== 'inside') return;
  const answered = message.successors.map((member) => BigInt(`0x${member.position}`));
  const sender = BigInt(`0x${message.sender.position}`);
  const successors =
    exchange.purpose.type === 'join' && answered.length > 0 ? answered : [sender, ...answered];
  lists.set(id, { id, position, successors: successors.slice(0, settings.successors) });
}

function dropHead(lists: Map<string, ListedMember>, id: string, dead: string, node: VirtualNode): void {
  const listed = lists.get(id);
  if (listed !== undefined && node.state.successors[0]?.id === dead)
    lists.set(id, { ...listed, successors: node.state.successors.slice(1).map((member) => member.position) });
}
