import { Worker } from 'node:worker_threads';
import type { ThreadAnswer, ThreadRequest } from './thread-messages.ts';

/** A thread as the counter sees it. It keeps the process alive only while it owes an answer. */
export interface CountingThread {
  /** Answers that are owed. */
  readonly owed: number;
  /** False when it has died. */
  readonly lives: boolean;
  /** @throws what ended the thread */
  ask(request: ThreadRequest): Promise<ThreadAnswer>;
  end(): Promise<void>;
}

interface Owed {
  resolve(answer: ThreadAnswer): void;
  reject(error: unknown): void;
}

export function startCountingThread(): CountingThread {
  // What the process was started with (`--eval`, `--input-type`) is not for its threads.
  const worker = new Worker(new URL('./count-thread.ts', import.meta.url), { execArgv: [] });
  const owed: Owed[] = [];
  let death: unknown;
  worker.on('message', (answer: ThreadAnswer) => {
    owed.shift()!.resolve(answer);
    if (owed.length === 0) worker.unref();
  });
  const die = (error: unknown): void => {
    death ??= error;
    for (const { reject } of owed.splice(0)) reject(death);
  };
  worker.on('error', die);
  worker.on('exit', () => die(new Error('the counter was closed')));
  // A listener for messages takes hold of the process again: this comes after them.
  worker.unref();
  return {
    get owed() {
      return owed.length;
    },
    get lives() {
      return death === undefined;
    },
    ask(request) {
      if (death !== undefined) return Promise.reject(death);
      if (owed.length === 0) worker.ref();
      worker.postMessage(request);
      return new Promise((resolve, reject) => owed.push({ resolve, reject }));
    },
    async end() {
      await worker.terminate();
    },
  };
}
