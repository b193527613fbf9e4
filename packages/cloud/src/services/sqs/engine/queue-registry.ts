/** The queues by their names, in records that survive. It does not know messages. */
import type { Records, RecordTable } from '../../../contract/records.ts';
import { noSuchQueue } from '../errors.ts';
import type { QueueRecord } from '../queue-record.ts';
import { LiveQueue } from './live-queue.ts';

const NEXT_NUMBER = 'next-queue';

export class QueueRegistry {
  readonly #table: RecordTable<QueueRecord>;
  readonly #settings: RecordTable<number>;
  readonly #byName = new Map<string, LiveQueue>();
  readonly #byNumber = new Map<number, LiveQueue>();

  constructor(records: Records, nowMs: number) {
    this.#table = records.table('sqs/queues');
    this.#settings = records.table('sqs/settings');
    for (const [, record] of this.#table.entries()) this.#add(new LiveQueue(record, nowMs));
  }

  /** In the order of their names. */
  all(prefix = ''): LiveQueue[] {
    return [...this.#table.entries(prefix)].map(([name]) => this.#byName.get(name)!);
  }

  find(name: string): LiveQueue | undefined {
    return this.#byName.get(name);
  }

  byNumber(number: number): LiveQueue | undefined {
    return this.#byNumber.get(number);
  }

  /** Throws when there is none. */
  get(name: string): LiveQueue {
    const queue = this.#byName.get(name);
    if (queue === undefined) throw noSuchQueue();
    return queue;
  }

  create(record: Omit<QueueRecord, 'number'>): LiveQueue {
    const number = this.#settings.get(NEXT_NUMBER) ?? 1;
    this.#settings.put(NEXT_NUMBER, number + 1);
    const queue = new LiveQueue({ ...record, number }, record.createdMs);
    this.#table.put(record.name, queue.record);
    this.#add(queue);
    return queue;
  }

  change(queue: LiveQueue, changes: Partial<Omit<QueueRecord, 'number' | 'name'>>): void {
    queue.record = { ...queue.record, ...changes };
    this.#table.put(queue.name, queue.record);
  }

  delete(queue: LiveQueue): void {
    this.#table.delete(queue.name);
    this.#byName.delete(queue.name);
    this.#byNumber.delete(queue.number);
  }

  #add(queue: LiveQueue): void {
    this.#byName.set(queue.name, queue);
    this.#byNumber.set(queue.number, queue);
  }
}
