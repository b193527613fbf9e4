/**
 * Listings between a partition and a gateway: rows in order, each sharing a prefix with the one before. A row is a position (a
 * key in UTF-8, or where an upload stands) with the front of its record, or a common prefix with nothing.
 */
import { ByteReader, ByteWriter } from './record-bytes.ts';

export interface Row {
  readonly position: Uint8Array;
  /** undefined for a common prefix. */
  readonly head: Uint8Array | undefined;
}

const VERSION = 1;

export class RowWriter {
  readonly #writer = new ByteWriter().u8(VERSION);
  #previous: Uint8Array = new Uint8Array(0);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(position: Uint8Array, head: Uint8Array | undefined): void {
    const shared = sharedLength(this.#previous, position);
    this.#writer.varint(shared).bytes(position.subarray(shared));
    this.#writer.varint(head === undefined ? 0 : head.length + 1);
    if (head !== undefined) this.#writer.raw(head);
    this.#previous = position;
    this.#count++;
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}

export function readRows(bytes: Uint8Array): Row[] {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const rows: Row[] = [];
  let previous: Uint8Array = new Uint8Array(0);
  while (!reader.atEnd) {
    const shared = reader.varint();
    const rest = reader.bytes();
    const position = new Uint8Array(shared + rest.length);
    position.set(previous.subarray(0, shared));
    position.set(rest, shared);
    const headLength = reader.varint();
    rows.push({ position, head: headLength === 0 ? undefined : reader.raw(headLength - 1) });
    previous = position;
  }
  return rows;
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
