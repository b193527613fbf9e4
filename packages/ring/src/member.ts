import { formatPosition, isPosition, type Position, parsePosition } from './position.ts';

/** A node on the ring. The same id with another position is another member. */
export interface Member {
  /** The node's identity, as the transport proves it. */
  readonly id: string;
  readonly position: Position;
  /** Where it listens, `host:port`. */
  readonly address: string;
}

/** A member as it travels. */
export interface WireMember {
  readonly id: string;
  /** 40 lower-case hexadecimal digits. */
  readonly position: string;
  readonly address: string;
}

const MAX_ID_LENGTH = 64;
const MAX_ADDRESS_LENGTH = 255;

export function isSameMember(a: Member, b: Member): boolean {
  return a.id === b.id && a.position === b.position;
}

/** True when both lists name the same members at the same addresses in the same order. */
export function isSameList(a: readonly Member[], b: readonly Member[]): boolean {
  return (
    a.length === b.length &&
    a.every((member, i) => isSameMember(member, b[i]!) && member.address === b[i]!.address)
  );
}

/** True for a member that can be put into a message. */
export function isMember(member: Member): boolean {
  return (
    isText(member.id, MAX_ID_LENGTH) &&
    isText(member.address, MAX_ADDRESS_LENGTH) &&
    isPosition(member.position)
  );
}

export function toWire(member: Member): WireMember {
  return { id: member.id, position: formatPosition(member.position), address: member.address };
}

/** Untrusted -> typed; undefined when it is not a member. */
export function parseMember(value: unknown): Member | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, position: digits, address } = value as Record<string, unknown>;
  const position = parsePosition(digits);
  if (position === undefined || !isText(id, MAX_ID_LENGTH) || !isText(address, MAX_ADDRESS_LENGTH))
    return undefined;
  return { id, position, address };
}

/** Untrusted -> typed; undefined when it is not a list of at most `limit` members. */
export function parseMembers(value: unknown, limit: number): Member[] | undefined {
  if (!Array.isArray(value) || value.length > limit) return undefined;
  const members: Member[] = [];
  for (const item of value) {
    const member = parseMember(item);
    if (member === undefined) return undefined;
    members.push(member);
  }
  return members;
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength;
}
