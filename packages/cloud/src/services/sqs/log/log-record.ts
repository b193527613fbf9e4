/**
 * What the log of messages consists of, and how a record lies on disk: length, CRC-32 of what follows, kind, fields (little endian).
 *
 * It does not know what is in a message: `content` is bytes.
 */
import { crc32 } from 'node:zlib';

export const READY = 1;
export const DELAYED = 2;
export const IN_FLIGHT = 3;
export type MessageStatus = typeof READY | typeof DELAYED | typeof IN_FLIGHT;

/** Times are milliseconds since 1970; 0 stands for never. */
export interface MessageState {
  readonly queue: number;
  /** Unique in the whole log, and in the order of arrival. */
  readonly seq: number;
  /** When it was sent first; a move to another queue may keep it. */
  readonly sentMs: number;
  /** When it came into this queue. */
  readonly arrivedMs: number;
  readonly firstReceivedMs: number;
  readonly receivedMs: number;
  /** When a delayed message, or one in flight, can be received. */
  readonly visibleAtMs: number;
  readonly receiveCount: number;
  readonly status: MessageStatus;
  /** Empty in standard queues. */
  readonly group: string;
}

export type LogRecord =
  /** A new message, or all that is known of one that has been there. */
  | { readonly type: 'message'; readonly state: MessageState; readonly content: Buffer }
  | {
      readonly type: 'received';
      readonly queue: number;
      readonly seq: number;
      readonly receivedMs: number;
      readonly visibleAtMs: number;
    }
  | {
      readonly type: 'visibility';
      readonly queue: number;
      readonly seq: number;
      readonly visibleAtMs: number;
    }
  | { readonly type: 'deleted'; readonly queue: number; readonly seq: number }
  /** Every message of the queue up to this one is gone. */
  | { readonly type: 'purged'; readonly queue: number; readonly seq: number }
  /** Something to be known until then: a deduplication id, an attempt to receive. */
  | {
      readonly type: 'note';
      readonly queue: number;
      readonly expiresMs: number;
      readonly key: string;
      readonly value: string;
    };

const KINDS = { message: 1, received: 2, visibility: 3, deleted: 4, purged: 5, note: 6 } as const;
/** Length and checksum. */
export const RECORD_HEAD_BYTES = 8;
const KIND_AT = RECORD_HEAD_BYTES;
const QUEUE_AT = KIND_AT + 1;
const SEQ_AT = QUEUE_AT + 4;
const FIELDS_AT = SEQ_AT + 8;
const MESSAGE_FIELDS_BYTES = 5 * 8 + 4 + 1 + 2;
const GROUP_AT = FIELDS_AT + MESSAGE_FIELDS_BYTES;

export function encodeLogRecord(record: LogRecord): Buffer {
  const bytes = encodeBody(record);
  bytes[KIND_AT] = KINDS[record.type];
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(KIND_AT)), 4);
  return bytes;
}

function encodeBody(record: LogRecord): Buffer {
  switch (record.type) {
    case 'message':
      return encodeMessage(record.state, record.content);
    case 'received':
      return withNumbers(record.queue, record.seq, [record.receivedMs, record.visibleAtMs]);
    case 'visibility':
      return withNumbers(record.queue, record.seq, [record.visibleAtMs]);
    case 'deleted':
    case 'purged':
      return withNumbers(record.queue, record.seq, []);
    case 'note':
      return encodeNote(record.queue, record.expiresMs, record.key, record.value);
  }
}

function withNumbers(queue: number, seq: number, fields: readonly number[], more = 0): Buffer {
  const bytes = Buffer.allocUnsafe(FIELDS_AT + fields.length * 8 + more);
  bytes.writeUInt32LE(queue, QUEUE_AT);
  bytes.writeDoubleLE(seq, SEQ_AT);
  for (const [i, field] of fields.entries()) bytes.writeDoubleLE(field, FIELDS_AT + i * 8);
  return bytes;
}

