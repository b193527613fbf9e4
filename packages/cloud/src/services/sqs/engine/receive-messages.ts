/**
 * Receiving: what is given out is in flight in the log before anybody is answered.
 *
 * (V1) A waiting receive takes nothing when its client has gone.
 * (V2) Whoever has waited longest takes first.
 * (V3) While somebody waits, one timer stands for the next message that becomes ready by itself.
 */

import { NONE } from '../index/message-table.ts';
import { IN_FLIGHT, type LogRecord } from '../log/log-record.ts';
import { decodeContent, type MessageHead } from '../message-content.ts';
import { millisecondsOf, redrivePolicyOf } from '../queue-attributes.ts';
import { nameInArn } from '../queue-record.ts';
import type { Engine } from './engine.ts';
import type { LiveQueue, Waiter } from './live-queue.ts';
import { movedRecords } from './move-messages.ts';

export interface ReceiveRequest {
  readonly most: number;
  readonly visibilityMs: number;
  readonly waitMs: number;
  /** In FIFO queues: the same attempt gets the same messages again. */
  readonly attemptId?: string;
  readonly whenGone?: (listener: () => void) => void;
}

export interface Delivery {
  readonly seq: number;
  readonly receiveCount: number;
  readonly sentMs: number;
  readonly firstReceivedMs: number;
  readonly head: MessageHead;
  readonly body: Buffer;
}

const ATTEMPT_MS = 5 * 60_000;

/** To be answered when the store is durable. */
export async function receiveMessages(
  engine: Engine,
  queue: LiveQueue,
  request: ReceiveRequest,
): Promise<readonly Delivery[]> {
  const found = takeMessages(engine, queue, request);
  if (found.length > 0 || request.waitMs === 0 || !engine.mayWait) return found;
  return await waitForMessages(engine, queue, request);
}

function waitForMessages(
  engine: Engine,
  queue: LiveQueue,
  request: ReceiveRequest,
): Promise<readonly Delivery[]> {
  return new Promise((resolve, reject) => {
    const take = (): readonly Delivery[] => {
      try {
        return takeMessages(engine, queue, request);
      } catch (error) {
        end();
        reject(error);
        return [];
      }
    };
    const answer = (deliveries: readonly Delivery[]): void => {
      end();
      resolve(deliveries);
    };
    const waiter: Waiter = { take, answer };
    const timer = engine.clock.setTimer(request.waitMs, () => answer([]));
    const end = (): void => {
      timer.cancel();
      queue.waiters.delete(waiter);
      if (queue.waiters.size === 0) queue.timer?.cancel();
    };
    queue.waiters.add(waiter);
    request.whenGone?.(() => answer([])); // (V1)
    awaitNext(engine, queue);
  });
}

/** To be called when messages may have become ready. (V2) */
export function wakeReceivers(engine: Engine, queue: LiveQueue): void {
  for (const waiter of [...queue.waiters]) {
    const deliveries = waiter.take();
    if (deliveries.length === 0) break;
    waiter.answer(deliveries);
  }
  awaitNext(engine, queue);
}

/** All of them get an empty answer: the queue, or the cloud, comes to its end. */
export function dismissReceivers(queue: LiveQueue): void {
  for (const waiter of [...queue.waiters]) waiter.answer([]);
}

/** (V3) */
function awaitNext(engine: Engine, queue: LiveQueue): void {
  queue.timer?.cancel();
  queue.timer = undefined;
  if (queue.waiters.size === 0) return;
  const { nextReadyMs } = engine.store.index(queue.number);
  if (nextReadyMs === Number.POSITIVE_INFINITY) return;
  const delayMs = Math.max(1, nextReadyMs - engine.clock.wallMs());
  queue.timer = engine.clock.setTimer(delayMs, () => wakeReceivers(engine, queue));
}

