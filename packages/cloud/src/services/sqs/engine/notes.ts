/** What a queue has to know for some minutes beside its messages: deduplication ids, attempts to receive. */

export interface Note {
  readonly expiresMs: number;
  readonly value: string;
  /** Of the log, where it lies; `PENDING` until it is on disk. */
  segment: number;
}

export const PENDING = 0;

export class Notes {
  readonly #notes = new Map<string, Note>();

  /** undefined too when its time is over. */
  get(queue: number, key: string, nowMs: number): string | undefined {
    const note = this.#notes.get(keyOf(queue, key));
    return note === undefined || note.expiresMs <= nowMs ? undefined : note.value;
  }

  put(queue: number, key: string, note: Note): void {
    const full = keyOf(queue, key);
    // Behind those that expire earlier.
    this.#notes.delete(full);
    this.#notes.set(full, note);
  }

  /** It lies there now, unless another one has taken its place. */
  setSegment(queue: number, key: string, expiresMs: number, segment: number): void {
    const note = this.#notes.get(keyOf(queue, key));
    if (note?.expiresMs === expiresMs) note.segment = segment;
  }

  /** All live for the same time, so the oldest ones are in front. */
  expire(nowMs: number): void {
    for (const [key, note] of this.#notes) {
      if (note.expiresMs > nowMs) return;
      this.#notes.delete(key);
    }
  }

  *inSegment(segment: number): Generator<{ queue: number; key: string } & Note> {
    for (const [full, note] of [...this.#notes]) {
      if (note.segment !== segment) continue;
      const at = full.indexOf('/');
      yield { queue: Number(full.slice(0, at)), key: full.slice(at + 1), ...note };
    }
  }
}

function keyOf(queue: number, key: string): string {
  return `${queue}/${key}`;
}
