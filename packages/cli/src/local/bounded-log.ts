/**
 * A log file that does not grow without end: past the limit it becomes `NAME.1` and a new one begins.
 *
 * (B1) Never more than twice the limit lies on disk.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../failures.ts';

export const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

export class BoundedLog {
  readonly path: string;
  readonly #limitBytes: number;
  readonly #onFailure: (reason: string) => void;
  #bytes: number;
  #broken = false;

  /** @param onFailure told once when writing begins to fail: a full disk must not end whoever logs */
  constructor(path: string, onFailure: (reason: string) => void, limitBytes = LOG_LIMIT_BYTES) {
    this.path = path;
    this.#onFailure = onFailure;
    this.#limitBytes = limitBytes;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  append(text: string | Uint8Array): void {
    try {
      if (this.#bytes + text.length > this.#limitBytes && this.#bytes > 0) {
        renameSync(this.path, `${this.path}.1`); // (B1)
        this.#bytes = 0;
      }
      appendFileSync(this.path, text, { mode: 0o600 });
      this.#bytes += text.length;
      this.#broken = false;
    } catch (error) {
      if (!this.#broken) this.#onFailure(reasonOf(error));
      this.#broken = true;
    }
  }
}
