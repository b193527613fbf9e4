/**
 * Objects and their chunks, compared with each other on the disks.
 *
 * (C4) Every chunk that an object refers to is registered, and lies with the right bytes on a majority of its partition's voters.
 * (C6) At any time every registered chunk lies on a majority of the voters, as long as no disk was destroyed.
 * (C5) Once the sweep is through, every registered chunk is referred to by some object or part.
 */
import { createHash } from 'node:crypto';
import { utf8 } from '@crescendo/base';
import { partitionOfName } from '../../../store/src/host/partition-of-name.ts';
import {
  chunkCount,
  chunkName,
  chunkPlacement,
  objectPlacement,
} from '../../../store/src/objects/identifiers.ts';
import type { FoundObject } from '../../../store/src/objects/query.ts';
import { type BlobReference, decodeManifest } from '../../../store/src/objects/state/object-record.ts';
import type { GroupId } from '../ports.ts';
import type { ContentRegister } from '../store/contents.ts';
import type { ExpectedObject } from '../store/store-history.ts';
import { ask, type GroupView, registeredChunks, type StoreView } from './group-view.ts';

/** A text for each chunk of these objects that is missing, wrong or on too few disks. */
export function checkChunks(
  view: StoreView,
  contents: ContentRegister,
  objects: readonly ExpectedObject[],
): string[] {
  return objects.flatMap((object) => checkObject(view, contents, object));
}

function checkObject(
  view: StoreView,
  contents: ContentRegister,
  { bucket, key, etag }: ExpectedObject,
): string[] {
  const name = `${bucket}/${key}`;
  const group = groupOf(view, objectPlacement(bucket, key));
  const generation = generationOf(view, bucket);
  if (generation === undefined) return [`${name}: its bucket is not there`];
  const found = ask(group, { type: 'object', bucket, generation, key });
  if (!found.ok) return [`${name}: its partition says ${found.code}`];
  if (found.etag !== etag) return [`${name}: its partition has ${found.etag}, a client read ${etag}`];
  const bytes = contents.get(etag)!;
  const blobs = blobsOf(found);
  let at = 0;
  const problems: string[] = [];
  for (const blob of blobs) {
    problems.push(...checkBlob(view, name, blob, bytes.subarray(at, at + blob.size)));
    at += blob.size;
  }
  const inline = found.inline ?? new Uint8Array(0);
  if (Buffer.compare(inline, bytes.subarray(at)) !== 0)
    problems.push(`${name}: the bytes that are kept inline are wrong`);
  return problems;
}

/** In the order of the object's bytes; what is kept inline comes behind them. */
function blobsOf({ blob, manifest }: FoundObject): readonly BlobReference[] {
  if (blob !== undefined) return [blob];
  return manifest === undefined ? [] : decodeManifest(manifest);
}

function checkBlob(view: StoreView, object: string, blob: BlobReference, bytes: Uint8Array): string[] {
  const problems: string[] = [];
  for (let i = 0; i < chunkCount(blob.size, blob.chunkBytes); i++) {
    const name = chunkName(blob.blobId, i);
    const group = groupOf(view, chunkPlacement(name));
    const wanted = bytes.subarray(i * blob.chunkBytes, (i + 1) * blob.chunkBytes);
    const { voters } = group.membership;
    const good = voters.filter((voter) => {
      const lies = view.holders.get(voter)?.volume.chunks.peek(name);
      return lies !== undefined && Buffer.compare(lies, wanted) === 0;
    });
    const info = ask(group, { type: 'chunkInfo', name });
    if (!info.ok || info.chunk === undefined) problems.push(`${object}: chunk ${name} is not registered`);
    if (good.length * 2 <= voters.length) {
      problems.push(
        `${object}: chunk ${name} lies on ${good.length} of ${voters.length} voters of group ${group.group}`,
      );
    }
  }
  return problems;
}

function groupOf({ system, groups }: StoreView, placement: Uint8Array): GroupView {
  const digest = createHash('sha1').update(placement).digest();
  const partition = partitionOfName(digest, system.partitionCount);
  return groups.find(({ group }) => group === String(partition))!;
}

function generationOf(view: StoreView, bucket: string): string | undefined {
  const answer = ask(groupOf(view, utf8(bucket)), { type: 'bucket', bucket });
  return answer.ok ? answer.generation : undefined;
}

/**
 * (C6) A chunk that lies on too few disks. Groups whose newest state went down with its process are left out: `newestApplied` is how far
 * they had come.
 */
export function findScatteredChunk(
  view: StoreView,
  newestApplied: (group: GroupId) => number,
): string | undefined {
  for (const group of view.groups) {
    if (group.applied < newestApplied(group.group)) continue;
    const { voters } = group.membership;
    for (const { name, size } of registeredChunks(group)) {
      const holders = voters.filter(
        (voter) => view.holders.get(voter)?.volume.chunks.peek(name)?.length === size,
      );
      if (holders.length * 2 <= voters.length) {
        return `chunk ${name} lies on ${holders.length} of the ${voters.length} voters of group ${group.group}`;
      }
    }
  }
  return undefined;
}

/** (C5) Names of registered chunks that none of these objects refers to. Uploads must be none. */
export function findUnreferenced(view: StoreView, isReferenced: (name: string) => boolean): string[] {
  return view.groups
    .flatMap((group) => registeredChunks(group).map(({ name }) => name))
    .filter((name) => !isReferenced(name));
}

/** Names of all chunks of these objects. */
export function referencedChunks(view: StoreView, objects: readonly ExpectedObject[]): Set<string> {
  const names = new Set<string>();
  for (const { bucket, key } of objects) {
    const generation = generationOf(view, bucket);
    if (generation === undefined) continue;
    const found = ask(groupOf(view, objectPlacement(bucket, key)), {
      type: 'object',
      bucket,
      generation,
      key,
    });
    if (!found.ok) continue;
    for (const blob of blobsOf(found)) {
      for (let i = 0; i < chunkCount(blob.size, blob.chunkBytes); i++) names.add(chunkName(blob.blobId, i));
    }
  }
  return names;
}
