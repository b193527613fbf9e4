/** One answered request of the control plane. Bodies stay out: they may hold secrets. */
export interface RequestLogEntry {
  /** Milliseconds since 1970 when the request arrived. */
  readonly atMs: number;
  readonly requestId: string;
  readonly service: string | undefined;
  readonly operation: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly userAgent: string | undefined;
  readonly status: number;
  /** The error's code, when it was refused or failed. */
  readonly code: string | undefined;
  /** What went wrong, with more than the client was told. */
  readonly error: string | undefined;
  readonly durationMs: number;
}

/** The last requests, oldest first. */
export class RequestLog {
  readonly #limit: number;
  #entries: RequestLogEntry[] = [];

  constructor(limit = 1_000) {
    this.#limit = limit;
  }

  add(entry: RequestLogEntry): void {
    this.#entries.push(entry);
    // Cut in blocks: shifting at each request would move the whole list.
    if (this.#entries.length >= this.#limit * 2) this.#entries = this.#entries.slice(-this.#limit);
  }

  entries(): readonly RequestLogEntry[] {
    return this.#entries.slice(-this.#limit);
  }
}
