/** Texts as streams for tests. */

/** The bytes in chunks of the sizes that `next` gives, without end. */
export async function* inChunks(bytes: Uint8Array, next: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(1, next());
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export function ofText(text: string, size = 65_536): AsyncGenerator<Uint8Array> {
  return inChunks(Buffer.from(text), () => size);
}
