import type { MemberDetails, RegisterCommand, SystemOutcome } from './command.ts';
import type { Draft } from './draft.ts';
import { refuse } from './draft.ts';
import { readHead, readMember, readMembers, readPartitions } from './records.ts';
import { freePosition, isRingPosition, positionForJoin } from './ring-position.ts';
import {
  type AdvertisedAddresses,
  isHolder,
  type Member,
  type OutReason,
  positionsOf,
  type RingPosition,
} from './state.ts';
import { partitionLoad } from './targets.ts';

const MAX_WEIGHT = 16;

/** What is wrong with the details of a member; undefined when nothing is. */
export function memberFault(details: MemberDetails): string | undefined {
  if (!/^[0-9A-Za-z-]{1,64}$/.test(details.id)) {
    return `The identity ${JSON.stringify(details.id)} must have 1 to 64 letters, digits or "-".`;
  }
  if (!Number.isInteger(details.weight) || details.weight < 1 || details.weight > MAX_WEIGHT) {
    return `The weight of ${details.id} is ${details.weight}; it must be a whole number from 1 to ${MAX_WEIGHT}.`;
  }
  if (!Number.isSafeInteger(details.incarnation) || details.incarnation < 0) {
    return `The incarnation of ${details.id} is ${details.incarnation}; it must count its starts.`;
  }
  if (typeof details.address !== 'string' || !/^\S+:\d+$/.test(details.address)) {
    return `The address of ${details.id} is ${JSON.stringify(details.address)}; it must be host:port.`;
  }
  return undefined;
}

/** [S2] [S3] [S4] A node joins, has started again, or comes back. */
export function applyRegister(draft: Draft, command: RegisterCommand): SystemOutcome {
  const fault = memberFault(command.member);
  if (fault !== undefined) return refuse('Invalid', fault);
  if (command.position !== undefined && !isRingPosition(command.position)) {
    return refuse('Invalid', `The position ${command.position} must be 40 lower-case hexadecimal digits.`);
  }
  const known = readMember(draft.kv, command.member.id);
  return known === undefined ? admit(draft, command) : readmit(draft, command, known);
}

function admit(draft: Draft, command: RegisterCommand): SystemOutcome {
  const members = readMembers(draft.kv);
  const replaced = members.find(({ id }) => id === command.replaces);
  const others = members.filter((member) => member !== replaced && member.state !== 'out');
  const fixed = command.position ?? replaced?.position;
  const taken = others.flatMap(positionsOf);
  if (command.position !== undefined && taken.includes(command.position)) {
    return refuse('PositionTaken', `The ring position ${command.position} belongs to another node already.`);
  }
  if (replaced !== undefined && replaced.state !== 'out') retire(draft, replaced);
  const kept = fixed === undefined || taken.includes(fixed) ? [] : [fixed];
  const [position, ...morePositions] = choosePositions(draft, command, others, kept);
  draft.putMember({
    ...ownDetails(command.member),
    position: position!,
    morePositions,
    state: 'up',
    draining: false,
    sinceMs: draft.context.timestampMs,
    joinedMs: draft.context.timestampMs,
  });
  draft.notePlacementChange();
  return draft.finish(command.member.id);
}

function retire(draft: Draft, replaced: Member): void {
  draft.putMember(toOut(replaced, 'replaced', draft.context.timestampMs));
  draft.emit({ effect: 'memberOut', member: replaced.id });
}

function readmit(draft: Draft, command: RegisterCommand, known: Member): SystemOutcome {
  const details = command.member;
  const isSameStart = details.incarnation === known.incarnation && details.address === known.address;
  if (
    details.incarnation < known.incarnation ||
    (details.incarnation === known.incarnation && !isSameStart)
  ) {
    const message = `Two nodes with one identity: ${known.id} runs at ${known.address} (start ${known.incarnation}), and ${details.address} (start ${details.incarnation}) claims to be it. Give one of them an empty data folder.`;
    return refuse('IdentityInUse', message);
  }
  if (known.outReason === 'left') return staysOut(draft, details, known);
  const wasOut = known.state === 'out';
  const next = withState(known, known.draining ? 'leaving' : 'up', draft.context.timestampMs);
  const { outReason: _reason, excludedSince, ...kept } = next;
  const changesPlacement = wasOut || details.weight !== known.weight || details.zone !== known.zone;
  const place = changesPlacement ? placeAgain(draft, command, known) : known;
  const written: Omit<Member, 'changed'> = {
    ...kept,
    ...ownDetails(details),
    position: place.position,
    morePositions: place.morePositions,
    ...(excludedSince !== undefined && known.draining && { excludedSince }),
  };
  const isNoNews = isSameStart && !changesPlacement && known.state === written.state;
  if (isNoNews && sameDoors(details.advertised, known.advertised)) return draft.finish(known.id);
  draft.putMember(written);
  if (changesPlacement) draft.notePlacementChange();
  return draft.finish(known.id);
}

