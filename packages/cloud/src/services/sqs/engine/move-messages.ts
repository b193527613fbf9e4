/** A message goes from one queue to another: in one append, so it is never in both or in none. */
import type { LogRecord } from '../log/log-record.ts';
import { READY } from '../log/log-record.ts';
import { decodeContent, encodeContent } from '../message-content.ts';
import { arnOf } from '../queue-record.ts';
import { type Engine, newMessageId } from './engine.ts';
import type { LiveQueue } from './live-queue.ts';

/**
 * The records of it. As a dead letter a message stays what it is, but that the time of a FIFO queue begins anew; moved by a task it is a new
 * message.
 */
export function movedRecords(
  engine: Engine,
  from: LiveQueue,
  slot: number,
  to: LiveQueue,
  as: 'dead letter' | 'new message',
): LogRecord[] {
  const { store } = engine;
  const index = store.index(from.number);
  const nowMs = engine.clock.wallMs();
  const state = index.table.state(slot, to.number, index.groupOf(slot));
  const { head, body } = decodeContent(store.content(from.number, slot));
  const place = { seq: store.takeSeq(), arrivedMs: nowMs, visibleAtMs: nowMs, status: READY } as const;
  const deleted = { type: 'deleted', queue: from.number, seq: state.seq } as const;
  if (as === 'dead letter') {
    const content = encodeContent({ ...head, deadLetterSource: arnOf(engine.place, from.name) }, body);
    const sentMs = to.isFifo ? nowMs : state.sentMs;
    return [{ type: 'message', state: { ...state, ...place, sentMs }, content }, deleted];
  }
  const { deadLetterSource: _source, ...rest } = head;
  const content = encodeContent({ ...rest, id: newMessageId(engine.random) }, body);
  const fresh = { sentMs: nowMs, receiveCount: 0, firstReceivedMs: 0, receivedMs: 0 };
  return [{ type: 'message', state: { ...state, ...place, ...fresh }, content }, deleted];
}
