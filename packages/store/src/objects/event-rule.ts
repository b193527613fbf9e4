import type { EventName } from '../ports/event-sink.ts';

/** Which writes in a bucket are told to whom. */
export interface EventRule {
  readonly id: string;
  /** Where events go: a queue's ARN. The store compares it and hands it on, nothing more. */
  readonly destination: string;
  /** Names such as `s3:ObjectCreated:Put`; one that ends in `:*` covers all that begin like it. */
  readonly events: readonly string[];
  /** Only keys that begin, or end, like this. */
  readonly prefix?: string;
  readonly suffix?: string;
}

/** The rules of a bucket at one moment. A later set has a higher number: the log index at which the home partition took it. */
export interface NumberedRules {
  readonly number: number;
  readonly rules: readonly EventRule[];
}

export function ruleMatches(
  { events, prefix = '', suffix = '' }: EventRule,
  name: EventName,
  key: string,
): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix) && events.some((pattern) => covers(pattern, name));
}

function covers(pattern: string, name: EventName): boolean {
  return pattern === name || (pattern.endsWith(':*') && name.startsWith(pattern.slice(0, -1)));
}
