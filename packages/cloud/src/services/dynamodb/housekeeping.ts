/**
 * Work that nobody waits for: items are added to new indexes, expired items deleted, rows of what is gone swept, streams trimmed, and
 * CloudWatch told what was consumed. It goes in pieces of bounded size, so that requests come between.
 *
 * (J1) A piece reads and writes in one turn. What a crash interrupts is begun again and comes to the same end.
 */
import type { Clock, Timer } from '@crescendo/base';
import { deleteExpired } from './expiry.ts';
import type { DynamoDbState } from './ports.ts';
import { after, rowPrefix } from './sort-keys.ts';
import type { TableRecord } from './table-record.ts';
import { type OrderedBy, ordersOf } from './table-store.ts';

const PIECE = 500;
const PAUSE_MS = 1_000;
const TRIM_EVERY_MS = 60_000;

export class Housekeeping {
  readonly #state: DynamoDbState;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  /** Where the filling of an index has come to, by table and index. */
  readonly #filledTo = new Map<string, string>();
  #trimAtMs = 0;
  #timer: Timer | undefined;
  #stopped = true;

  constructor(state: DynamoDbState, clock: Clock, log: (line: string) => void) {
    this.#state = state;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#stopped = false;
    this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Asked for when there is something to do at once. */
  wake(): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.setTimer(delayMs, () => void this.#run());
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    let more = false;
    try {
      more = this.step(this.#clock.wallMs());
      await this.#state.database.durable();
    } catch (error) {
      this.#log(`the upkeep of tables stops: ${error instanceof Error ? error.message : String(error)}`);
      this.#stopped = true;
    }
    if (!this.#stopped && this.#timer === undefined) this.#schedule(more ? 0 : PAUSE_MS);
  }

  /** (J1) One piece of everything; whether there is more to do at once. */
  step(nowMs: number): boolean {
    const { tables, streams } = this.#state;
    let more = tables.sweep(PIECE);
    const trims = nowMs >= this.#trimAtMs;
    if (trims) this.#state.tokens.trim(nowMs, PIECE);
    if (trims) this.#trimAtMs = nowMs + TRIM_EVERY_MS;
    for (const table of [...tables.all()]) {
      more = this.#fill(table) || more;
      const expired = deleteExpired(this.#state, tables.find(table.name)!, nowMs, PIECE);
      if (expired > 0) this.#state.meter.expire(table.name, expired);
      more = expired === PIECE || more;
      if (trims && streams.trim(table, nowMs, PIECE)) this.#trimAtMs = nowMs;
    }
    return more;
  }

  #fill(table: TableRecord): boolean {
    const filling = fillingOf(table);
    if (filling === undefined) return false;
    const name = `${table.number}/${filling.number}`;
    const prefix = rowPrefix(table.number, 'item');
    const { tables } = this.#state;
    const piece = [];
    for (const found of tables.items({ from: this.#filledTo.get(name) ?? prefix, to: after(prefix) })) {
      piece.push(found);
      if (piece.length === PIECE) break;
    }
    for (const { item } of piece) tables.addToIndex(table, filling, item);
    if (piece.length === PIECE) {
      this.#filledTo.set(name, `${piece.at(-1)!.position}\0`);
      return true;
    }
    this.#filledTo.delete(name);
    tables.put(filled(table, filling.number));
    return true;
  }
}

function fillingOf(table: TableRecord): OrderedBy | undefined {
  const numbers = table.indexes.filter(({ isFilling }) => isFilling === true).map(({ number }) => number);
  if (table.expiry?.isFilling === true) numbers.push(table.expiry.indexNumber);
  return ordersOf(table).find(({ number }) => numbers.includes(number));
}

function filled(table: TableRecord, number: number): TableRecord {
  const indexes = table.indexes.map((index) => {
    const { isFilling: _, ...done } = index;
    return index.number === number ? done : index;
  });
  const { expiry, ...rest } = table;
  if (expiry === undefined) return { ...rest, indexes };
  const { attribute, indexNumber } = expiry;
  return { ...rest, indexes, expiry: indexNumber === number ? { attribute, indexNumber } : expiry };
}
