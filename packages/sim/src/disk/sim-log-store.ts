/**
 * The logs of all groups of a node, in memory. One flush at a time; what is written meanwhile shares the next one. A crash
 * keeps a prefix of what waits (D1): a write of several groups may be torn between them, never inside one group's part.
 */
import type { SnapshotMark } from '@crescendo/raft';
import type { GroupId, LogStore, LogWrite } from '../ports.ts';
import { copiedWrite, SimGroupLog } from './sim-group-log.ts';
import type { Volume } from './volume.ts';

type Step = { readonly write: LogWrite } | { readonly remove: GroupId };

interface Waiting {
  readonly steps: readonly Step[];
  readonly settle: () => void;
}

export class SimLogStore implements LogStore {
  readonly #volume: Volume;
  readonly #groups: Map<GroupId, SimGroupLog>;
  #waiting: Waiting[] = [];
  #isFlushing = false;
  /** Groups that are removed for readers and not yet on disk. */
  readonly #removed = new Set<GroupId>();

  constructor(volume: Volume, groups = new Map<GroupId, SimGroupLog>()) {
    this.#volume = volume;
    this.#groups = groups;
  }

  reopen(): SimLogStore {
    return new SimLogStore(this.#volume, this.#groups);
  }

  crash(): void {
    const steps = this.#waiting.flatMap((waiting) => waiting.steps);
    const survivors = this.#volume.random.int(steps.length + 1);
    for (const step of steps.slice(0, survivors)) this.#apply(step);
    this.#waiting = [];
  }

  *groups(): Iterable<GroupId> {
    for (const group of this.#groups.keys()) if (!this.#removed.has(group)) yield group;
  }

  group(id: GroupId): SimGroupLog | undefined {
    return this.#removed.has(id) ? undefined : this.#groups.get(id);
  }

  write(writes: readonly LogWrite[]): Promise<void> {
    const steps = writes.map((write) => ({ write: copiedWrite(write) }));
    return this.#enqueue(steps);
  }

  compact(id: GroupId, mark: SnapshotMark): void {
    this.group(id)?.compact(mark);
  }

  remove(id: GroupId): void {
    this.#removed.add(id);
    this.#waiting.push({ steps: [{ remove: id }], settle: () => {} });
  }

  bytes(): number {
    let total = 0;
    for (const log of this.#groups.values()) total += log.bytes();
    return total;
  }

  async close(): Promise<void> {
    await this.#enqueue([]);
  }

  #enqueue(steps: readonly Step[]): Promise<void> {
    return new Promise((settle) => {
      this.#waiting.push({ steps, settle });
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const count = this.#waiting.length;
    this.#volume.afterFlush(() => {
      this.#isFlushing = false;
      const flushed = this.#waiting.splice(0, count);
      for (const { steps, settle } of flushed) {
        for (const step of steps) this.#apply(step);
        settle();
      }
      if (this.#waiting.length > 0) this.#flush();
    });
  }

  #apply(step: Step): void {
    if ('remove' in step) {
      this.#groups.delete(step.remove);
      this.#removed.delete(step.remove);
      return;
    }
    const { group } = step.write;
    let log = this.#groups.get(group);
    if (log === undefined) {
      log = new SimGroupLog();
      this.#groups.set(group, log);
    }
    log.apply(step.write);
  }
}
