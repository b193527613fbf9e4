import { Packr } from 'msgpackr';

/**
 * Frames of the peer protocol: `u32 length | u8 type | u32 header length | header (MessagePack) | body`. `length` counts what follows it;
 * numbers are big-endian.
 */
export const FRAME = { handshake: 1, messages: 2, request: 3, reply: 4, failure: 5 } as const;

export const MAX_FRAME_BYTES = 24 * 1024 * 1024;
const PREFIX_BYTES = 4;
const HEAD_BYTES = 5;

const packr = new Packr({ useRecords: false, mapsAsObjects: true, copyBuffers: true, int64AsType: 'number' });
const NO_BYTES = new Uint8Array(0);

export interface Frame {
  readonly type: number;
  readonly header: unknown;
  /** A view of the frame's own memory: it may be kept. */
  readonly body: Uint8Array;
}

/** The bytes to write, in order; the body is not copied. */
export function encodeFrame(type: number, header: unknown, body: Uint8Array = NO_BYTES): Uint8Array[] {
  const packed = packr.encode(header);
  const head = Buffer.allocUnsafe(PREFIX_BYTES + HEAD_BYTES);
  head.writeUInt32BE(HEAD_BYTES + packed.length + body.length, 0);
  head.writeUInt8(type, PREFIX_BYTES);
  head.writeUInt32BE(packed.length, PREFIX_BYTES + 1);
  return body.length === 0 ? [head, packed] : [head, packed, body];
}

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Memory of at least `length` bytes that the body of this frame is put in; undefined for memory of its own. */
export type BodyMemory = (type: number, header: unknown, length: number) => Uint8Array | undefined;

/** Cuts a stream into frames. Large frames are gathered in memory of their own, small ones are looked at where they lie. */
export class FrameDecoder {
  private readonly maxBytes: () => number;
  private readonly onFrame: (frame: Frame) => void;
  private readonly bodyMemory: BodyMemory | undefined;
  private readonly prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  private prefixFilled = 0;
  private frame: Buffer | undefined;
  private filled = 0;
  /** The frame whose body is being gathered, when `frame` is the body alone. */
  private opened: { readonly type: number; readonly header: unknown } | undefined;

  constructor(maxBytes: () => number, onFrame: (frame: Frame) => void, bodyMemory?: BodyMemory) {
    this.maxBytes = maxBytes;
    this.onFrame = onFrame;
    this.bodyMemory = bodyMemory;
  }

  /** Throws a FrameError when the stream can't be one of frames. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length)
      offset = this.frame === undefined ? this.begin(chunk, offset) : this.fill(chunk, offset);
  }

  private begin(chunk: Buffer, start: number): number {
    let offset = start;
    while (this.prefixFilled < PREFIX_BYTES && offset < chunk.length)
      this.prefix[this.prefixFilled++] = chunk[offset++]!;
    if (this.prefixFilled < PREFIX_BYTES) return offset;
    this.prefixFilled = 0;
    const length = this.prefix.readUInt32BE(0);
    if (length < HEAD_BYTES || length > this.maxBytes()) {
      throw new FrameError(`a frame of ${length} bytes; ${HEAD_BYTES} to ${this.maxBytes()} are allowed`);
    }
    if (chunk.length - offset >= length) {
      this.parse(chunk.subarray(offset, offset + length), true);
      return offset + length;
    }
    this.filled = 0;
    return this.openBody(chunk, offset, length) ?? this.openWhole(offset, length);
  }

  private openWhole(offset: number, length: number): number {
    this.frame = Buffer.allocUnsafeSlow(length);
    return offset;
  }

  /** When the header is there already, the body may go straight where it is wanted. */
  private openBody(chunk: Buffer, offset: number, length: number): number | undefined {
    if (this.bodyMemory === undefined || chunk.length - offset < HEAD_BYTES) return undefined;
    const headBytes = HEAD_BYTES + chunk.readUInt32BE(offset + 1);
    const bodyBytes = length - headBytes;
    if (chunk.length - offset < headBytes || bodyBytes < 1) return undefined;
    const type = chunk[offset]!;
    const header = decodeHeader(chunk.subarray(offset + HEAD_BYTES, offset + headBytes));
    const memory = this.bodyMemory(type, header, bodyBytes);
    if (memory === undefined) return undefined;
    this.opened = { type, header };
    this.frame = Buffer.from(memory.buffer, memory.byteOffset, bodyBytes);
    return offset + headBytes;
  }

  private fill(chunk: Buffer, offset: number): number {
    const frame = this.frame!;
    const taken = Math.min(frame.length - this.filled, chunk.length - offset);
    chunk.copy(frame, this.filled, offset, offset + taken);
    this.filled += taken;
    if (this.filled === frame.length) {
      const { opened } = this;
      this.frame = undefined;
      this.opened = undefined;
      if (opened === undefined) this.parse(frame, false);
      else this.onFrame({ ...opened, body: frame });
    }
    return offset + taken;
  }

  private parse(bytes: Buffer, isShared: boolean): void {
    const headerEnd = HEAD_BYTES + bytes.readUInt32BE(1);
    if (headerEnd > bytes.length) throw new FrameError('a header that reaches past its frame');
    const header = decodeHeader(bytes.subarray(HEAD_BYTES, headerEnd));
    const body = bytes.subarray(headerEnd);
    this.onFrame({ type: bytes[0]!, header, body: isShared && body.length > 0 ? Buffer.from(body) : body });
  }
}

function decodeHeader(bytes: Buffer): unknown {
  try {
    return packr.decode(bytes);
  } catch (cause) {
    throw new FrameError('a header that is not MessagePack', { cause });
  }
}
