/**
 * One child process that is kept running. It does not know what the child does.
 *
 * (S1) After `stop` began no new process is started.
 * (S2) `stop` resolves when the process is gone: asked with SIGTERM, ended with SIGKILL after the deadline.
 * (S3) A child that dies again and again is started less and less often; one that ran for a while starts afresh at once.
 * (S4) The child leads a process group of its own: an interrupt at the terminal reaches only the supervisor, which then stops the
 *      children in order. The channel between them closes when the supervisor dies in any way.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { reasonOf } from '../failures.ts';
import type { BoundedLog } from './bounded-log.ts';
import type { ChildMessage } from './messages.ts';
import { parseChildMessage } from './messages.ts';

export interface ChildSpecification {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** Asked before it is started again: what to run then. */
  readonly renewCommand?: () => Promise<readonly [string, ...string[]]>;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: BoundedLog;
  readonly onMessage: (message: ChildMessage) => void;
  /** Called when it ended unasked, with what is known about it. */
  readonly onDeath: (death: ChildDeath) => void;
  readonly timing?: Partial<ChildTiming>;
}

export interface ChildDeath {
  /** `status 1`, `SIGKILL`, ... */
  readonly how: string;
  /** Undefined when it will not be started again. */
  readonly restartInMs?: number;
}

export interface ChildTiming {
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Running this long makes it count as healthy. */
  readonly healthyMs: number;
  readonly stopLimitMs: number;
}

const DEFAULT_TIMING: ChildTiming = {
  firstPauseMs: 200,
  longestPauseMs: 10_000,
  healthyMs: 20_000,
  stopLimitMs: 20_000,
};

export class SupervisedChild {
  readonly #specification: ChildSpecification;
  readonly #timing: ChildTiming;
  #command: readonly [string, ...string[]];
  #process: ChildProcess | undefined;
  #startedMs = 0;
  #pauseMs = 0;
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  #left = false;

  constructor(specification: ChildSpecification) {
    this.#specification = specification;
    this.#command = specification.command;
    this.#timing = { ...DEFAULT_TIMING, ...specification.timing };
  }

  /** undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    if (this.#stopping || this.#process !== undefined) return; // (S1)
    const [program, ...programArguments] = this.#command;
    const child = spawn(program, programArguments, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true, // (S4)
      env: this.#specification.environment,
    });
    this.#process = child;
    this.#startedMs = performance.now();
    this.#connect(child);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#process;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const deadline = setTimeout(() => {
      this.#specification.log.append(`did not stop within ${this.#timing.stopLimitMs} ms: killed\n`);
      child.kill('SIGKILL'); // (S2)
    }, this.#timing.stopLimitMs);
    await gone;
    clearTimeout(deadline);
  }

  #connect(child: ChildProcess): void {
    const { log, onMessage } = this.#specification;
    child.stdout?.on('data', (text: Buffer) => log.append(text));
    child.stderr?.on('data', (text: Buffer) => log.append(text));
    child.on('message', (value) => {
      const message = parseChildMessage(value);
      if (message === undefined) return;
      if (message.kind === 'left') this.#left = true;
      onMessage(message);
    });
    let ended = false;
    const end = (how: string): void => {
      if (ended) return;
      ended = true;
      this.#handleEnd(how);
    };
    child.once('error', (error) => {
      if (child.pid === undefined) end(error.message);
    });
    child.once('exit', (code, signal) => end(signal ?? `status ${code}`));
  }

  #handleEnd(how: string): void {
    this.#process = undefined;
    if (this.#stopping) return;
    if (this.#left) {
      this.#specification.onDeath({ how });
      return;
    }
    const healthy = performance.now() - this.#startedMs >= this.#timing.healthyMs;
    const { firstPauseMs, longestPauseMs } = this.#timing;
    this.#pauseMs =
      healthy || this.#pauseMs === 0 ? firstPauseMs : Math.min(longestPauseMs, this.#pauseMs * 2); // (S3)
    this.#restart = setTimeout(() => void this.#startAgain(), this.#pauseMs);
    this.#specification.onDeath({ how, restartInMs: this.#pauseMs });
  }

  async #startAgain(): Promise<void> {
    const { renewCommand, log } = this.#specification;
    try {
      if (renewCommand !== undefined) this.#command = await renewCommand();
    } catch (error) {
      log.append(`started again as before: ${reasonOf(error)}\n`);
    }
    this.start();
  }
}
