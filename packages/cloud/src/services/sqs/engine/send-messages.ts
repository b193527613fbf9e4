/** Sending: a message is in the log, with its deduplication id, before anybody is answered. */
import { DELAYED, type LogRecord, READY } from '../log/log-record.ts';
import { encodeContent, type MessageHead } from '../message-content.ts';
import { attributeOf } from '../queue-attributes.ts';
import { type Engine, newMessageId } from './engine.ts';
import type { LiveQueue } from './live-queue.ts';

export const DEDUPLICATION_MS = 5 * 60_000;

export interface OutgoingMessage {
  readonly head: Omit<MessageHead, 'id'>;
  readonly body: Buffer;
  readonly delayMs: number;
  /** Of body and attributes. */
  readonly sizeBytes: number;
}

export interface SentMessage {
  readonly id: string;
  readonly seq: number;
}

/** One that has been sent in the last five minutes is not sent again. To be answered when the store is durable. */
export function sendMessage(engine: Engine, queue: LiveQueue, message: OutgoingMessage): SentMessage {
  const { store, clock } = engine;
  const nowMs = clock.wallMs();
  const key = deduplicationKey(queue, message);
  const known = key === undefined ? undefined : store.notes.get(queue.number, key, nowMs);
  queue.traffic.sent(message.sizeBytes);
  if (known !== undefined) return JSON.parse(known) as SentMessage;
  const sent = { id: newMessageId(engine.random), seq: store.takeSeq() };
  const records: LogRecord[] = [newMessage(queue, message, sent, nowMs)];
  if (key !== undefined) {
    const expiresMs = nowMs + DEDUPLICATION_MS;
    records.push({ type: 'note', queue: queue.number, expiresMs, key, value: JSON.stringify(sent) });
  }
  store.append(records);
  store.notes.expire(nowMs);
  return sent;
}

function deduplicationKey(queue: LiveQueue, { head }: OutgoingMessage): string | undefined {
  if (head.deduplicationId === undefined) return undefined;
  const scoped = attributeOf(queue.record, 'DeduplicationScope') === 'messageGroup';
  return JSON.stringify(['d', scoped ? head.group : '', head.deduplicationId]);
}

function newMessage(
  queue: LiveQueue,
  { head, body, delayMs }: OutgoingMessage,
  { id, seq }: SentMessage,
  nowMs: number,
): LogRecord {
  const state = {
    queue: queue.number,
    seq,
    sentMs: nowMs,
    arrivedMs: nowMs,
    firstReceivedMs: 0,
    receivedMs: 0,
    visibleAtMs: nowMs + delayMs,
    receiveCount: 0,
    status: delayMs > 0 ? DELAYED : READY,
    group: queue.isFifo ? (head.group ?? '') : '',
  } as const;
  return { type: 'message', state, content: encodeContent({ id, ...head }, body) };
}

/** Twenty digits, rising. */
export function sequenceNumberOf(seq: number): string {
  return `1${String(seq).padStart(19, '0')}`;
}
