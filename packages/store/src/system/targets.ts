import type { NodeId } from '../ports/network.ts';
import { copiesPerZone, fairShares } from './fair-shares.ts';
import { partitionKey, successorIndex } from './ring-position.ts';
import type { RingPosition } from './state.ts';

/** A member that may hold data. */
export interface TargetMember {
  readonly id: NodeId;
  readonly zone: string;
  /** At least one. */
  readonly positions: readonly RingPosition[];
  readonly weight: number;
  /** 0 when it is not known. */
  readonly capacityBytes: number;
  readonly up: boolean;
}

export interface TargetInput {
  readonly members: readonly TargetMember[];
  readonly replicationFactor: number;
  /** Bytes of one replica of each partition; the length is the number of partitions. */
  readonly partitionBytes: readonly number[];
  /** Present members of the system group: they are kept where that costs nothing. */
  readonly systemMembers: readonly NodeId[];
}

export interface Placement {
  /** By partition; the first member of a list is the preferred leader. */
  readonly partitions: readonly (readonly NodeId[])[];
  readonly system: readonly NodeId[];
}

/**
 * A member that holds this many times its fair share is passed over. Simulated with copies given out in rounds: 1.15 gives
 * a fullest member of 1.17 and moves 1.09 of the least possible, 1.2 gives 1.22 and 1.05.
 */
export const LOAD_BOUND = 1.2;

/** What a partition weighs besides its bytes: its log, its group, and what will be written next. */
const PARTITION_BASE_BYTES = 4 * 1024 * 1024;

/** The load of a partition, as targets and new positions count it. */
export function partitionLoad(bytes: number): number {
  return bytes + PARTITION_BASE_BYTES;
}

/**
 * Who should hold what: a pure function, so two leaders that know the same plan the same. A partition goes to the
 * successors of its key, in distinct zones where there are enough, passing over members that hold `LOAD_BOUND` times their fair share
 * already (consistent hashing with bounded loads). Copies are given out in rounds and partitions in bit-reversed order: a member that
 * fills up is then passed over all around the ring and not only at its end, which keeps the fullest member low. With
 * fewer members than the replication factor everyone holds everything.
 */
export function planTargets(input: TargetInput): Placement {
  const members = [...input.members].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (members.length === 0) return { partitions: input.partitionBytes.map(() => []), system: [] };
  const board = openBoard(members, input);
  const order = bitReversed(input.partitionBytes.length);
  for (let round = 0; round < board.copies; round++) {
    for (const partition of order) give(board, partition, chooseNext(board, partition));
  }
  return {
    partitions: orderByLeadership(board, order),
    system: planSystemGroup(members, input.systemMembers),
  };
}

interface Board {
  readonly members: readonly TargetMember[];
  /** Clockwise; `owners[i]` is the index of the member at `points[i]`. */
  readonly points: readonly RingPosition[];
  readonly owners: readonly number[];
  readonly copies: number;
  readonly zoneCopies: number;
  readonly loads: readonly number[];
  readonly shares: readonly number[];
  readonly held: number[];
  readonly lists: number[][];
}

function openBoard(members: readonly TargetMember[], input: TargetInput): Board {
  const copies = Math.min(input.replicationFactor, members.length);
  const loads = input.partitionBytes.map(partitionLoad);
  const total = loads.reduce((a, b) => a + b, 0);
  const ring = members
    .flatMap((member, owner) => member.positions.map((point) => ({ point, owner })))
    .sort((a, b) => (a.point === b.point ? a.owner - b.owner : a.point < b.point ? -1 : 1));
  return {
    members,
    points: ring.map(({ point }) => point),
    owners: ring.map(({ owner }) => owner),
    copies,
    zoneCopies: copiesPerZone(new Set(members.map((member) => member.zone)).size, copies),
    loads,
    shares: fairShares(members, total, copies),
    held: members.map(() => 0),
    lists: loads.map(() => []),
  };
}

