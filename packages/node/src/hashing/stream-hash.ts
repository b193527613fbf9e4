import { createHash } from 'node:crypto';
import type { ChecksumAlgorithm } from '@crescendo/s3';
import { crc32, crc32c } from '@node-rs/crc32';
import { Crc64Nvme } from './crc64.ts';

export type DigestName = ChecksumAlgorithm | 'MD5';

/** A digest of bytes that come in pieces. */
export interface StreamHash {
  update(bytes: Uint8Array): void;
  /** Ends the stream. Numbers come with the most significant byte first. */
  digest(): Uint8Array;
}

export function createStreamHash(name: DigestName): StreamHash {
  switch (name) {
    case 'CRC32':
      return new Crc32Stream(crc32);
    case 'CRC32C':
      return new Crc32Stream(crc32c);
    case 'CRC64NVME':
      return new Crc64Nvme();
    default:
      return createHash(name.toLowerCase());
  }
}

/** The digest of bytes that are there as a whole. */
export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  const stream = createStreamHash(name);
  stream.update(bytes);
  return stream.digest();
}

type CrcFunction = (bytes: Uint8Array, state?: number) => number;

class Crc32Stream implements StreamHash {
  readonly #crc: CrcFunction;
  #state = 0;

  constructor(crc: CrcFunction) {
    this.#crc = crc;
  }

  update(bytes: Uint8Array): void {
    this.#state = this.#crc(bytes, this.#state);
  }

  digest(): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.#state);
    return bytes;
  }
}
