import { concatBytes, utf8 } from '@crescendo/base';
import type { ChainStart } from '../sigv4/sign-request.ts';
import type { SigningHash } from '../sigv4/signing-hash.ts';
import { ChunkSignatures } from './chunk-signatures.ts';

/**
 * Writes the `aws-chunked` coding, signed when it is given where the chain of signatures starts. The counterpart of
 * `ChunkedDecoder`, for clients and tests.
 */
export class ChunkedEncoder {
  readonly #hash: SigningHash;
  readonly #signatures: ChunkSignatures | undefined;

  constructor(hash: SigningHash, chain?: ChainStart) {
    this.#hash = hash;
    this.#signatures = chain === undefined ? undefined : new ChunkSignatures(chain);
  }

  /** One chunk that is not empty. */
  chunk(bytes: Uint8Array): Uint8Array {
    return concatBytes(utf8(this.#header(bytes)), bytes, utf8('\r\n'));
  }

  /** The empty chunk, and the trailers when there are any. */
  end(trailers: Readonly<Record<string, string>> = {}): Uint8Array {
    const names = Object.keys(trailers).sort();
    let text = this.#header(new Uint8Array(0));
    for (const name of names) text += `${name}:${trailers[name]}\r\n`;
    if (names.length > 0 && this.#signatures !== undefined) {
      const signed = names.map((name) => `${name}:${trailers[name]}\n`).join('');
      text += `x-amz-trailer-signature:${this.#signatures.signTrailers(this.#hash.sha256Hex(signed))}\r\n`;
    }
    return utf8(`${text}\r\n`);
  }

  #header(bytes: Uint8Array): string {
    const size = bytes.length.toString(16);
    if (this.#signatures === undefined) return `${size}\r\n`;
    return `${size};chunk-signature=${this.#signatures.signChunk(this.#hash.sha256Hex(bytes))}\r\n`;
  }
}