/** [S8] Its drain ended while it was away. It is told so under its new start, and ends; nothing is planned for it. */
function staysOut(draft: Draft, details: MemberDetails, known: Member): SystemOutcome {
  if (details.incarnation !== known.incarnation) draft.putMember({ ...known, ...ownDetails(details) });
  return draft.finish(known.id);
}

/** Only what belongs to a member's own word, whatever else a peer sent. */
function ownDetails(details: MemberDetails): MemberDetails {
  const { id, address, advertised, zone, weight, incarnation, usedBytes, capacityBytes } = details;
  return { id, address, advertised, zone, weight, incarnation, usedBytes, capacityBytes };
}

/** Keeps the points that are still free and of use, and draws the missing ones. */
function placeAgain(
  draft: Draft,
  command: RegisterCommand,
  known: Member,
): Pick<Member, 'position' | 'morePositions'> {
  const others = readMembers(draft.kv).filter(({ id, state }) => id !== known.id && state !== 'out');
  const taken = others.flatMap(positionsOf);
  const kept = positionsOf(known)
    .filter((point) => !taken.includes(point))
    .slice(0, command.member.weight);
  const [position, ...morePositions] = choosePositions(draft, command, others, kept);
  return { position: position!, morePositions };
}

/** [S3] As many points as the member weighs: those it keeps, then each in the middle of the arc that is most loaded by then. */
function choosePositions(
  draft: Draft,
  command: RegisterCommand,
  others: readonly Member[],
  kept: readonly RingPosition[],
): RingPosition[] {
  const loads = readPartitions(draft.kv).map(({ reported }) => partitionLoad(reported?.bytes ?? 0));
  const taken = others.flatMap(positionsOf);
  const near = neighbours(draft, command, others).flatMap(positionsOf);
  const chosen = [...kept];
  while (chosen.length < command.member.weight) {
    const drawn = positionForJoin([...near, ...chosen], loads);
    chosen.push(freePosition(drawn, [...taken, ...chosen]));
  }
  return chosen;
}

/**
 * [S3] Between whom a member takes its place. Where each copy lies in a zone of its own, a member shares one copy of everything with those of
 * its zone that stay, whoever else stands between them on the ring: in the middle of their arc it takes its share, and nothing else has to move,
 * also when it comes in the place of one that is down or drains. With many more zones than copies that is no longer so, because most
 * zones hold no copy of a partition.
 */
function neighbours(
  draft: Draft,
  { member, arcsOf }: RegisterCommand,
  others: readonly Member[],
): readonly Member[] {
  const copies = readHead(draft.kv)?.replicationFactor ?? 0;
  const zones = new Set([member.zone, ...others.map(({ zone }) => zone)]).size;
  const staying = others.filter(
    ({ zone, state, draining }) => zone === member.zone && state === 'up' && !draining,
  );
  const isByZone = arcsOf === 'zone' && zones >= copies && zones < 2 * copies;
  return isByZone && staying.length > 0 ? staying : others;
}

/** The member in another state; the time of the change is kept when there is none. */
export function withState(member: Member, state: Member['state'], timestampMs: number): Member {
  return member.state === state ? member : { ...member, state, sinceMs: timestampMs };
}

/** The member when it is out. Who only fell silent is still to leave when it drained: it goes on with that when it comes back. */
export function toOut(member: Member, outReason: OutReason, timestampMs: number): Member {
  const draining = member.draining && outReason === 'silent';
  return { ...withState(member, 'out', timestampMs), draining, outReason };
}

/** True when targets must be planned anew because one of the two holds data and the other does not. */
export function changesHolding(before: Member, after: Member): boolean {
  return isHolder(before) !== isHolder(after);
}

function sameDoors(a: AdvertisedAddresses, b: AdvertisedAddresses): boolean {
  return (['s3', 'admin', 'classic', 'files', 'instance'] as const).every((door) => a[door] === b[door]);
}