function takeMessages(engine: Engine, queue: LiveQueue, request: ReceiveRequest): readonly Delivery[] {
  const { store, clock } = engine;
  const nowMs = clock.wallMs();
  const index = store.index(queue.number);
  index.advance(nowMs);
  const repeated = repeatAttempt(engine, queue, request, nowMs);
  if (repeated !== undefined) return repeated;
  const records: LogRecord[] = [];
  const deliveries: Delivery[] = [];
  let last = NONE;
  while (deliveries.length < request.most && index.counts.inFlight < engine.maxInFlight) {
    const slot = index.next(last);
    if (slot === NONE) break;
    const dead = recordsOfEnd(engine, queue, slot, nowMs);
    if (dead !== undefined) {
      records.push(...dead);
      index.remove(slot);
      continue;
    }
    const visibleAtMs = nowMs + request.visibilityMs;
    const seq = index.table.seq[slot]!;
    index.take(slot, nowMs, visibleAtMs);
    records.push({ type: 'received', queue: queue.number, seq, receivedMs: nowMs, visibleAtMs });
    deliveries.push(deliveryOf(engine, queue, slot));
    last = slot;
  }
  if (request.attemptId !== undefined && deliveries.length > 0)
    records.push(attemptNote(queue, request.attemptId, deliveries, nowMs));
  if (records.length > 0) store.append(records);
  return deliveries;
}

/** What is to be written instead of giving the message out; undefined when it may be given out. */
function recordsOfEnd(
  engine: Engine,
  queue: LiveQueue,
  slot: number,
  nowMs: number,
): readonly LogRecord[] | undefined {
  const { table } = engine.store.index(queue.number);
  const retentionMs = millisecondsOf(queue.record, 'MessageRetentionPeriod');
  if (table.sentMs[slot]! + retentionMs <= nowMs)
    return [{ type: 'deleted', queue: queue.number, seq: table.seq[slot]! }];
  const policy = redrivePolicyOf(queue.record);
  if (policy === undefined || table.receiveCount[slot]! < policy.maxReceiveCount) return undefined;
  const target = engine.queues.find(nameInArn(engine.place, policy.deadLetterTargetArn) ?? '');
  // A dead letter without a queue for it is given out further.
  if (target === undefined || target.isFifo !== queue.isFifo) return undefined;
  return movedRecords(engine, queue, slot, target, 'dead letter');
}

function deliveryOf(engine: Engine, queue: LiveQueue, slot: number): Delivery {
  const { store } = engine;
  const { table } = store.index(queue.number);
  return {
    seq: table.seq[slot]!,
    receiveCount: table.receiveCount[slot]!,
    sentMs: table.sentMs[slot]!,
    firstReceivedMs: table.firstReceivedMs[slot]!,
    ...decodeContent(store.content(queue.number, slot)),
  };
}

function attemptKey(attemptId: string): string {
  return JSON.stringify(['a', attemptId]);
}

function attemptNote(
  queue: LiveQueue,
  attemptId: string,
  deliveries: readonly Delivery[],
  nowMs: number,
): LogRecord {
  const value = JSON.stringify(deliveries.map(({ seq, receiveCount }) => [seq, receiveCount]));
  const expiresMs = nowMs + ATTEMPT_MS;
  return { type: 'note', queue: queue.number, expiresMs, key: attemptKey(attemptId), value };
}

/** The same messages as in the attempt before, in flight anew, when none of them has changed since. */
function repeatAttempt(
  engine: Engine,
  queue: LiveQueue,
  { attemptId, visibilityMs }: ReceiveRequest,
  nowMs: number,
): readonly Delivery[] | undefined {
  if (attemptId === undefined) return undefined;
  const { store } = engine;
  const index = store.index(queue.number);
  const note = store.notes.get(queue.number, attemptKey(attemptId), nowMs);
  if (note === undefined) return undefined;
  const slots = (JSON.parse(note) as [number, number][]).map(([seq, receiveCount]) => {
    const slot = index.table.slotOf(seq);
    const same =
      slot !== NONE &&
      index.table.status[slot] === IN_FLIGHT &&
      index.table.receiveCount[slot] === receiveCount;
    return same ? slot : NONE;
  });
  if (slots.includes(NONE)) return undefined;
  const visibleAtMs = nowMs + visibilityMs;
  const records = slots.map((slot) => {
    index.setVisibleAt(slot, visibleAtMs);
    return { type: 'visibility', queue: queue.number, seq: index.table.seq[slot]!, visibleAtMs } as const;
  });
  store.append(records);
  return slots.map((slot) => deliveryOf(engine, queue, slot));
}
