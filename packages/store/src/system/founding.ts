import type { KvWriter } from '../ports/state-store.ts';
import type { FoundCommand, FoundingMember, MemberDetails, SystemContext, SystemOutcome } from './command.ts';
import { refuse } from './draft.ts';
import { readHead, writeHead, writeMember, writePartition } from './records.ts';
import { memberFault } from './registration.ts';
import { isRingPosition, spreadPositions } from './ring-position.ts';
import { type Member, positionsOf, type RingPosition } from './state.ts';
import { planTargets } from './targets.ts';

const MAX_PARTITIONS = 16_384;
const MAX_FACTOR = 7;

export interface FoundingInput {
  readonly clusterId: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly founders: readonly MemberDetails[];
}

/** The founding entry: positions at even distances, zone by zone in turn, in the order of the founders' ids; and the first placement. */
export function foundCommand(input: FoundingInput): FoundCommand {
  const sorted = inTurnByZone([...input.founders].sort((a, b) => (a.id < b.id ? -1 : 1)));
  const points = dealPositions(sorted.map(({ weight }) => weight));
  const founders = sorted.map((details, i) => ({
    ...details,
    position: points[i]![0]!,
    morePositions: points[i]!.slice(1),
  }));
  const indexOf = new Map(founders.map(({ id }, index) => [id, index]));
  const { partitions, system } = planTargets({
    members: founders.map((founder) => ({
      ...founder,
      positions: positionsOf(founder),
      up: true,
    })),
    replicationFactor: input.replicationFactor,
    partitionBytes: new Array<number>(input.partitionCount).fill(0),
    systemMembers: [],
  });
  return {
    type: 'found',
    clusterId: input.clusterId,
    partitionCount: input.partitionCount,
    replicationFactor: input.replicationFactor,
    founders,
    placement: partitions.map((members) => members.map((id) => indexOf.get(id)!)),
    system,
  };
}

/** The first of each zone, then the second of each, and so on: the members of a zone lie apart on the ring. */
function inTurnByZone(founders: readonly MemberDetails[]): MemberDetails[] {
  const zones = [...Map.groupBy(founders, ({ zone }) => zone).values()];
  const turns = Array.from({ length: Math.max(0, ...zones.map((zone) => zone.length)) }, (_, turn) => turn);
  return turns.flatMap((turn) => zones.flatMap((zone) => zone.slice(turn, turn + 1)));
}

/** One point each in the first round, then a further one for those who weigh more, and so on: shares lie mixed around the ring. */
function dealPositions(weights: readonly number[]): RingPosition[][] {
  const rounds = Array.from({ length: Math.max(0, ...weights) }, (_, round) => round);
  const order = rounds.flatMap((round) => [...weights.keys()].filter((i) => weights[i]! > round));
  const spread = spreadPositions(order.length);
  return weights.map((_, i) => spread.filter((_point, at) => order[at] === i));
}

/** [S1] Applies the founding once; the same founding again changes nothing. */
export function applyFound(kv: KvWriter, context: SystemContext, command: FoundCommand): SystemOutcome {
  const head = readHead(kv);
  if (head !== undefined) {
    return head.clusterId === command.clusterId
      ? { result: { ok: true, version: head.version }, effects: [] }
      : refuse('AlreadyFounded', `This is cluster ${head.clusterId}; it can't become ${command.clusterId}.`);
  }
  const fault = faultOf(command);
  if (fault !== undefined) return refuse('Invalid', fault);
  for (const founder of command.founders) writeMember(kv, newMember(founder, context));
  const ids = command.founders.map(({ id }) => id);
  command.placement.forEach((indexes, partition) => {
    const members = indexes.map((index) => ids[index]!);
    writePartition(kv, partition, { founders: members, target: members, targetGeneration: 1, changed: 1 });
  });
  writeHead(kv, {
    format: 1,
    version: 1,
    placementVersion: 1,
    placementChangedMs: context.timestampMs,
    forgetVersion: 0,
    clusterId: command.clusterId,
    partitionCount: command.partitionCount,
    replicationFactor: command.replicationFactor,
    foundedMs: context.timestampMs,
    target: { generation: 1, basedOnVersion: 1, plannedMs: context.timestampMs, system: command.system },
  });
  return { result: { ok: true, version: 1 }, effects: [{ effect: 'changed', version: 1 }] };
}

function newMember(founder: FoundingMember, context: SystemContext): Member {
  return {
    ...founder,
    state: 'up',
    draining: false,
    sinceMs: context.timestampMs,
    joinedMs: context.timestampMs,
    changed: 1,
  };
}

function faultOf(command: FoundCommand): string | undefined {
  const { partitionCount: count, replicationFactor: factor, founders, placement } = command;
  if (!Number.isInteger(Math.log2(count)) || count < 1 || count > MAX_PARTITIONS) {
    return `The number of partitions is ${count}; it must be a power of two from 1 to ${MAX_PARTITIONS}.`;
  }
  if (!Number.isInteger(factor) || factor < 1 || factor > MAX_FACTOR) {
    return `The replication factor is ${factor}; it must be 1 to ${MAX_FACTOR}.`;
  }
  const strange = founders.map(memberFault).find((fault) => fault !== undefined);
  if (strange !== undefined) return strange;
  if (founders.length === 0 || new Set(founders.map(({ id }) => id)).size !== founders.length) {
    return 'The founders must be at least one, each named once.';
  }
  const points = founders.flatMap(positionsOf);
  if (!points.every(isRingPosition) || new Set(points).size !== points.length) {
    return 'Each founder needs a ring position of its own: 40 hexadecimal digits.';
  }
  const isPlaced = (indexes: readonly number[]) =>
    indexes.length > 0 &&
    new Set(indexes).size === indexes.length &&
    indexes.every((index) => founders[index] !== undefined);
  if (placement.length !== count || !placement.every(isPlaced)) {
    return `The placement must give each of the ${count} partitions at least one founder.`;
  }
  return undefined;
}