/** The partition's next member: the next one on the ring that fits, else the least loaded one, zones before loads. */
function chooseNext(board: Board, partition: number): number {
  const list = board.lists[partition]!;
  const load = board.loads[partition]!;
  const start = successorIndex(board.points, partitionKey(partition, board.lists.length));
  const seen = new Set<number>(list);
  let fallback = { owner: -1, rank: Number.POSITIVE_INFINITY };
  for (let step = 0; step < board.owners.length; step++) {
    const owner = board.owners[(start + step) % board.owners.length]!;
    if (seen.has(owner)) continue;
    seen.add(owner);
    const zoneFree = zoneHasRoom(board, list, owner);
    const filled = (board.held[owner]! + load) / Math.max(board.shares[owner]!, 1);
    if (zoneFree && filled <= LOAD_BOUND * (1 + 1e-9)) return owner;
    const rank = filled + (zoneFree ? 0 : 1e9);
    if (rank < fallback.rank) fallback = { owner, rank };
  }
  return fallback.owner;
}

function give(board: Board, partition: number, owner: number): void {
  board.lists[partition]!.push(owner);
  board.held[owner] = board.held[owner]! + board.loads[partition]!;
}

function zoneHasRoom(board: Board, list: readonly number[], owner: number): boolean {
  const zone = board.members[owner]!.zone;
  let used = 0;
  for (const other of list) if (board.members[other]!.zone === zone) used++;
  return used < board.zoneCopies;
}

/**
 * Puts the preferred leader in front: the first in ring order that leads less than `LOAD_BOUND` times its share of partitions,
 * else the one that leads least. The others stay in ring order.
 */
function orderByLeadership(board: Board, order: readonly number[]): NodeId[][] {
  const leads = board.members.map(() => 0);
  const ordered: NodeId[][] = board.lists.map(() => []);
  const totalWeight = board.members.reduce((sum, member) => sum + member.weight, 0);
  const led = (owner: number) =>
    (leads[owner]! * totalWeight) / (board.members[owner]!.weight * board.lists.length);
  const ledBound = LOAD_BOUND - totalWeight / board.lists.length;
  for (const partition of order) {
    const list = board.lists[partition]!;
    const leader =
      list.find((owner) => led(owner) <= ledBound) ?? list.reduce((a, b) => (led(b) < led(a) ? b : a));
    leads[leader] = leads[leader]! + 1;
    ordered[partition] = [leader, ...list.filter((owner) => owner !== leader)].map(
      (i) => board.members[i]!.id,
    );
  }
  return ordered;
}

/** 0 .. count-1 (a power of two), neighbours far apart. */
function bitReversed(count: number): number[] {
  let order = [0];
  while (order.length < count) order = [...order.map((i) => 2 * i), ...order.map((i) => 2 * i + 1)];
  return order;
}

/**
 * Three members, five from seven nodes on and back to three from five nodes down, in distinct zones first, then those who are
 * in it already, then those who are up.
 */
function planSystemGroup(members: readonly TargetMember[], present: readonly NodeId[]): NodeId[] {
  const wide = members.length >= 7 || (members.length === 6 && present.length >= 5);
  const size = Math.min(members.length, wide ? 5 : 3);
  const zoneUse = new Map<string, number>();
  const left = [...members].sort((a, b) => (a.positions[0]! < b.positions[0]! ? -1 : 1));
  const chosen: NodeId[] = [];
  const rank = (member: TargetMember) =>
    4 * (zoneUse.get(member.zone) ?? 0) + (present.includes(member.id) ? 0 : 2) + (member.up ? 0 : 1);
  while (chosen.length < size) {
    const next = left.reduce((a, b) => (rank(b) < rank(a) ? b : a));
    left.splice(left.indexOf(next), 1);
    zoneUse.set(next.zone, (zoneUse.get(next.zone) ?? 0) + 1);
    chosen.push(next.id);
  }
  return chosen;
}
