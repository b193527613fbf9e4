/**
 * Cuts a stream of bytes into MessagePack values. It knows nothing of RPC. Whoever sends is not trusted: what is larger or deeper than the
 * limits, or is not MessagePack, is refused before memory is spent on it.
 *
 * (M1) A value is handed out only when all of it has come; until then at most `MAX_MESSAGE_BYTES` are kept.
 * (M2) Integers are exact: numbers up to 2^53 - 1, bigints beyond.
 */
export type WireValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly WireValue[]
  | ReadonlyMap<WireValue, WireValue>;

export const MAX_MESSAGE_BYTES = 16 * 1024;
const MAX_DEPTH = 8;
const MAX_ELEMENTS = 256;

/** The bytes are not a message of this protocol: nothing that follows can be understood. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}

export class MessageDecoder {
  #buffer: Buffer = Buffer.alloc(0);
  #offset = 0;

  push(bytes: Uint8Array): void {
    this.#buffer = Buffer.concat([this.#buffer.subarray(this.#offset), bytes]);
    this.#offset = 0;
  }

  /** The next value, or undefined until more bytes come. Throws `MalformedMessageError`. */
  next(): WireValue | undefined {
    const reader = new Reader(this.#buffer, this.#offset);
    const value = reader.read(0);
    if (value !== undefined) this.#offset = reader.offset;
    else if (this.#buffer.length - this.#offset > MAX_MESSAGE_BYTES) {
      throw new MalformedMessageError(`The message is longer than ${MAX_MESSAGE_BYTES} bytes.`);
    }
    return value;
  }
}

/** Reads one value; every method answers undefined when bytes are missing. */
class Reader {
  readonly #bytes: Buffer;
  offset: number;

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  read(depth: number): WireValue | undefined {
    const tag = this.#unsigned(1);
    if (tag === undefined) return undefined;
    if (depth > MAX_DEPTH) throw new MalformedMessageError(`The message nests deeper than ${MAX_DEPTH}.`);
    if (tag <= 0x7f) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if (tag <= 0x8f) return this.#map(tag & 0x0f, depth);
    if (tag <= 0x9f) return this.#array(tag & 0x0f, depth);
    if (tag <= 0xbf) return this.#text(tag & 0x1f);
    return this.#tagged(tag, depth);
  }

  #tagged(tag: number, depth: number): WireValue | undefined {
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return tag === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#slice(this.#unsigned(1 << (tag - 0xc4)));
      case 0xca:
        return this.#slice(4)?.readFloatBE(0);
      case 0xcb:
        return this.#slice(8)?.readDoubleBE(0);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (tag - 0xcc));
      case 0xcf:
        return exact(this.#slice(8)?.readBigUInt64BE(0));
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#signed(1 << (tag - 0xd0));
      case 0xd3:
        return exact(this.#slice(8)?.readBigInt64BE(0));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (tag - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(tag === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(tag === 0xde ? 2 : 4), depth);
      default:
        throw new MalformedMessageError(`The byte 0x${tag.toString(16)} begins no value that is used here.`);
    }
  }

  #array(length: number | undefined, depth: number): WireValue[] | undefined {
    if (length === undefined) return undefined;
    assertCount(length);
    const items: WireValue[] = [];
    while (items.length < length) {
      const item = this.read(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  #map(length: number | undefined, depth: number): ReadonlyMap<WireValue, WireValue> | undefined {
    if (length === undefined) return undefined;
    assertCount(length);
    const flat = this.#array(2 * length, depth);
    if (flat === undefined) return undefined;
    return new Map(Array.from({ length }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]));
  }

  #text(length: number | undefined): string | undefined {
    const bytes = this.#slice(length);
    if (bytes === undefined) return undefined;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new MalformedMessageError('A text is not UTF-8.', { cause });
    }
  }

  #unsigned(length: number): number | undefined {
    return this.#slice(length)?.readUIntBE(0, length);
  }

  #signed(length: number): number | undefined {
    return this.#slice(length)?.readIntBE(0, length);
  }

  #slice(length: number | undefined): Buffer | undefined {
    if (length === undefined) return undefined;
    if (length > MAX_MESSAGE_BYTES) {
      throw new MalformedMessageError(`A value of ${length} bytes is longer than ${MAX_MESSAGE_BYTES}.`);
    }
    if (this.offset + length > this.#bytes.length) return undefined;
    const slice = this.#bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return slice;
  }
}

function assertCount(length: number): void {
  if (length > MAX_ELEMENTS) {
    throw new MalformedMessageError(`A list of ${length} values is longer than ${MAX_ELEMENTS}.`);
  }
}

function exact(value: bigint | undefined): number | bigint | undefined {
  if (value === undefined) return undefined;
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(value) : value;
}
