/** One line that changes on a terminal, plain lines now and then elsewhere. */
import type { Sight } from './fleet-watch.ts';
import type { Progress } from './load-test.ts';

const PLAIN_EVERY_MS = 5_000;
const BAR = 20;

export class LiveDisplay {
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #startedMs = Date.now();
  #shownMs = 0;

  say(line: string): void {
    this.clear();
    process.stdout.write(`${this.#time()}  ${line}\n`);
  }

  show(sight: Sight, { copied, done, all }: Progress): void {
    const filled = all === 0 ? BAR : Math.round((done / all) * BAR);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
    const { waiting, inFlight, dead, desired, inService } = sight;
    const line = `${this.#time()}  ${bar} ${done}/${all} counted, ${copied} copied | queue ${waiting} waiting, ${inFlight} in work, ${dead} dead | fleet ${inService} of ${desired}`;
    if (this.#isTerminal) {
      const width = process.stdout.columns ?? 120;
      process.stdout.write(`\r\x1b[2K${line.slice(0, width - 1)}`);
    } else if (Date.now() - this.#shownMs > PLAIN_EVERY_MS) {
      this.#shownMs = Date.now();
      process.stdout.write(`${line}\n`);
    }
  }

  clear(): void {
    if (this.#isTerminal) process.stdout.write('\r\x1b[2K');
  }

  #time(): string {
    return `${((Date.now() - this.#startedMs) / 1000).toFixed(0).padStart(4)} s`;
  }
}
