/**
 * Reads the bytes of blobs in order, in pieces of chunks, with a few pieces on their way before they are asked for.
 *
 * (B1) A piece's memory is used again only after the next piece was asked for, or the reader has stopped, and only when the read has ended
 *      with a view of it.
 */
import { chunkName, chunkPlacement } from '../identifiers.ts';
import type { PartitionRouter } from '../router.ts';
import type { BlobReference } from '../state/object-record.ts';
import { StoreFailure } from '../store-failure.ts';
import type { Gateway } from './options.ts';

interface Piece {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

interface Coming {
  readonly buffer: Uint8Array;
  readonly bytes: Promise<Uint8Array>;
}

/** Bytes [start, end) of the blobs taken one after the other. A piece is valid until the next one is asked for. */
export async function* readBlobs(
  { router, limits, pieces }: Pick<Gateway, 'router' | 'limits' | 'pieces'>,
  blobs: readonly BlobReference[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const coming: Coming[] = [];
  try {
    for (const piece of piecesOf(blobs, start, end, limits.readPieceBytes)) {
      const buffer = pieces.take();
      coming.push({ buffer, bytes: readPiece(router, piece, buffer) });
      if (coming.length > limits.readAheadPieces) yield* first(coming, pieces);
    }
    while (coming.length > 0) yield* first(coming, pieces);
  } finally {
    for (const { buffer, bytes } of coming)
      bytes.then((read) => giveBack(pieces, buffer, read)).catch(() => {});
  }
}

async function* first(
  coming: Coming[],
  pieces: Gateway['pieces'],
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await coming[0]!.bytes;
  yield bytes;
  giveBack(pieces, coming.shift()!.buffer, bytes);
}

/** (B1) */
function giveBack(pieces: Gateway['pieces'], buffer: Uint8Array, read: Uint8Array): void {
  if (read.buffer === buffer.buffer) pieces.give(buffer);
}

function readPiece(
  router: PartitionRouter,
  { name, offset, length }: Piece,
  into: Uint8Array,
): Promise<Uint8Array> {
  const partition = router.partitionOf(chunkPlacement(name));
  const read = router.readChunk(partition, name, offset, length, into).then((bytes) => {
    if (bytes.length === length) return bytes;
    throw new StoreFailure('DataDamaged', `Chunk ${name} gave ${bytes.length} bytes instead of ${length}.`);
  });
  // A reader that stops early never looks at what was read ahead: its failure is nobody's.
  read.catch(() => {});
  return read;
}

/** Pieces end where a multiple of `pieceBytes` in their chunk is, so that none is larger, checksummed blocks included. */
function* piecesOf(
  blobs: readonly BlobReference[],
  start: number,
  end: number,
  pieceBytes: number,
): Generator<Piece> {
  let blobStart = 0;
  for (const { blobId, size, chunkBytes } of blobs) {
    if (blobStart >= end) return;
    const from = Math.max(0, start - blobStart);
    const to = Math.min(size, end - blobStart);
    for (let at = from; at < to; ) {
      const index = Math.floor(at / chunkBytes);
      const offset = at - index * chunkBytes;
      const pieceEnd = (Math.floor(offset / pieceBytes) + 1) * pieceBytes;
      const stop = Math.min(to, index * chunkBytes + Math.min(chunkBytes, pieceEnd));
      yield { name: chunkName(blobId, index), offset, length: stop - at };
      at = stop;
    }
    blobStart += size;
  }
}
