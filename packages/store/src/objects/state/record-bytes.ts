/**
 * How stored records are written: small fixed and variable-length numbers and length-prefixed strings, big-endian, so that
 * replicas write the same bytes. Every record begins with its version.
 */
import { fromUtf8, invariant, utf8 } from '@crescendo/base';

/** Texts up to here are written character by character while they are ASCII; their length takes one byte. */
const SHORT_TEXT = 127;
const SCRATCH_BYTES = 4_096;
const NOTHING = new Uint8Array(0);

/**
 * Memory that writers have finished with, for those that come. A record is written within one call and seldom while another one is, so there
 * are few; one that is never finished takes its memory with it.
 */
const scratch: Uint8Array<ArrayBuffer>[] = [];
const MOST_SCRATCH = 8;

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = scratch.pop() ?? new Uint8Array(SCRATCH_BYTES);
  #length = 0;

  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    return this.#fixed(value, 2);
  }

  u32(value: number): this {
    return this.#fixed(value, 4);
  }

  u48(value: number): this {
    return this.#fixed(value, 6);
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, low ones first. */
  varint(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.u8(rest);
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  text(text: string): this {
    const { length } = text;
    if (length > SHORT_TEXT) return this.bytes(utf8(text));
    const at = this.#grow(1 + length);
    this.#bytes[at] = length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x80) this.#bytes[at + 1 + i] = code;
      else {
        this.#length = at;
        return this.bytes(utf8(text));
      }
    }
    return this;
  }

  textMap(map: Readonly<Record<string, string | undefined>>): this {
    const entries = Object.entries(map).filter(([, value]) => value !== undefined);
    this.varint(entries.length);
    for (const [name, value] of entries) this.text(name).text(value!);
    return this;
  }

  /** A copy of what was written. The writer is empty afterwards. */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    const written = bytes.slice(0, this.#length);
    if (bytes.length === SCRATCH_BYTES && scratch.length < MOST_SCRATCH) scratch.push(bytes);
    this.#bytes = NOTHING;
    this.#length = 0;
    return written;
  }

  #fixed(value: number, size: number): this {
    const at = this.#grow(size);
    let rest = value;
    for (let i = size - 1; i >= 0; i--) {
      this.#bytes[at + i] = rest % 0x100;
      rest = Math.floor(rest / 0x100);
    }
    return this;
  }

  #grow(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Reads what `ByteWriter` wrote. Reading past the end is a bug of ours or damage: it throws. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u16(): number {
    return this.#fixed(2);
  }

  u32(): number {
    return this.#fixed(4);
  }

  u48(): number {
    return this.#fixed(6);
  }

  varint(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  text(): string {
    const bytes = this.bytes();
    return bytes.length === 0 ? '' : fromUtf8(bytes);
  }

  textMap(): Record<string, string> {
    const count = this.varint();
    const entries: [string, string][] = [];
    for (let i = 0; i < count; i++) entries.push([this.text(), this.text()]);
    return Object.fromEntries(entries);
  }

  /** Reads a record's version; a newer one than `newest` was written by a program that this one must not work beside. */
  version(newest: number): number {
    const version = this.u8();
    invariant(version >= 1 && version <= newest, `record of version ${version}; known are 1 to ${newest}`);
    return version;
  }

  #fixed(size: number): number {
    const at = this.#take(size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 0x100 + this.#bytes[at + i]!;
    return value;
  }

  #take(length: number): number {
    const at = this.#at;
    this.#at += length;
    invariant(this.#at <= this.#bytes.length, `record of ${this.#bytes.length} bytes ends early`);
    return at;
  }
}
