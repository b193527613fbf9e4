import { concatBytes, copyBytes, utf8 } from '@crescendo/base';
import type { EventRule } from '../objects/event-rule.ts';
import type {
  BodySource,
  BucketInfo,
  CompleteUploadInput,
  Conditions,
  CreateUploadInput,
  ListObjectsInput,
  ListObjectsPage,
  ListPartsPage,
  ListUploadsInput,
  ListUploadsPage,
  ObjectInfo,
  ObjectRead,
  ObjectStore,
  PartInfo,
  PutObjectInput,
  UploadInfo,
  UploadTarget,
} from '../objects/object-store.ts';
import { StoreFailure } from '../objects/store-failure.ts';
import { checkReadConditions, checkWriteConditions } from './memory-conditions.ts';
import { compareText, listKeys, listPage } from './memory-listing.ts';

export interface MemoryObjectStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly minimumPartBytes?: number;
  /** Objects up to this size are handed out as `inline`. */
  readonly inlineBytes?: number;
  /** Size of the pieces that `bytes` gives. */
  readonly pieceBytes?: number;
  /** When it says so, writes fail with `StorageFull`. */
  readonly isFull?: () => boolean;
}

interface StoredObject {
  readonly info: ObjectInfo;
  readonly bytes: Uint8Array;
}

interface StoredUpload {
  readonly info: UploadInfo;
  readonly input: CreateUploadInput;
  readonly parts: Map<number, { readonly info: PartInfo; readonly bytes: Uint8Array }>;
}

interface Bucket {
  readonly info: BucketInfo;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, StoredUpload>;
  rules: readonly EventRule[];
}

/**
 * The whole of `ObjectStore` in one process's memory: what doors are tested against, and the plainest reading of the contract. It
 * keeps nothing and knows neither partitions nor replicas.
 *
 * (M1) Between the last `await` of a write and its effect nothing else runs, so writes are atomic.
 * (M2) A body that fails leaves no trace.
 */
export class MemoryObjectStore implements ObjectStore {
  readonly #buckets = new Map<string, Bucket>();
  readonly #options: MemoryObjectStoreOptions;
  #uploadCount = 0;

  constructor(options: MemoryObjectStoreOptions) {
    this.#options = options;
  }

  async createBucket(name: string): Promise<{ outcome: 'created' | 'exists' }> {
    if (this.#buckets.has(name)) return { outcome: 'exists' };
    this.#buckets.set(name, {
      info: { name, createdMs: this.#options.now() },
      objects: new Map(),
      uploads: new Map(),
      rules: [],
    });
    return { outcome: 'created' };
  }

  async headBucket(name: string): Promise<BucketInfo> {
    return this.#bucket(name).info;
  }

