/** What a receiver does with a message that it has: delete it, or say when others may see it. */
import { AwsError } from '../../../contract/service.ts';
import { invalidParameter } from '../errors.ts';
import { NONE } from '../index/message-table.ts';
import { IN_FLIGHT } from '../log/log-record.ts';
import { parseReceipt } from '../receipt-handle.ts';
import type { Engine } from './engine.ts';
import type { LiveQueue } from './live-queue.ts';
import { wakeReceivers } from './receive-messages.ts';

const MAX_VISIBILITY_MS = 43_200_000;

/**
 * Deleting what is gone is no error. The handle of an earlier receive deletes nothing: in a standard queue that is no error, in a FIFO queue
 * it is, as it is when the visibility time is over.
 */
export function deleteMessage(engine: Engine, queue: LiveQueue, handle: string | undefined): void {
  const { seq, receiveCount } = parseReceipt(handle, queue.number);
  const { store } = engine;
  const index = store.index(queue.number);
  index.advance(engine.clock.wallMs());
  queue.traffic.deleted();
  const slot = index.table.slotOf(seq);
  if (slot === NONE) return;
  const isNewest = index.table.receiveCount[slot] === receiveCount;
  if (queue.isFifo && !(isNewest && index.table.status[slot] === IN_FLIGHT)) {
    throw invalidParameter('ReceiptHandle', handle, 'The receipt handle has expired');
  }
  if (!isNewest) return;
  store.append([{ type: 'deleted', queue: queue.number, seq }]);
  index.remove(slot);
  // The rest of its group may be free now, or there is room in flight.
  wakeReceivers(engine, queue);
}

/** The time counts from now; it ends at most twelve hours after the message was received. */
export function changeVisibility(
  engine: Engine,
  queue: LiveQueue,
  handle: string | undefined,
  visibilityMs: number,
): void {
  const { seq, receiveCount } = parseReceipt(handle, queue.number);
  const { store, clock } = engine;
  const nowMs = clock.wallMs();
  const index = store.index(queue.number);
  index.advance(nowMs);
  const slot = index.table.slotOf(seq);
  if (slot === NONE || index.table.receiveCount[slot] !== receiveCount) {
    throw invalidParameter(
      'ReceiptHandle',
      handle,
      'Message does not exist or is not available for visibility timeout change',
    );
  }
  if (index.table.status[slot] !== IN_FLIGHT)
    throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
  const visibleAtMs = nowMs + visibilityMs;
  if (visibleAtMs > index.table.receivedMs[slot]! + MAX_VISIBILITY_MS) {
    throw invalidParameter(
      'VisibilityTimeout',
      visibilityMs / 1_000,
      `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_MS / 1_000} seconds]`,
    );
  }
  store.append([{ type: 'visibility', queue: queue.number, seq, visibleAtMs }]);
  index.setVisibleAt(slot, visibleAtMs);
  wakeReceivers(engine, queue);
}
