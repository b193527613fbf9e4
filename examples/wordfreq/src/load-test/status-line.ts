/** One line that changes on a terminal, plain lines now and then elsewhere; what is said stays. */
const PLAIN_EVERY_MS = 5_000;

export class StatusLine {
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #startedMs = Date.now();
  #shownMs = 0;

  say(text: string): void {
    this.clear();
    process.stdout.write(`${this.#timed(text)}\n`);
  }

  change(text: string): void {
    if (this.#isTerminal) {
      const width = process.stdout.columns ?? 120;
      process.stdout.write(`\r\x1b[2K${this.#timed(text).slice(0, width - 1)}`);
    } else if (Date.now() - this.#shownMs > PLAIN_EVERY_MS) {
      this.#shownMs = Date.now();
      process.stdout.write(`${this.#timed(text)}\n`);
    }
  }

  clear(): void {
    if (this.#isTerminal) process.stdout.write('\r\x1b[2K');
  }

  #timed(text: string): string {
    return `${((Date.now() - this.#startedMs) / 1000).toFixed(0).padStart(4)} s  ${text}`;
  }
}