  async deleteBucket(name: string): Promise<void> {
    if (this.#bucket(name).objects.size > 0)
      throw new StoreFailure('BucketNotEmpty', `The bucket ${name} is not empty.`);
    this.#buckets.delete(name);
  }

  async listBuckets(): Promise<readonly BucketInfo[]> {
    return [...this.#buckets.values()]
      .map((bucket) => bucket.info)
      .sort((a, b) => compareText(a.name, b.name));
  }

  async getEventRules(name: string): Promise<readonly EventRule[]> {
    return this.#bucket(name).rules;
  }

  async putEventRules(name: string, rules: readonly EventRule[]): Promise<void> {
    this.#bucket(name).rules = rules;
  }

  async putObject(input: PutObjectInput): Promise<ObjectInfo> {
    const { bucket: name, key, headers, userMetadata, conditions } = input;
    checkWriteConditions(conditions, this.#bucket(name).objects.get(key)?.info, key);
    const { bytes, etag, checksum } = await this.#take(input.body);
    const { objects } = this.#bucket(name);
    checkWriteConditions(conditions, objects.get(key)?.info, key); // (M1)
    const info: ObjectInfo = {
      ...{ bucket: name, key, headers, userMetadata, etag },
      ...{ size: bytes.length, modifiedMs: this.#options.now() },
      ...(checksum === undefined ? {} : { checksum }),
    };
    objects.set(key, { info, bytes });
    return info;
  }

  async getObject(bucket: string, key: string, conditions: Conditions = {}): Promise<ObjectRead> {
    const stored = this.#bucket(bucket).objects.get(key);
    if (stored === undefined)
      throw new StoreFailure('NoSuchKey', `There is no object "${key}" in the bucket ${bucket}.`);
    checkReadConditions(conditions, stored.info);
    const { info, bytes } = stored;
    const pieceBytes = this.#options.pieceBytes ?? 512 * 1024;
    const read: ObjectRead = {
      info,
      async *bytes(start, end) {
        for (let at = start; at < end; at += pieceBytes)
          yield bytes.subarray(at, Math.min(end, at + pieceBytes));
      },
    };
    return bytes.length <= (this.#options.inlineBytes ?? 32 * 1024) ? { ...read, inline: bytes } : read;
  }

  async deleteObject(
    bucket: string,
    key: string,
    conditions: Conditions = {},
  ): Promise<{ existed: boolean }> {
    const { objects } = this.#bucket(bucket);
    checkWriteConditions(conditions, objects.get(key)?.info, key);
    return { existed: objects.delete(key) };
  }

  async listObjects(input: ListObjectsInput): Promise<ListObjectsPage> {
    const { objects } = this.#bucket(input.bucket);
    const listed = listKeys([...objects.keys()], input);
    return {
      ...listPage(listed, input.limit, (key) => {
        const { info } = objects.get(key)!;
        const storageClass = info.headers['x-amz-storage-class'];
        return { ...info, ...(storageClass === undefined ? {} : { storageClass }) };
      }),
    };
  }

  async createUpload(input: CreateUploadInput): Promise<UploadInfo> {
    const bucket = this.#bucket(input.bucket);
    this.#uploadCount += 1;
    const info: UploadInfo = {
      key: input.key,
      uploadId: `upload-${String(this.#uploadCount).padStart(8, '0')}`,
      initiatedMs: this.#options.now(),
      ...(input.checksumAlgorithm === undefined ? {} : { checksumAlgorithm: input.checksumAlgorithm }),
      ...(input.checksumType === undefined ? {} : { checksumType: input.checksumType }),
    };
    bucket.uploads.set(info.uploadId, { info, input, parts: new Map() });
    return info;
  }

  async getUpload(target: UploadTarget): Promise<UploadInfo> {
    return this.#upload(target).info;
  }

  async putPart(target: UploadTarget & { partNumber: number; body: BodySource }): Promise<PartInfo> {
    this.#upload(target);
    const { bytes, etag, checksum } = await this.#take(target.body);
    const info: PartInfo = {
      ...{ partNumber: target.partNumber, size: bytes.length, etag, modifiedMs: this.#options.now() },
      ...(checksum === undefined ? {} : { checksum }),
    };
    this.#upload(target).parts.set(target.partNumber, { info, bytes });
    return info;
  }

  async completeUpload(input: CompleteUploadInput): Promise<ObjectInfo> {
    const upload = this.#upload(input);
    checkWriteConditions(
      input.conditions,
      this.#bucket(input.bucket).objects.get(input.key)?.info,
      input.key,
    );
    const parts = this.#chosenParts(upload, input);
    const { etag, checksum } = await input.finish(
      parts.map((part) => part.info),
      upload.info,
    );
    const { objects, uploads } = this.#bucket(input.bucket);
    checkWriteConditions(input.conditions, objects.get(input.key)?.info, input.key); // (M1)
    const bytes = concatBytes(...parts.map((part) => part.bytes));
    const { headers, userMetadata } = upload.input;
    const info: ObjectInfo = {
      ...{ bucket: input.bucket, key: input.key, headers, userMetadata, etag },
      ...{
        size: bytes.length,
        modifiedMs: this.#options.now(),
        partSizes: parts.map((part) => part.info.size),
      },
      ...(checksum === undefined ? {} : { checksum }),
    };
    objects.set(input.key, { info, bytes });
    uploads.delete(input.uploadId);
    return info;
  }

  async abortUpload(target: UploadTarget): Promise<void> {
    this.#upload(target);
    this.#bucket(target.bucket).uploads.delete(target.uploadId);
  }

  async listParts(target: UploadTarget & { after: number; limit: number }): Promise<ListPartsPage> {
    const upload = this.#upload(target);
    const later = [...upload.parts.values()]
      .map((part) => part.info)
      .filter((part) => part.partNumber > target.after)
      .sort((a, b) => a.partNumber - b.partNumber);
    return {
      upload: upload.info,
      parts: later.slice(0, target.limit),
      truncated: later.length > target.limit,
    };
  }

  async listUploads(input: ListUploadsInput): Promise<ListUploadsPage> {
    const uploads = [...this.#bucket(input.bucket).uploads.values()]
      .map((upload) => upload.info)
      .sort((a, b) => compareText(a.key, b.key) || compareText(a.uploadId, b.uploadId))
      .filter((upload) => isLaterUpload(upload, input));
    const keys = [...new Set(uploads.map((upload) => upload.key))];
    const rows = listKeys(keys, { ...input, after: '' })
      .filter((row) => !row.prefix || compareText(row.name, input.afterKey) > 0)
      .flatMap((row): (string | UploadInfo)[] =>
        row.prefix ? [row.name] : uploads.filter((upload) => upload.key === row.name),
      );
    const shown = rows.slice(0, input.limit);
    return {
      uploads: shown.filter((row) => typeof row !== 'string'),
      commonPrefixes: shown.filter((row) => typeof row === 'string'),
      truncated: rows.length > shown.length,
    };
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new StoreFailure('NoSuchBucket', `There is no bucket "${name}".`);
    return bucket;
  }

  #upload(target: UploadTarget): StoredUpload {
    const upload = this.#bucket(target.bucket).uploads.get(target.uploadId);
    if (upload === undefined || upload.info.key !== target.key) {
      throw new StoreFailure('NoSuchUpload', `There is no upload "${target.uploadId}" of "${target.key}".`);
    }
    return upload;
  }

  async #take(body: BodySource) {
    if (this.#options.isFull?.()) throw new StoreFailure('StorageFull', 'The volumes are full.');
    const pieces: Uint8Array[] = [];
    for await (const piece of body.bytes) pieces.push(copyBytes(piece));
    return { bytes: concatBytes(...pieces), ...(await body.finish()) }; // (M2)
  }

  #chosenParts(upload: StoredUpload, input: CompleteUploadInput) {
    const chosen = input.parts.map((reference) => {
      const part = upload.parts.get(reference.partNumber);
      if (part === undefined || part.info.etag !== reference.etag) {
        throw new StoreFailure(
          'InvalidPart',
          `Part ${reference.partNumber} is not there with the tag "${reference.etag}".`,
        );
      }
      return part;
    });
    const least = this.#options.minimumPartBytes ?? 5 * 1024 * 1024;
    const small = chosen.slice(0, -1).find((part) => part.info.size < least);
    if (small === undefined) return chosen;
    throw new StoreFailure(
      'EntityTooSmall',
      `Part ${small.info.partNumber} has ${small.info.size} bytes, less than ${least}.`,
    );
  }
}

function isLaterUpload(upload: UploadInfo, input: ListUploadsInput): boolean {
  if (input.afterKey === '') return true;
  const order = compareText(upload.key, input.afterKey);
  if (order !== 0) return order > 0;
  return input.afterUploadId !== '' && compareText(upload.uploadId, input.afterUploadId) > 0;
}

/** Bytes of a text, for tests that fill the store by hand. */
export function bodyOf(text: string, etag: string): BodySource {
  const bytes = utf8(text);
  return {
    size: bytes.length,
    bytes: (async function* () {
      yield bytes;
    })(),
    finish: async () => ({ etag }),
  };
}
