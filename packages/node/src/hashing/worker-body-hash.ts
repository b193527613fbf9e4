import type { BodyHash, Digests } from './body-hash.ts';
import type { FromHashWorker } from './hash-messages.ts';

type Message =
  | { readonly kind: 'data'; readonly slot: number; readonly length: number }
  | { readonly kind: 'chunkEnd' | 'finish' | 'abort' };

export interface WorkerLink {
  post(message: Message): void;
  /** Called once, when neither side uses the slots any more. */
  release(): void;
}

interface Waiter {
  resolve(): void;
  reject(failure: Error): void;
}

/**
 * One body whose digests are made on a thread. Bytes are copied into shared slots; a full slot is handed over and comes back when it
 * has been read. It does not know which thread it is.
 *
 * (W1) A slot is written only while it is free; the thread reads only what was handed over.
 * (W2) Slots are released once, after the thread has let go of every one of them.
 */
export class WorkerBodyHash implements BodyHash {
  readonly #slots: readonly Uint8Array[];
  readonly #free: number[];
  readonly #link: WorkerLink;
  #current: number | undefined;
  #filled = 0;
  #slotWaiter: Waiter | undefined;
  #resultWaiter: ((result: { digests: Digests; chunkSha256: readonly string[] }) => void) | undefined;
  #rejectResult: ((failure: Error) => void) | undefined;
  #failure: Error | undefined;
  #ended = false;
  #released = false;

  constructor(slots: readonly SharedArrayBuffer[], link: WorkerLink) {
    this.#slots = slots.map((slot) => new Uint8Array(slot));
    this.#free = slots.map((_, index) => index);
    this.#link = link;
  }

  update(bytes: Uint8Array): Promise<void> | undefined {
    const taken = this.#copy(bytes);
    return taken === bytes.length ? undefined : this.#copyRest(bytes, taken);
  }

  endChunk(): undefined {
    this.#flush();
    this.#link.post({ kind: 'chunkEnd' });
  }

  finish(): Promise<{ digests: Digests; chunkSha256: readonly string[] }> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#flush();
    this.#ended = true;
    this.#link.post({ kind: 'finish' });
    return new Promise((resolve, reject) => {
      this.#resultWaiter = resolve;
      this.#rejectResult = reject;
    });
  }

  abort(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.post({ kind: 'abort' });
    this.#maybeRelease();
  }

  handle(message: FromHashWorker): void {
    if (message.kind === 'free') {
      this.#free.push(message.slot);
      this.#slotWaiter?.resolve();
      this.#slotWaiter = undefined;
    } else {
      this.#resultWaiter?.({ digests: message.digests, chunkSha256: message.chunkSha256 });
      this.#resultWaiter = undefined;
    }
    this.#maybeRelease();
  }

  /** The thread is gone. */
  fail(failure: Error): void {
    this.#failure = failure;
    this.#ended = true;
    this.#slotWaiter?.reject(failure);
    this.#rejectResult?.(failure);
    this.#release();
  }

  /** Copies until the bytes or the free slots are at their end. */
  #copy(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length && this.#failure === undefined) {
      this.#current ??= this.#free.pop();
      if (this.#current === undefined) break; // (W1)
      const slot = this.#slots[this.#current]!;
      const count = Math.min(slot.length - this.#filled, bytes.length - taken);
      slot.set(bytes.subarray(taken, taken + count), this.#filled);
      this.#filled += count;
      taken += count;
      if (this.#filled === slot.length) this.#flush();
    }
    return taken;
  }

  async #copyRest(bytes: Uint8Array, from: number): Promise<void> {
    for (let taken = from; taken < bytes.length; ) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#free.length === 0 && this.#current === undefined) await this.#slotFree();
      taken += this.#copy(bytes.subarray(taken));
    }
  }

  #slotFree(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#slotWaiter = { resolve, reject };
    });
  }

  #flush(): void {
    if (this.#current === undefined || this.#filled === 0) return;
    this.#link.post({ kind: 'data', slot: this.#current, length: this.#filled });
    this.#current = undefined;
    this.#filled = 0;
  }

  #maybeRelease(): void {
    const held = this.#free.length + (this.#current === undefined ? 0 : 1);
    const waiting = this.#resultWaiter !== undefined;
    if (this.#ended && !waiting && held === this.#slots.length) this.#release(); // (W2)
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#link.release();
  }
}
