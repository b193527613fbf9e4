/**
 * Frees old segments. The oldest segment goes when none of its records is needed; when the log takes much more room
 * than what is needed of it, the few needed records of the oldest segment are copied to the end first, so that
 * groups that are idle for months don't pin what the busy ones wrote.
 *
 * (C1) Copies are taken from the durable index while no batch is being written, and are written before anything that waits:
 *      a copy can therefore never stand behind a record that replaces its original.
 * (C2) A segment is dropped only after a durable record says that it is not needed. That record stands behind everything that
 *      was waiting: a compaction or removal takes effect in memory before its own record is on disk.
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

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** What to do now. `drop`: write the record behind what waits, and drop when it is durable. */
  plan(): CollectorStep {
    const { files, ledger } = this.#options;
    const { oldest } = files;
    if (oldest === files.active) return { kind: 'none' };
    if (ledger.live(oldest.sequence) > 0) {
      return this.#wasteful() ? { kind: 'move', records: this.#copies(oldest.sequence) } : { kind: 'none' };
    }
    return { kind: 'drop', oldest: oldest.sequence + 1 };
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
