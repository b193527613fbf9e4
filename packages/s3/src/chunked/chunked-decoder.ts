import { fromUtf8Lenient } from '@crescendo/base';
import { S3Error } from '../errors/s3-error.ts';

export interface ChunkedFormat {
  /** Chunks carry signatures. */
  readonly signed: boolean;
  /** Trailers follow the last chunk (and carry a signature when the chunks do). */
  readonly trailer: boolean;
  /** Names that `x-amz-trailer` announced, in lower case. */
  readonly trailerNames: readonly string[];
  /** `x-amz-decoded-content-length`. */
  readonly decodedLength: number;
}

export type ChunkedEvent =
  /** Bytes of the chunk that is open; a view of what was pushed. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** The chunk is whole. The last one is empty. `signature` is there when chunks are signed. */
  | { readonly kind: 'chunkEnd'; readonly signature?: string }
  /** Comes last, when the format has trailers. `signedText` is what the trailers' signature covers. */
  | {
      readonly kind: 'trailers';
      readonly values: ReadonlyMap<string, string>;
      readonly signature?: string;
      readonly signedText: string;
    };

const MAX_LINE_BYTES = 1_024;
const MAX_TRAILERS = 8;
const CR = 13;
const LF = 10;

type State = 'size' | 'data' | 'dataEnd' | 'trailers' | 'done';

/**
 * Takes the `aws-chunked` coding apart, pushed in pieces of any length. It neither hashes nor verifies: see `ChunkSignatures`.
 *
 * (D1) It never holds more than one line; data go through as views.
 * (D2) Never more than `decodedLength` bytes come out, and `end` fails unless exactly as many did.
 */
export class ChunkedDecoder {
  readonly #format: ChunkedFormat;
  readonly #trailers = new Map<string, string>();
  #state: State = 'size';
  #line: number[] = [];
  #left = 0;
  #decoded = 0;
  #signature = '';
  #trailerSignature: string | undefined;
  #slack = 0;

  constructor(format: ChunkedFormat) {
    this.#format = format;
  }

  push(bytes: Uint8Array): ChunkedEvent[] {
    const events: ChunkedEvent[] = [];
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#state === 'data') offset = this.#takeData(bytes, offset, events);
      else if (this.#state === 'done') offset = this.#takeSlack(bytes, offset);
      else offset = this.#takeLine(bytes, offset, events);
    }
    return events;
  }

  /** The body has ended. Fails with `IncompleteBody` when it was cut short. */
  end(): void {
    if (this.#state !== 'done') throw incomplete(this.#format.decodedLength, this.#decoded);
  }

  #takeData(bytes: Uint8Array, offset: number, events: ChunkedEvent[]): number {
    const end = Math.min(bytes.length, offset + this.#left);
    events.push({ kind: 'data', bytes: bytes.subarray(offset, end) });
    this.#left -= end - offset;
    this.#decoded += end - offset;
    if (this.#left === 0) this.#state = 'dataEnd';
    return end;
  }

  #takeLine(bytes: Uint8Array, offset: number, events: ChunkedEvent[]): number {
    const lineEnd = bytes.indexOf(LF, offset);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    if (this.#line.length + end - offset > MAX_LINE_BYTES) {
      throw new S3Error(
        'InvalidRequest',
        `A line of the chunked body is longer than ${MAX_LINE_BYTES} bytes.`,
      );
    }
    for (let i = offset; i < end; i++) this.#line.push(bytes[i]!);
    if (lineEnd < 0) return end;
    if (this.#line.at(-1) === CR) this.#line.pop();
    const line = fromUtf8Lenient(Uint8Array.from(this.#line));
    this.#line = [];
    this.#handleLine(line, events);
    return lineEnd + 1;
  }

  #handleLine(line: string, events: ChunkedEvent[]): void {
    switch (this.#state) {
      case 'size':
        this.#openChunk(line, events);
        return;
      case 'dataEnd':
        if (line !== '')
          throw new S3Error('InvalidChunkSizeError', 'A chunk is longer than its header says.');
        events.push(this.#chunkEnd());
        this.#state = 'size';
        return;
      default:
        this.#handleTrailerLine(line, events);
    }
  }

  #openChunk(line: string, events: ChunkedEvent[]): void {
    const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (match === null)
      throw new S3Error('InvalidChunkSizeError', `"${line.slice(0, 100)}" is not a chunk header.`);
    if (this.#format.signed && match[2] === undefined) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'A chunk has no chunk-signature although the body is declared signed.',
      );
    }
    this.#signature = match[2] ?? '';
    this.#left = Number.parseInt(match[1]!, 16);
    if (this.#decoded + this.#left > this.#format.decodedLength) {
      throw incomplete(this.#format.decodedLength, this.#decoded + this.#left); // (D2)
    }
    if (this.#left > 0) {
      this.#state = 'data';
      return;
    }
    if (this.#decoded !== this.#format.decodedLength)
      throw incomplete(this.#format.decodedLength, this.#decoded);
    events.push(this.#chunkEnd());
    this.#state = 'trailers';
  }

  #chunkEnd(): ChunkedEvent {
    return this.#format.signed ? { kind: 'chunkEnd', signature: this.#signature } : { kind: 'chunkEnd' };
  }

  #handleTrailerLine(line: string, events: ChunkedEvent[]): void {
    if (line !== '') {
      this.#addTrailer(line);
      return;
    }
    // Some clients put an empty line between the trailers and their signature.
    if (this.#format.signed && this.#trailers.size > 0 && this.#trailerSignature === undefined) {
      if (++this.#slack > 2) throw malformedTrailer('the trailers carry no x-amz-trailer-signature');
      return;
    }
    if (this.#format.trailer) events.push(this.#finishTrailers());
    this.#state = 'done';
    this.#slack = 0;
  }

  #addTrailer(line: string): void {
    if (!this.#format.trailer) throw malformedTrailer('the body is not declared to have trailers');
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      this.#trailerSignature = value;
      return;
    }
    if (!this.#format.trailerNames.includes(name))
      throw malformedTrailer(`"${name}" was not announced by x-amz-trailer`);
    if (this.#trailers.has(name) || this.#trailers.size >= MAX_TRAILERS)
      throw malformedTrailer(`too many of "${name}"`);
    this.#trailers.set(name, value);
  }

  #finishTrailers(): ChunkedEvent {
    const missing = this.#format.trailerNames.find((name) => !this.#trailers.has(name));
    if (missing !== undefined)
      throw malformedTrailer(`"${missing}" was announced by x-amz-trailer and did not come`);
    const signedText = [...this.#trailers]
      .sort()
      .map(([name, value]) => `${name}:${value}\n`)
      .join('');
    const common = { kind: 'trailers', values: this.#trailers, signedText } as const;
    return this.#trailerSignature === undefined ? common : { ...common, signature: this.#trailerSignature };
  }

  /** Line ends after the end do no harm, anything else does. */
  #takeSlack(bytes: Uint8Array, offset: number): number {
    for (let i = offset; i < bytes.length; i++) {
      if ((bytes[i] !== CR && bytes[i] !== LF) || ++this.#slack > 4) {
        throw new S3Error('InvalidRequest', 'Bytes follow the end of the chunked body.');
      }
    }
    return bytes.length;
  }
}

function incomplete(expected: number, received: number): S3Error {
  return new S3Error(
    'IncompleteBody',
    `You did not provide the number of bytes specified by the x-amz-decoded-content-length header: ${expected} announced, ${received} in chunks.`,
  );
}

function malformedTrailer(reason: string): S3Error {
  return new S3Error('MalformedTrailerError', `The trailing data was not well-formed: ${reason}.`);
}
