/**
 * The newest entries of all groups, kept decoded so that sending them to followers and applying them reads no file.
 * Oldest out first; bounded in bytes of data plus a flat cost an entry.
 */
import type { Entry } from '@crescendo/raft';

/** Whoever holds the decoded entry lets go of it. */
export interface CacheHolder {
  uncache(entry: Entry): void;
}

const ENTRY_COST_BYTES = 200;

function cost(entry: Entry): number {
  return ENTRY_COST_BYTES + (entry.type === 'command' ? entry.data.length : 0);
}

export class EntryCache {
  readonly #limitBytes: number;
  #queue: { readonly holder: CacheHolder; readonly entry: Entry }[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(holder: CacheHolder, entry: Entry): void {
    this.#queue.push({ holder, entry });
    this.#bytes += cost(entry);
    while (this.#bytes > this.#limitBytes && this.#head < this.#queue.length - 1) this.#evict();
  }

  #evict(): void {
    const { holder, entry } = this.#queue[this.#head]!;
    this.#head += 1;
    this.#bytes -= cost(entry);
    holder.uncache(entry);
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
