/** In which order a queue gives its messages out. Each kind of queue has its own. */

/** Told of every change of a slot; asked for what comes next. */
export interface DeliveryOrder {
  /** The message is in the queue now, in whichever status. */
  added(slot: number, group: string): void;
  /** It can be received: delayed no longer, or out of flight. */
  ready(slot: number): void;
  /** It is in flight now; it was ready, or came into the queue so. */
  taken(slot: number, wasReady: boolean): void;
  /** It is out of flight: `ready` or `removed` follow. */
  released(slot: number): void;
  /** It leaves the queue; it was ready, or not. */
  removed(slot: number, wasReady: boolean): void;
  /** What is to be delivered next, after `last` in the same answer; `NONE` when nothing is. */
  next(last: number): number;
  groupOf(slot: number): string;
}
