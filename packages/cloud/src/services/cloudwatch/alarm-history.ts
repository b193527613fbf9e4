/**
 * What happened to alarms, kept for AWS's time and in bounded numbers. Alarms that are gone keep their history.
 *
 * (Y1) `#keys` names the records of each alarm, oldest first.
 */
import type { AlarmHistoryItem } from '@crescendo/scaling';
import type { Records, RecordTable } from '../../contract/records.ts';

const KEPT_MS = 30 * 24 * 3_600_000;
/** AWS names no number; a flapping alarm must not fill the disk. */
export const MAX_ITEMS_OF_ALARM = 500;

export class AlarmHistory {
  readonly #items: RecordTable<AlarmHistoryItem>;
  readonly #keys = new Map<string, string[]>();
  #next = 0;

  constructor(records: Records) {
    this.#items = records.table('cloudwatch/history');
    for (const [key, { alarmName }] of this.#items.entries()) {
      this.#next = Number(key) + 1;
      this.#keysOf(alarmName).push(key);
    }
  }

  add(item: AlarmHistoryItem): void {
    const key = String(this.#next++).padStart(12, '0');
    this.#items.put(key, item);
    const keys = this.#keysOf(item.alarmName);
    keys.push(key);
    this.#trim(keys, item.timeMs);
  }

  /** Oldest first; of one alarm, or of all. */
  items(alarmName: string | undefined): { readonly key: string; readonly item: AlarmHistoryItem }[] {
    const keys =
      alarmName === undefined ? [...this.#keys.values()].flat().sort() : (this.#keys.get(alarmName) ?? []);
    return keys.map((key) => ({ key, item: this.#items.get(key)! }));
  }

  /** Lets go of what is too old. */
  sweep(nowMs: number): void {
    for (const [name, keys] of this.#keys) {
      this.#trim(keys, nowMs);
      if (keys.length === 0) this.#keys.delete(name);
    }
  }

  #trim(keys: string[], nowMs: number): void {
    while (keys.length > 0) {
      const oldest = this.#items.get(keys[0]!)!;
      if (keys.length <= MAX_ITEMS_OF_ALARM && oldest.timeMs > nowMs - KEPT_MS) return;
      this.#items.delete(keys.shift()!);
    }
  }

  #keysOf(alarmName: string): string[] {
    let keys = this.#keys.get(alarmName);
    if (keys === undefined) {
      keys = [];
      this.#keys.set(alarmName, keys);
    }
    return keys;
  }
}
