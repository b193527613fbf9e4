import type { Outbox } from '../objects/query.ts';

/** What waits for a destination, in the partitions that a node leads or in all of them. */
export interface EventBacklog extends Outbox {
  /** Why the last attempt to deliver failed. */
  readonly failure?: string;
}

/** One entry a destination, in their order. */
export function sumBacklogs(backlogs: readonly EventBacklog[]): EventBacklog[] {
  const sums = new Map<string, EventBacklog>();
  for (const backlog of backlogs) {
    const before = sums.get(backlog.destination);
    sums.set(backlog.destination, before === undefined ? backlog : sumOf(before, backlog));
  }
  return [...sums.values()].sort((a, b) => (a.destination < b.destination ? -1 : 1));
}

function sumOf(a: EventBacklog, b: EventBacklog): EventBacklog {
  return { ...a, ...b, waiting: a.waiting + b.waiting, oldestMs: Math.min(a.oldestMs, b.oldestMs) };
}
