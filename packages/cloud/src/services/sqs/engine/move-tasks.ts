/**
 * Tasks that move the messages of a dead-letter queue away, recorded so that they go on after a restart. What a message's move is, is said
 * by `move-messages.ts`.
 *
 * (T1) A task moves what was there when it began and can be received; messages that come later stay.
 * (T2) At most one task of a queue runs.
 * (T3) What is counted as moved is on disk.
 */
import { messageOf, type Timer } from '@crescendo/base';
import type { Records, RecordTable } from '../../../contract/records.ts';
import { NONE } from '../index/message-table.ts';
import { decodeContent } from '../message-content.ts';
import { nameInArn } from '../queue-record.ts';
import type { Engine } from './engine.ts';
import type { LiveQueue } from './live-queue.ts';
import { movedRecords } from './move-messages.ts';

export type MoveStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

export interface MoveTask {
  readonly id: string;
  /** Name of the queue that is emptied. */
  readonly source: string;
  /** Name; undefined when each message goes back to where it came from. */
  readonly destination: string | undefined;
  readonly perSecond: number | undefined;
  readonly status: MoveStatus;
  readonly moved: number;
  readonly toMove: number;
  readonly startedMs: number;
  /** The number of the last message that is moved. */
  readonly untilSeq: number;
  readonly failure?: string;
}

const AT_ONCE = 100;
const SECOND_MS = 1_000;
/** Of each queue so many are remembered. */
const KEPT = 10;

export class MoveTasks {
  readonly #engine: Engine;
  readonly #table: RecordTable<MoveTask>;
  readonly #records: Records;
  readonly #log: (line: string) => void;
  readonly #timers = new Set<Timer>();
  #stopped = false;
  #working = new Set<Promise<void>>();

  constructor(engine: Engine, records: Records, log: (line: string) => void) {
    this.#engine = engine;
    this.#records = records;
    this.#log = log;
    this.#table = records.table('sqs/move-tasks');
  }

  /** Those of a queue, newest first. */
  of(source: string): MoveTask[] {
    return [...this.#table.entries(`${source}/`)].map(([, task]) => task).reverse();
  }

  find(source: string, id: string): MoveTask | undefined {
    return this.of(source).find((task) => task.id === id);
  }

  /** (T2) is for the caller to see to. */
  begin(task: MoveTask): void {
    this.#table.put(keyOf(task), task);
    for (const old of this.of(task.source).slice(KEPT)) this.#table.delete(keyOf(old));
    this.#run(keyOf(task));
  }

  cancel(task: MoveTask): void {
    this.#table.put(keyOf(task), { ...task, status: 'CANCELLED' });
  }

  /** Goes on with what was under way. */
  start(): void {
    for (const [key, { status }] of [...this.#table.entries()]) if (status === 'RUNNING') this.#run(key);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    await Promise.all(this.#working);
  }

  #run(key: string): void {
    const working = this.#work(key)
      .catch((error: unknown) => {
        if (!this.#stopped) this.#log(`moving messages: ${messageOf(error)}`);
      })
      .finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  /** Steps until the end, or until the time for the next step has to be waited for. */
  async #work(key: string): Promise<void> {
    await this.#records.durable();
    while (!this.#stopped) {
      const task = this.#table.get(key);
      if (task?.status !== 'RUNNING') return;
      const moved = this.#step(task);
      await this.#engine.store.durable(); // (T3)
      const now = this.#table.get(key);
      if (now === undefined) return;
      if (typeof moved === 'string') {
        this.#table.put(key, { ...now, status: 'FAILED', failure: moved });
        return;
      }
      const isOver = moved < (task.perSecond ?? AT_ONCE);
      const status = isOver && now.status === 'RUNNING' ? 'COMPLETED' : now.status;
      this.#table.put(key, { ...now, status, moved: now.moved + moved });
      if (isOver) return;
      if (task.perSecond !== undefined) {
        this.#later(key);
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #later(key: string): void {
    if (this.#stopped) return;
    const timer = this.#engine.clock.setTimer(SECOND_MS, () => {
      this.#timers.delete(timer);
      this.#run(key);
    });
    this.#timers.add(timer);
  }

  /** How many were moved, or why none can be. (T1) */
  #step(task: MoveTask): number | string {
    const { queues, store, clock } = this.#engine;
    const source = queues.find(task.source);
    if (source === undefined) return 'AWS.SimpleQueueService.NonExistentQueue';
    const index = store.index(source.number);
    index.advance(clock.wallMs());
    const most = task.perSecond ?? AT_ONCE;
    for (let moved = 0; moved < most; moved++) {
      const slot = index.next(NONE);
      if (slot === NONE || index.table.seq[slot]! > task.untilSeq) return moved;
      const target = this.#targetOf(task, source, slot);
      if (target === undefined)
        return task.destination === undefined
          ? 'CouldNotDetermineMessageSource'
          : 'AWS.SimpleQueueService.NonExistentQueue';
      store.append(movedRecords(this.#engine, source, slot, target, 'new message'));
      index.remove(slot);
    }
    return most;
  }

  #targetOf({ destination }: MoveTask, source: LiveQueue, slot: number): LiveQueue | undefined {
    const { queues, store, place } = this.#engine;
    const origin = (): string => {
      const { head } = decodeContent(store.content(source.number, slot));
      return nameInArn(place, head.deadLetterSource ?? '') ?? '';
    };
    const target = queues.find(destination ?? origin());
    return target?.isFifo === source.isFifo ? target : undefined;
  }
}

function keyOf({ source, startedMs, id }: MoveTask): string {
  return `${source}/${String(startedMs).padStart(15, '0')}/${id}`;
}
