/** The thread that hashes bodies: see `hash-pool.ts`. */
import { parentPort } from 'node:worker_threads';
import { invariant } from '@crescendo/base';
import { InlineBodyHash } from './body-hash.ts';
import type { FromHashWorker, ToHashWorker } from './hash-messages.ts';

interface Job {
  readonly hash: InlineBodyHash;
  readonly slots: readonly Uint8Array[];
}

const port = parentPort;
invariant(port !== null, 'hash-worker runs as a worker thread only');
const jobs = new Map<number, Job>();

port.on('message', (message: ToHashWorker) => {
  if (message.kind === 'start') {
    const slots = message.slots.map((slot) => new Uint8Array(slot));
    jobs.set(message.job, { hash: new InlineBodyHash(message.plan), slots });
    return;
  }
  const job = jobs.get(message.job);
  invariant(job !== undefined, `hash job ${message.job} was never started`);
  const reply = handle(job, message);
  if (reply !== undefined) port.postMessage(reply);
});

function handle(job: Job, message: Exclude<ToHashWorker, { kind: 'start' }>): FromHashWorker | undefined {
  switch (message.kind) {
    case 'data':
      job.hash.update(job.slots[message.slot]!.subarray(0, message.length));
      return { kind: 'free', job: message.job, slot: message.slot };
    case 'chunkEnd':
      job.hash.endChunk();
      return undefined;
    case 'finish':
      jobs.delete(message.job);
      return { kind: 'done', job: message.job, ...job.hash.finishNow() };
    case 'abort':
      jobs.delete(message.job);
      return undefined;
  }
}
