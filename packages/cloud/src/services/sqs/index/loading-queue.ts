/** A queue while the log is read: records change the table in the order of the log, which is not that of the messages. */
import { IN_FLIGHT, type LogRecord } from '../log/log-record.ts';
import type { Place } from '../log/message-log.ts';
import { MessageTable, NONE } from './message-table.ts';
import { QueueIndex } from './queue-index.ts';

export class LoadingQueue {
  readonly #isFifo: boolean;
  readonly #table = new MessageTable();
  /** By slot; of FIFO queues only. */
  readonly #groups: string[] = [];

  constructor(isFifo: boolean) {
    this.#isFifo = isFifo;
  }

  apply(record: LogRecord, place: Place): void {
    const table = this.#table;
    if (record.type === 'note') return;
    if (record.type === 'purged') {
      for (const slot of [...table.slots()]) if (table.seq[slot]! <= record.seq) table.remove(slot);
      return;
    }
    const known = table.slotOf(record.type === 'message' ? record.state.seq : record.seq);
    if (record.type === 'message') {
      if (known !== NONE) table.remove(known);
      const slot = table.add(record.state, place);
      if (this.#isFifo) this.#groups[slot] = record.state.group;
    } else if (known !== NONE) this.#change(known, record);
  }

  toIndex(): QueueIndex {
    return new QueueIndex(this.#isFifo, this.#table, (slot) => this.#groups[slot] ?? '');
  }

  #change(
    slot: number,
    record: Extract<LogRecord, { readonly type: 'received' | 'visibility' | 'deleted' }>,
  ): void {
    const table = this.#table;
    if (record.type === 'deleted') {
      table.remove(slot);
      return;
    }
    table.visibleAtMs[slot] = record.visibleAtMs;
    if (record.type === 'visibility') return;
    table.status[slot] = IN_FLIGHT;
    table.receiveCount[slot] = table.receiveCount[slot]! + 1;
    table.receivedMs[slot] = record.receivedMs;
    if (table.firstReceivedMs[slot] === 0) table.firstReceivedMs[slot] = record.receivedMs;
  }
}
