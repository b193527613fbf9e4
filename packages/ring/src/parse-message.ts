import { type Member, parseMember, parseMembers } from './member.ts';
import { distance, parsePosition } from './position.ts';
import { type MemberStatus, type ParsedMessage, RING_PROTOCOL_VERSION } from './protocol.ts';

/** Longest list of members that a message may carry. */
export const MAX_LIST_LENGTH = 64;

export type RejectReason = 'version' | 'sender' | 'malformed';

export type ParseResult =
  | { readonly ok: true; readonly message: ParsedMessage }
  | { readonly ok: false; readonly reason: RejectReason };

type Fields = Record<string, unknown>;

const MALFORMED: ParseResult = { ok: false, reason: 'malformed' };

/** Untrusted -> typed. `from` is the id that the transport has proved; a message that names another sender is refused. */
export function parseMessage(from: string, value: unknown): ParseResult {
  if (typeof value !== 'object' || value === null) return MALFORMED;
  const fields = value as Fields;
  if (fields.version !== RING_PROTOCOL_VERSION) return { ok: false, reason: 'version' };
  const sender = parseMember(fields.sender);
  if (sender === undefined || sender.id !== from) return { ok: false, reason: 'sender' };
  const message = parseBody(sender, fields);
  return message === undefined ? MALFORMED : { ok: true, message };
}

function parseBody(sender: Member, fields: Fields): ParsedMessage | undefined {
  const { type, requestId } = fields;
  if (type === 'notify' || type === 'leaving') return { type, sender };
  if (typeof requestId !== 'number' || !Number.isSafeInteger(requestId)) return undefined;
  switch (type) {
    case 'stateRequest':
    case 'ping':
      return { type, sender, requestId };
    case 'pong':
      return typeof fields.inside === 'boolean'
        ? { type, sender, requestId, inside: fields.inside }
        : undefined;
    case 'routeRequest': {
      const key = parsePosition(fields.key);
      return key === undefined ? undefined : { type, sender, requestId, key };
    }
    case 'stateReply':
      return parseStateReply(sender, requestId, fields);
    case 'routeReply':
      return parseRouteReply(sender, requestId, fields);
    default:
      return undefined;
  }
}

function parseStateReply(sender: Member, requestId: number, fields: Fields): ParsedMessage | undefined {
  const predecessor = parseOptionalMember(fields.predecessor);
  const successors = parseMembers(fields.successors, MAX_LIST_LENGTH);
  const status = parseStatus(fields.status);
  if (predecessor === null || successors === undefined || status === undefined) return undefined;
  if (!isClockwise(sender, successors)) return undefined;
  return { type: 'stateReply', sender, requestId, status, predecessor, successors };
}

function parseRouteReply(sender: Member, requestId: number, fields: Fields): ParsedMessage | undefined {
  const { inside, owned, adjacent } = fields;
  const owners = parseMembers(fields.owners, MAX_LIST_LENGTH);
  const closer = parseMembers(fields.closer, MAX_LIST_LENGTH);
  const predecessor = parseOptionalMember(fields.predecessor);
  if (typeof inside !== 'boolean' || typeof owned !== 'boolean' || typeof adjacent !== 'boolean')
    return undefined;
  if (owners === undefined || closer === undefined || predecessor === null) return undefined;
  return { type: 'routeReply', sender, requestId, inside, owned, adjacent, owners, closer, predecessor };
}

function parseStatus(value: unknown): MemberStatus | undefined {
  return value === 'inside' || value === 'busy' || value === 'outside' ? value : undefined;
}

/** undefined when there is none, null when it is malformed. */
function parseOptionalMember(value: unknown): Member | undefined | null {
  if (value === null) return undefined;
  return parseMember(value) ?? null;
}

/** A successor list goes once around at most: strictly further from its owner with every entry, never its owner. */
function isClockwise(owner: Member, list: readonly Member[]): boolean {
  let last = 0n;
  for (const member of list) {
    const steps = distance(owner.position, member.position);
    if (steps <= last) return false;
    last = steps;
  }
  return true;
}
