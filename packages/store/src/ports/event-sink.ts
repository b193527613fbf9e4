/** Where a partition's leader delivers what it has to tell about writes. */

/** Who asked for a write, as its events tell. */
export interface WriteOrigin {
  readonly requestId: string;
  /** IP address of the client. */
  readonly sourceAddress: string;
  readonly principalId: string;
}

/** AWS's names of what happens here. Their place in this list is part of the stored format. */
export const EVENT_NAMES = [
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:Delete',
] as const;

export type EventName = (typeof EVENT_NAMES)[number];

/** One write that a rule of its bucket matched. */
export interface ObjectEvent {
  readonly name: EventName;
  /** Of the rule that matched. */
  readonly ruleId: string;
  readonly bucket: string;
  readonly key: string;
  /** Size in bytes and ETag (without quotes) of what was written; absent in removals. */
  readonly size?: number;
  readonly etag?: string;
  /** Milliseconds since 1970 by the log. */
  readonly timeMs: number;
  /** Index of the write in its partition's log: events of one key are ordered by it. */
  readonly index: number;
  /** Absent for writes that came through other doors than S3's. */
  readonly origin?: WriteOrigin;
}

/** No more than this are handed to a sink at once. */
export const EVENTS_AT_ONCE = 10;

export interface EventSink {
  /**
   * Hands 1 to `EVENTS_AT_ONCE` events to a destination and tells of each, in order, why it was not taken; undefined when it was, for good.
   * Fails when nothing is known of any of them. Who calls twice delivers twice.
   */
  deliver(destination: string, events: readonly ObjectEvent[]): Promise<readonly (string | undefined)[]>;
}
