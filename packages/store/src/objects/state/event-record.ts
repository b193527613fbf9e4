/** Records of notification rules, beside their bucket, and of events that wait for delivery. */
import { fromUtf8, utf8 } from '@crescendo/base';
import { EVENT_NAMES, type ObjectEvent } from '../../ports/event-sink.ts';
import type { KvReader, KvWriter } from '../../ports/state-store.ts';
import type { EventRule, NumberedRules } from '../event-rule.ts';
import { packOrigin, unpackOrigin } from '../write-origin.ts';
import { numberBytes, prefixRange, TABLE, tableKey } from './keys.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

const VERSION = 1;
const END_OF_DESTINATION = Uint8Array.of(0);
const INDEX_BYTES = 6;

export function writeRules(writer: ByteWriter, { number, rules }: NumberedRules): void {
  writer.u48(number).varint(rules.length);
  for (const rule of rules) {
    writer.text(rule.id).text(rule.destination).varint(rule.events.length);
    for (const event of rule.events) writer.text(event);
    writeOptional(writer, rule.prefix);
    writeOptional(writer, rule.suffix);
  }
}

export function readRules(reader: ByteReader): NumberedRules {
  const number = reader.u48();
  return { number, rules: readList(reader, () => readRule(reader)) };
}

function readRule(reader: ByteReader): EventRule {
  const id = reader.text();
  const destination = reader.text();
  const events = readList(reader, () => reader.text());
  const prefix = readOptional(reader);
  const suffix = readOptional(reader);
  return {
    ...{ id, destination, events },
    ...(prefix === undefined ? {} : { prefix }),
    ...(suffix === undefined ? {} : { suffix }),
  };
}

function readList<T>(reader: ByteReader, read: () => T): T[] {
  const count = reader.varint();
  const items: T[] = [];
  while (items.length < count) items.push(read());
  return items;
}

function writeOptional(writer: ByteWriter, text: string | undefined): void {
  writer.u8(text === undefined ? 0 : 1);
  if (text !== undefined) writer.text(text);
}

function readOptional(reader: ByteReader): string | undefined {
  return reader.u8() === 1 ? reader.text() : undefined;
}

/** Everything that waits for one destination, in the log's order. */
export function outboxOf(destination: string): Uint8Array {
  return tableKey(TABLE.outbox, utf8(destination), END_OF_DESTINATION);
}

export function outboxKey(destination: string, index: number): Uint8Array {
  return tableKey(TABLE.outbox, utf8(destination), END_OF_DESTINATION, numberBytes(index, INDEX_BYTES));
}

export function encodeEvent({
  name,
  ruleId,
  bucket,
  key,
  timeMs,
  size,
  etag,
  origin,
}: ObjectEvent): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(EVENT_NAMES.indexOf(name)).u48(timeMs);
  writer.text(ruleId).text(bucket).text(key);
  writer.u8(size === undefined ? 0 : 1);
  if (size !== undefined) writer.varint(size).text(etag ?? '');
  writeOptional(writer, origin && packOrigin(origin));
  return writer.finish();
}

/** @param key of the map, whose end is the index */
export function decodeEvent(key: Uint8Array, bytes: Uint8Array): ObjectEvent {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const name = EVENT_NAMES[reader.u8()]!;
  const timeMs = reader.u48();
  const what = { ruleId: reader.text(), bucket: reader.text(), key: reader.text() };
  const written = reader.u8() === 1 ? { size: reader.varint(), etag: reader.text() } : {};
  const origin = readOptional(reader);
  const index = key.subarray(key.length - INDEX_BYTES).reduce((value, byte) => value * 256 + byte, 0);
  const event = { name, ...what, ...written, timeMs, index };
  return origin === undefined ? event : { ...event, origin: unpackOrigin(origin) };
}

/** How many events wait for the destination here. */
export function readWaiting(kv: KvReader, destination: string): number {
  const bytes = kv.get(waitingKey(destination));
  return bytes === undefined ? 0 : decodeWaiting(bytes);
}

export function writeWaiting(kv: KvWriter, destination: string, count: number): void {
  if (count === 0) kv.remove(waitingKey(destination));
  else kv.put(waitingKey(destination), new ByteWriter().u8(VERSION).varint(count).finish());
}

/** Every destination that events wait for here. */
export function* waitingDestinations(kv: KvReader): Iterable<{ destination: string; waiting: number }> {
  for (const { key, value } of kv.range(prefixRange(tableKey(TABLE.outboxCounts)))) {
    yield { destination: fromUtf8(key.subarray(1)), waiting: decodeWaiting(value) };
  }
}

function waitingKey(destination: string): Uint8Array {
  return tableKey(TABLE.outboxCounts, utf8(destination));
}

function decodeWaiting(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  return reader.varint();
}
