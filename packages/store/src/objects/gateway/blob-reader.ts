/** Reads the bytes of blobs in order, chunk by chunk, with a few chunks on their way before they are asked for. */
import { chunkName, chunkPlacement } from '../identifiers.ts';
import type { PartitionRouter } from '../router.ts';
import type { BlobReference } from '../state/object-record.ts';
import { StoreFailure } from '../store-failure.ts';

interface Piece {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/** Bytes [start, end) of the blobs taken one after the other. */
export async function* readBlobs(
  router: PartitionRouter,
  blobs: readonly BlobReference[],
  start: number,
  end: number,
  readAheadChunks: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const coming: Promise<Uint8Array>[] = [];
  for (const piece of piecesOf(blobs, start, end)) {
    coming.push(readPiece(router, piece));
    if (coming.length > readAheadChunks) yield await coming.shift()!;
  }
  for (const piece of coming) yield await piece;
}

function readPiece(router: PartitionRouter, { name, offset, length }: Piece): Promise<Uint8Array> {
  const partition = router.partitionOf(chunkPlacement(name));
  const read = router.readChunk(partition, name, offset, length).then((bytes) => {
    if (bytes.length === length) return bytes;
    throw new StoreFailure('DataDamaged', `Chunk ${name} gave ${bytes.length} bytes instead of ${length}.`);
  });
  // A reader that stops early never looks at what was read ahead: its failure is nobody's.
  read.catch(() => {});
  return read;
}

function* piecesOf(blobs: readonly BlobReference[], start: number, end: number): Generator<Piece> {
  let blobStart = 0;
  for (const { blobId, size, chunkBytes } of blobs) {
    if (blobStart >= end) return;
    const from = Math.max(0, start - blobStart);
    const to = Math.min(size, end - blobStart);
    for (let at = from; at < to; ) {
      const index = Math.floor(at / chunkBytes);
      const stop = Math.min(to, (index + 1) * chunkBytes);
      yield { name: chunkName(blobId, index), offset: at - index * chunkBytes, length: stop - at };
      at = stop;
    }
    blobStart += size;
  }
}
