/** How an operation finds its queue. */
import type { Engine } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import { nameInUrl } from '../queue-record.ts';

/** Of the URL that the input names; throws when there is none. */
export function queueOf(engine: Engine, url: string | undefined): LiveQueue {
  const queue = engine.queues.get(nameInUrl(engine.place, url));
  queue.usedMs = engine.clock.wallMs();
  return queue;
}

export function urlOf({ endpoint, place }: Engine, name: string): string {
  return `${endpoint()}/${place.accountId}/${name}`;
}