function encodeMessage(state: MessageState, content: Buffer): Buffer {
  const { sentMs, arrivedMs, firstReceivedMs, receivedMs, visibleAtMs } = state;
  const times = [sentMs, arrivedMs, firstReceivedMs, receivedMs, visibleAtMs];
  const group = Buffer.from(state.group);
  const more = MESSAGE_FIELDS_BYTES - times.length * 8 + group.length + content.length;
  const bytes = withNumbers(state.queue, state.seq, times, more);
  const at = FIELDS_AT + times.length * 8;
  bytes.writeUInt32LE(state.receiveCount, at);
  bytes[at + 4] = state.status;
  bytes.writeUInt16LE(group.length, at + 5);
  group.copy(bytes, GROUP_AT);
  content.copy(bytes, GROUP_AT + group.length);
  return bytes;
}

function encodeNote(queue: number, expiresMs: number, key: string, value: string): Buffer {
  const [keyBytes, valueBytes] = [Buffer.from(key), Buffer.from(value)];
  const bytes = withNumbers(queue, expiresMs, [], 2 + keyBytes.length + valueBytes.length);
  bytes.writeUInt16LE(keyBytes.length, FIELDS_AT);
  keyBytes.copy(bytes, FIELDS_AT + 2);
  valueBytes.copy(bytes, FIELDS_AT + 2 + keyBytes.length);
  return bytes;
}

/** The bytes of the record that begins there; undefined when they are not whole. */
export function recordAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + RECORD_HEAD_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  if (length < FIELDS_AT || at + length > bytes.length) return undefined;
  const record = bytes.subarray(at, at + length);
  return crc32(record.subarray(KIND_AT)) === record.readUInt32LE(4) ? record : undefined;
}

/** Of bytes that `recordAt` found whole; `content` refers to them. Throws for a kind that is not known. */
export function decodeLogRecord(bytes: Buffer): LogRecord {
  const queue = bytes.readUInt32LE(QUEUE_AT);
  const seq = bytes.readDoubleLE(SEQ_AT);
  const field = (i: number): number => bytes.readDoubleLE(FIELDS_AT + i * 8);
  switch (bytes[KIND_AT]) {
    case KINDS.message:
      return decodeMessage(bytes, queue, seq);
    case KINDS.received:
      return { type: 'received', queue, seq, receivedMs: field(0), visibleAtMs: field(1) };
    case KINDS.visibility:
      return { type: 'visibility', queue, seq, visibleAtMs: field(0) };
    case KINDS.deleted:
      return { type: 'deleted', queue, seq };
    case KINDS.purged:
      return { type: 'purged', queue, seq };
    case KINDS.note: {
      const valueAt = FIELDS_AT + 2 + bytes.readUInt16LE(FIELDS_AT);
      const key = bytes.toString('utf8', FIELDS_AT + 2, valueAt);
      return { type: 'note', queue, expiresMs: seq, key, value: bytes.toString('utf8', valueAt) };
    }
    default:
      throw new Error(`a record of kind ${bytes[KIND_AT]}, which this program does not know`);
  }
}

function decodeMessage(bytes: Buffer, queue: number, seq: number): LogRecord {
  const time = (i: number): number => bytes.readDoubleLE(FIELDS_AT + i * 8);
  const at = FIELDS_AT + 5 * 8;
  const contentAt = GROUP_AT + bytes.readUInt16LE(at + 5);
  const state = {
    queue,
    seq,
    sentMs: time(0),
    arrivedMs: time(1),
    firstReceivedMs: time(2),
    receivedMs: time(3),
    visibleAtMs: time(4),
    receiveCount: bytes.readUInt32LE(at),
    status: bytes[at + 4] as MessageStatus,
    group: bytes.toString('utf8', GROUP_AT, contentAt),
  };
  return { type: 'message', state, content: bytes.subarray(contentAt) };
}
