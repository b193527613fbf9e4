/** The end of a history, for the report of a seed that failed. */
export class HistoryLog {
  readonly #limit: number;
  #lines: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(atMs: number, text: string): void {
    this.#lines.push(`${atMs.toFixed(1).padStart(9)}  ${text}`);
    if (this.#lines.length > 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
  }

  lines(): readonly string[] {
    return this.#lines.slice(-this.#limit);
  }
}
