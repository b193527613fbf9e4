/** Deleting a blob's chunks, wherever they lie. The caller has made sure that nothing will ever refer to them. */
import { accept } from '../gateway/refusal.ts';
import { type BlobId, chunkCount, chunkName, chunkPlacement } from '../identifiers.ts';
import type { PartitionRouter } from '../router.ts';
import type { BlobReference } from '../state/object-record.ts';
import { inParallel } from './parallel.ts';

const PARALLEL = 8;
const CHUNKS_AT_ONCE = 1_000;

/** Gives up a blob that was not committed: only when its owner says "aborted" are the chunks deleted. (A2) */
export async function discardBlob(
  router: PartitionRouter,
  owner: number,
  blobId: BlobId,
  chunks: readonly string[],
): Promise<void> {
  const { states } = accept(await router.execute(owner, { type: 'resolveBlobs', blobIds: [blobId] }));
  if (states[0] === 'aborted') await deleteChunks(router, chunks);
}

export function chunksOf({ blobId, size, chunkBytes }: BlobReference): string[] {
  return Array.from({ length: chunkCount(size, chunkBytes) }, (_, index) => chunkName(blobId, index));
}

/** Resolves to how many were there. */
export async function deleteChunks(router: PartitionRouter, chunks: readonly string[]): Promise<number> {
  const byPartition = new Map<number, string[]>();
  for (const name of chunks) {
    const partition = router.partitionOf(chunkPlacement(name));
    const names = byPartition.get(partition);
    if (names === undefined) byPartition.set(partition, [name]);
    else names.push(name);
  }
  const batches = [...byPartition].flatMap(([partition, names]) =>
    Array.from({ length: Math.ceil(names.length / CHUNKS_AT_ONCE) }, (_, i) => {
      return { partition, names: names.slice(i * CHUNKS_AT_ONCE, (i + 1) * CHUNKS_AT_ONCE) };
    }),
  );
  const deleted = await inParallel(batches, PARALLEL, async ({ partition, names }) => {
    return accept(await router.execute(partition, { type: 'deleteChunks', names })).deleted;
  });
  return deleted.reduce((sum, count) => sum + count, 0);
}
