/**
 * Follows transfers and shows them: redrawn in place on a screen, one plain line a finished file elsewhere, nothing when quiet.
 * It does not know what a transfer is or how it is done.
 *
 * (D1) Bytes of a try that failed are taken back, so the sum never passes the total.
 * (D2) After `end` nothing of the moving part is left on the screen and no timer runs.
 */
import { formatBytes } from '@crescendo/base';
import { progressLines } from './progress.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface TransferProgress {
  /** Bytes that went through; negative when a try is taken back. */
  advance(bytes: number): void;
}

export interface DisplayOptions {
  /** "uploaded" or "downloaded". */
  readonly verb: string;
  readonly totalFiles: number;
  readonly totalBytes: number;
  readonly quiet: boolean;
  readonly nowMs: () => number;
}

const REDRAW_MS = 100;
const RATE_WINDOW_MS = 5_000;

interface Running {
  readonly name: string;
  doneBytes: number;
  readonly totalBytes: number;
}

export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #options: DisplayOptions;
  readonly #running = new Set<Running>();
  readonly #samples: { atMs: number; bytes: number }[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  #doneFiles = 0;
  #failedFiles = 0;
  #doneBytes = 0;
  #linesDrawn = 0;

  constructor(terminal: Terminal, options: DisplayOptions) {
    this.#terminal = terminal;
    this.#options = options;
    if (terminal.interactive && !options.quiet) this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
  }

  /** Shows the transfer until its promise settles. */
  async follow<T>(
    name: string,
    totalBytes: number,
    work: (progress: TransferProgress) => Promise<T>,
  ): Promise<T> {
    const running: Running = { name, doneBytes: 0, totalBytes };
    this.#running.add(running);
    try {
      const result = await work({ advance: (bytes) => this.#advance(running, bytes) });
      this.#doneFiles++;
      if (this.#timer === undefined)
        this.#print(`${this.#options.verb} ${printable(name)} (${formatBytes(totalBytes)})`);
      return result;
    } catch (error) {
      this.#failedFiles++;
      this.#advance(running, -running.doneBytes); // (D1)
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }

  end(): void {
    clearInterval(this.#timer); // (D2)
    this.#erase();
  }

  #advance(running: Running, bytes: number): void {
    running.doneBytes += bytes;
    this.#doneBytes += bytes;
  }

  #print(line: string): void {
    if (!this.#options.quiet) this.#terminal.error(`${line}\n`);
  }

  #redraw(): void {
    const lines = progressLines(
      {
        totalFiles: this.#options.totalFiles,
        doneFiles: this.#doneFiles,
        failedFiles: this.#failedFiles,
        totalBytes: this.#options.totalBytes,
        doneBytes: this.#doneBytes,
        bytesPerSecond: this.#rate(),
        active: [...this.#running],
      },
      this.#terminal.columns(),
    );
    this.#erase();
    this.#terminal.error(`${lines.join('\n')}\n`);
    this.#linesDrawn = lines.length;
  }

  #erase(): void {
    if (this.#linesDrawn > 0) this.#terminal.error(`\u001b[${this.#linesDrawn}A\u001b[0J`);
    this.#linesDrawn = 0;
  }

  #rate(): number {
    const atMs = this.#options.nowMs();
    this.#samples.push({ atMs, bytes: this.#doneBytes });
    while (this.#samples.length > 2 && this.#samples[0]!.atMs < atMs - RATE_WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    const seconds = (atMs - first.atMs) / 1000;
    return seconds <= 0 ? 0 : Math.max(0, (this.#doneBytes - first.bytes) / seconds);
  }
}
