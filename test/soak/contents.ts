/** Bodies that no two writes share, and what is known of each, by its ETag. */
import { createHash, randomFillSync } from 'node:crypto';
import { md5Hex } from '../e2e/testing/s3-client.ts';

export interface Content {
  readonly etag: string;
  readonly bytes: number;
  readonly sha256: string;
}

export class Contents {
  readonly #known = new Map<string, Content>();

  /** A new body; `parts` gives the sizes of a multipart upload. */
  make(parts: readonly number[]): { readonly pieces: readonly Buffer[]; readonly content: Content } {
    const pieces = parts.map((size) => randomFillSync(Buffer.allocUnsafe(Math.max(16, size))));
    const digests = pieces.map((piece) => Buffer.from(md5Hex(piece), 'hex'));
    const etag =
      pieces.length === 1 ? md5Hex(pieces[0]!) : `${md5Hex(Buffer.concat(digests))}-${pieces.length}`;
    const whole = createHash('sha256');
    for (const piece of pieces) whole.update(piece);
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const content = { etag, bytes, sha256: whole.digest('hex') };
    this.#known.set(etag, content);
    return { pieces, content };
  }

  /** Why the body is not the one that was written with this ETag; undefined when it is. */
  fault(etag: string, body: Uint8Array): string | undefined {
    const content = this.#known.get(etag);
    if (content === undefined) return `nobody wrote an object with ETag ${etag}`;
    if (body.length !== content.bytes) return `${body.length} bytes of ${content.bytes}`;
    const found = createHash('sha256').update(body).digest('hex');
    return found === content.sha256 ? undefined : 'other bytes than were written';
  }
}
