import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '@crescendo/base';

/** The bytes of one write, unlike those of any other. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** Bytes that follow from the write's number alone; the first ones are the number, so no two writes share an ETag. */
export function makeContent(seed: number, write: number, size: number): Content {
  const bytes = seededRandom(seed * 65_537 + write).bytes(Math.max(8, size));
  new DataView(bytes.buffer).setUint32(0, write);
  return { bytes, etag: md5(bytes) };
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** S3's ETag of an object in parts. */
export function multipartEtag(partEtags: readonly string[]): string {
  const digests = Buffer.concat(partEtags.map((etag) => Buffer.from(etag, 'hex')));
  return `${md5(digests)}-${partEtags.length}`;
}

/** Everything that was ever sent, by ETag: what a read finds must be here, byte for byte. */
export class ContentRegister {
  readonly #byEtag = new Map<string, Uint8Array>();

  add({ bytes, etag }: Content): void {
    this.#byEtag.set(etag, bytes);
  }

  get(etag: string): Uint8Array | undefined {
    return this.#byEtag.get(etag);
  }
}

/** Mostly small ones, some that are cut into chunks. */
export function drawSize(random: Random, inlineBytes: number, chunkBytes: number): number {
  if (random.chance(0.6)) return 8 + random.int(inlineBytes - 8);
  return inlineBytes + 1 + random.int(4 * chunkBytes);
}
