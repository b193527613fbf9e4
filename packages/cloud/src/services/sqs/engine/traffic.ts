/** What happened at a queue since it was last asked, for its metrics. */

export interface TrafficCounts {
  readonly sent: number;
  readonly received: number;
  readonly deleted: number;
  readonly emptyReceives: number;
  /** Of messages that were sent; the others are 0 while `sent` is. */
  readonly sizes: { readonly sum: number; readonly minimum: number; readonly maximum: number };
}

export class Traffic {
  #sent = 0;
  #received = 0;
  #deleted = 0;
  #emptyReceives = 0;
  #bytes = 0;
  #least = 0;
  #most = 0;

  sent(bytes: number): void {
    this.#least = this.#sent === 0 ? bytes : Math.min(this.#least, bytes);
    this.#most = Math.max(this.#most, bytes);
    this.#bytes += bytes;
    this.#sent += 1;
  }

  /** An answer with so many messages. */
  received(count: number): void {
    this.#received += count;
    if (count === 0) this.#emptyReceives += 1;
  }

  deleted(): void {
    this.#deleted += 1;
  }

  /** What was counted; begins anew. */
  take(): TrafficCounts {
    const counts = {
      sent: this.#sent,
      received: this.#received,
      deleted: this.#deleted,
      emptyReceives: this.#emptyReceives,
      sizes: { sum: this.#bytes, minimum: this.#least, maximum: this.#most },
    };
    this.#sent = this.#received = this.#deleted = this.#emptyReceives = 0;
    this.#bytes = this.#least = this.#most = 0;
    return counts;
  }
}
