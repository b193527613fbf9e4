/**
 * An object store of a hundred lines on one shared map, to try the workload and the checkers on: right as it stands, wrong in
 * one way when told so. Nothing of the production code is in it.
 */
import { type Clock, type Random, sleep } from '@crescendo/base';
import { StoreFailure, type StoreFailureCode } from '../../../store/src/objects/store-failure.ts';
import type { BodySource, Conditions, ObjectStore } from '../ports.ts';
import type { Launch } from '../store/node-launch.ts';

export type ToyDefect =
  | 'none'
  | 'stale reads'
  | 'forgets writes'
  | 'ignores conditions'
  | 'lists late'
  | 'wrong bytes';

interface ToyObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** What all toy nodes share: in truth there is one copy only. */
export interface ToyState {
  readonly defect: ToyDefect;
  readonly buckets: Map<string, Map<string, ToyObject>>;
  readonly earlier: Map<string, ToyObject>;
  readonly uploads: Map<string, Map<number, ToyObject>>;
}

export function toyState(defect: ToyDefect = 'none'): ToyState {
  return { defect, buckets: new Map(), earlier: new Map(), uploads: new Map() };
}

export function toyLaunch(state: ToyState): Launch {
  return async ({ process, random }) => ({
    store: toyStore(state, process, random),
    stop: () => sleep(process, 10),
  });
}

function toyStore(state: ToyState, clock: Clock, random: Random): ObjectStore {
  const pause = (): Promise<void> => sleep(clock, random.int(40));
  const objectsOf = (bucket: string): Map<string, ToyObject> => {
    const objects = state.buckets.get(bucket);
    if (objects === undefined) throw refusal('NoSuchBucket');
    return objects;
  };
  const sometimes = (defect: ToyDefect): boolean => state.defect === defect && random.chance(0.2);

  const put = (bucket: string, key: string, object: ToyObject, conditions: Conditions): void => {
    const objects = objectsOf(bucket);
    const before = objects.get(key);
    if (!sometimes('ignores conditions')) check(conditions, before);
    if (before !== undefined) state.earlier.set(`${bucket}/${key}`, before);
    if (!sometimes('forgets writes')) objects.set(key, object);
  };

  const done = async <T>(work: () => T): Promise<T> => {
    await pause();
    const result = work();
    await pause();
    return result;
  };

  const unused = (): Promise<never> => Promise.reject(new Error('the toy does not know this'));

  return {
    createBucket: (name) =>
      done(() => {
        if (state.buckets.has(name)) return { outcome: 'exists' };
        state.buckets.set(name, new Map());
        return { outcome: 'created' };
      }),
    headBucket: (name) =>
      done(() => {
        objectsOf(name);
        return { name, createdMs: 0 };
      }),
    deleteBucket: (name) =>
      done(() => {
        if (objectsOf(name).size > 0) throw refusal('BucketNotEmpty');
        state.buckets.delete(name);
      }),
    listBuckets: unused,
    getEventRules: unused,
    putEventRules: unused,
    putObject: async ({ bucket, key, body, conditions }) => {
      const object = await take(body);
      return done(() => {
        put(bucket, key, object, conditions);
        return infoOf(bucket, key, object);
      });
    },
    getObject: (bucket, key) =>
      done(() => {
        const now = objectsOf(bucket).get(key);
        const object = sometimes('stale reads') ? (state.earlier.get(`${bucket}/${key}`) ?? now) : now;
        if (object === undefined) throw refusal('NoSuchKey');
        const wrong = sometimes('wrong bytes');
        return {
          info: infoOf(bucket, key, object),
          bytes: async function* (start: number, end: number) {
            await pause();
            yield wrong ? object.bytes.slice(start, end).reverse() : object.bytes.slice(start, end);
          },
        };
      }),
    deleteObject: (bucket, key, conditions = {}) =>
      done(() => {
        const objects = objectsOf(bucket);
        check(conditions, objects.get(key));
        return { existed: objects.delete(key) };
      }),
    listObjects: ({ bucket, prefix, limit }) =>
      done(() => {
        const hidden = sometimes('lists late') ? 1 : 0;
        const all = [...objectsOf(bucket)]
          .filter(([key]) => key.startsWith(prefix))
          .sort(([a], [b]) => (a < b ? -1 : 1));
        const objects = all
          .slice(0, limit)
          .map(([key, { etag, bytes }]) => ({ key, etag, size: bytes.length, modifiedMs: 0 }));
        const truncated = all.length > limit;
        const nextAfter = truncated ? { nextAfter: objects.at(-1)!.key } : {};
        return { objects: objects.slice(hidden), commonPrefixes: [], truncated, ...nextAfter };
      }),
    createUpload: ({ bucket, key }) =>
      done(() => {
        objectsOf(bucket);
        const uploadId = random.int(2 ** 40).toString(16);
        state.uploads.set(uploadId, new Map());
        return { key, uploadId, initiatedMs: 0 };
      }),
    getUpload: unused,
    putPart: async ({ uploadId, partNumber, body }) => {
      const object = await take(body);
      return done(() => {
        state.uploads.get(uploadId)!.set(partNumber, object);
        return { partNumber, size: object.bytes.length, etag: object.etag, modifiedMs: 0 };
      });
    },
    completeUpload: async ({ bucket, key, uploadId, conditions, finish }) => {
      const parts = [...state.uploads.get(uploadId)!.entries()].sort(([a], [b]) => a - b);
      const infos = parts.map(([partNumber, { bytes, etag }]) => ({
        partNumber,
        size: bytes.length,
        etag,
        modifiedMs: 0,
      }));
      const { etag } = await finish(infos, { key, uploadId, initiatedMs: 0 });
      const object = { etag, bytes: Uint8Array.from(Buffer.concat(parts.map(([, { bytes }]) => bytes))) };
      return done(() => {
        put(bucket, key, object, conditions);
        return infoOf(bucket, key, object);
      });
    },
    abortUpload: unused,
    listParts: unused,
    listUploads: () => Promise.resolve({ uploads: [], commonPrefixes: [], truncated: false }),
  };
}

async function take(body: BodySource): Promise<ToyObject> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body.bytes) pieces.push(piece);
  const { etag } = await body.finish();
  return { bytes: Uint8Array.from(Buffer.concat(pieces)), etag };
}

function check(conditions: Conditions, before: ToyObject | undefined): void {
  if (conditions.ifNoneMatch !== undefined && before !== undefined) throw refusal('PreconditionFailed');
  if (conditions.ifMatch === undefined) return;
  if (before === undefined) throw refusal('NoSuchKey');
  if (!conditions.ifMatch.includes(before.etag)) throw refusal('PreconditionFailed');
}

function infoOf(bucket: string, key: string, { bytes, etag }: ToyObject) {
  return { bucket, key, size: bytes.length, etag, modifiedMs: 0, headers: {}, userMetadata: {} };
}

function refusal(code: StoreFailureCode): StoreFailure {
  return new StoreFailure(code, `the toy says ${code}`);
}
