/**
 * Events of a partition: queued by the entry that writes, kept until an entry says that they were delivered.
 *
 * (E1) Whether a write is told, and to whom, is decided by the rules that the partition knows when the write's entry is applied.
 * (E2) A write is told once a destination, under the first rule that matches.
 * (E3) The count of a destination is that of its events: both change in one entry.
 */

import type { ObjectEvent } from '../../ports/event-sink.ts';
import type { KvReader } from '../../ports/state-store.ts';
import type { CommandResult, KeyScope, Refusal, SettleEvents } from '../command.ts';
import { refuse } from '../command.ts';
import { type EventRule, ruleMatches } from '../event-rule.ts';
import { MAXIMUM_BATCH, MAXIMUM_EVENT_RULES } from '../limits.ts';
import type { Outbox, OutboxesQuery, QueryResult, WaitingEventsQuery } from '../query.ts';
import {
  decodeEvent,
  encodeEvent,
  outboxKey,
  outboxOf,
  readWaiting,
  waitingDestinations,
  writeWaiting,
} from '../state/event-record.ts';
import { prefixRange } from '../state/keys.ts';
import { unpackOrigin } from '../write-origin.ts';
import type { Application } from './context.ts';

/** After a write in a bucket was done: queues what its rules want told. (E1) */
export function queueEvents(
  application: Application,
  { bucket, key }: KeyScope,
  what: Pick<ObjectEvent, 'name' | 'size' | 'etag'>,
  origin: string | undefined,
): void {
  const { kv, context, buckets } = application;
  const rules = buckets.read(kv, bucket)?.rules?.rules;
  if (rules === undefined) return;
  const { index, timestampMs: timeMs } = context;
  const told = new Set<string>();
  for (const rule of rules) {
    if (told.has(rule.destination) || !ruleMatches(rule, what.name, key)) continue;
    told.add(rule.destination); // (E2)
    const event = { ...what, ruleId: rule.id, bucket, key, timeMs, index };
    queue(
      application,
      rule.destination,
      origin === undefined ? event : { ...event, origin: unpackOrigin(origin) },
    );
  }
}

function queue({ kv, effects }: Application, destination: string, event: ObjectEvent): void {
  kv.put(outboxKey(destination, event.index), encodeEvent(event));
  writeWaiting(kv, destination, readWaiting(kv, destination) + 1); // (E3)
  effects.push({ type: 'eventQueued', destination });
}

export function applySettleEvents(
  { kv }: Application,
  { destination, indexes }: SettleEvents,
): CommandResult<SettleEvents> {
  if (indexes.length > MAXIMUM_BATCH)
    return refuse('Malformed', `At most ${MAXIMUM_BATCH} events at a time.`);
  let settled = 0;
  for (const index of indexes) {
    const key = outboxKey(destination, index);
    if (kv.get(key) === undefined) continue;
    kv.remove(key);
    settled++;
  }
  if (settled > 0) writeWaiting(kv, destination, readWaiting(kv, destination) - settled); // (E3)
  return { ok: true, settled };
}

/** Why rules can't be had, if so. The doors check them in full; this keeps the map within its limits. */
export function checkRules(rules: readonly EventRule[]): Refusal | undefined {
  if (rules.length <= MAXIMUM_EVENT_RULES) return undefined;
  return refuse('Malformed', `${rules.length} notification rules; at most ${MAXIMUM_EVENT_RULES}.`);
}

export function answerOutboxes(kv: KvReader): QueryResult<OutboxesQuery> {
  const outboxes = Array.from(waitingDestinations(kv), ({ destination, waiting }): Outbox => {
    const [oldest] = firstEvents(kv, destination, 1);
    return { destination, waiting, oldestMs: oldest?.timeMs ?? 0 };
  });
  return { ok: true, outboxes };
}

export function answerWaitingEvents(
  kv: KvReader,
  { destination, limit }: WaitingEventsQuery,
): QueryResult<WaitingEventsQuery> {
  return { ok: true, events: firstEvents(kv, destination, Math.min(limit, MAXIMUM_BATCH)) };
}

function firstEvents(kv: KvReader, destination: string, limit: number): ObjectEvent[] {
  const pairs = kv.range({ ...prefixRange(outboxOf(destination)), limit });
  return Array.from(pairs, ({ key, value }) => decodeEvent(key, value));
}
