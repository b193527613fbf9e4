/** What a queue has to know for some minutes beside its messages: deduplication ids, attempts to receive. */

export interface NoteText {
  readonly expiresMs: number;
  readonly value: string;
}

/** Where it lies in the log; nowhere while it is on its way to the disk. */
interface Note extends NoteText {
  segment: number;
  bytes: number;
}

export class Notes {
  readonly #notes = new Map<string, Note>();
  #bytes = 0;

  /** Of their records in the log. */
  get bytes(): number {
    return this.#bytes;
  }

  /** undefined too when its time is over. */
  get(queue: number, key: string, nowMs: number): string | undefined {
    const note = this.#notes.get(keyOf(queue, key));
    return note === undefined || note.expiresMs <= nowMs ? undefined : note.value;
  }

  put(queue: number, key: string, { expiresMs, value }: NoteText): void {
    const full = keyOf(queue, key);
    // Behind those that expire earlier.
    this.#delete(full);
    this.#notes.set(full, { expiresMs, value, segment: 0, bytes: 0 });
  }

  /** It lies there now, unless another one has taken its place. */
  setPlace(
    queue: number,
    key: string,
    expiresMs: number,
    { segment, bytes }: { readonly segment: number; readonly bytes: number },
  ): void {
    const note = this.#notes.get(keyOf(queue, key));
    if (note?.expiresMs !== expiresMs) return;
    this.#bytes += bytes - note.bytes;
    note.segment = segment;
    note.bytes = bytes;
  }

  /** All live for the same time, so the oldest ones are in front. */
  expire(nowMs: number): void {
    for (const [key, note] of this.#notes) {
      if (note.expiresMs > nowMs) return;
      this.#delete(key);
    }
  }

  *inSegment(segment: number): Generator<NoteText & { readonly queue: number; readonly key: string }> {
    for (const [full, { expiresMs, value, segment: own }] of [...this.#notes]) {
      if (own !== segment) continue;
      const at = full.indexOf('/');
      yield { queue: Number(full.slice(0, at)), key: full.slice(at + 1), expiresMs, value };
    }
  }

  #delete(full: string): void {
    this.#bytes -= this.#notes.get(full)?.bytes ?? 0;
    this.#notes.delete(full);
  }
}

function keyOf(queue: number, key: string): string {
  return `${queue}/${key}`;
}
