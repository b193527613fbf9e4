/**
 * Frees old segments. The oldest segment goes when none of its records is needed; when the log takes much more room
 * than what is needed of it, the few needed records of the oldest segment are copied to the end first, so that
 * groups that are idle for months don't pin what the busy ones wrote.
 *
 * (C1) Copies are taken from the durable index while no batch is being written, and are written before anything that waits:
 *      a copy can therefore never stand behind a record that replaces its original.
 * (C2) A segment is dropped only after everything that was waiting when it was found dead is durable (a compaction takes
 *      effect in memory before its record is on disk), and after a durable record says that it is not needed.
 */
import type { GroupIndex, SegmentLedger } from './group-index.ts';
import type { LogRecord } from './log-record.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface CollectorOptions {
  readonly files: SegmentFiles;
  readonly ledger: SegmentLedger;
  readonly groups: ReadonlyMap<string, GroupIndex>;
  readonly segmentBytes: number;
  /** Bytes of copies that one step writes; bounds how long other writes wait. */
  readonly stepBytes: number;
}

export type CollectorStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'move'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'drop'; readonly oldest: number };

export class LogCollector {
  readonly #options: CollectorOptions;
  #dead: { readonly segment: number; readonly batch: number } | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** What to do now; `awaited` numbers the last batch that holds records, `durable` the newest one that is durable. */
  plan(awaited: number, durable: number): CollectorStep {
    const { files, ledger } = this.#options;
    const { oldest } = files;
    if (oldest === files.active) return { kind: 'none' };
    if (ledger.live(oldest.sequence) > 0) {
      return this.#wasteful() ? { kind: 'move', records: this.#copies(oldest.sequence) } : { kind: 'none' };
    }
    if (this.#dead?.segment !== oldest.sequence) this.#dead = { segment: oldest.sequence, batch: awaited };
    return durable >= this.#dead.batch ? { kind: 'drop', oldest: oldest.sequence + 1 } : { kind: 'none' };
  }

  #wasteful(): boolean {
    const { files, ledger, segmentBytes } = this.#options;
    return files.bytes() > Math.max(4 * segmentBytes, 3 * ledger.total);
  }

  #copies(segment: number): LogRecord[] {
    const { groups, stepBytes } = this.#options;
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const group of groups.values()) {
      for (const needed of group.recordsIn(segment)) {
        const record = copyOf(group, needed);
        records.push(record);
        bytes +=
          record.type === 'entry' && record.entry.type === 'command' ? record.entry.data.length + 64 : 256;
        if (bytes >= stepBytes) return records;
      }
    }
    return records;
  }
}

function copyOf(group: GroupIndex, needed: 'hardState' | 'snapshot' | number): LogRecord {
  if (needed === 'hardState') return { type: 'hardState', group: group.id, hardState: group.hardState };
  if (needed === 'snapshot') return { type: 'mark', group: group.id, mark: group.snapshot, keepLater: true };
  return { type: 'entry', group: group.id, entry: group.entries(needed, needed + 1, 0)[0]!, moved: true };
}
