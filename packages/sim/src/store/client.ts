/**
 * Asks the production object store for one thing and says what came of it. It knows the store's interface and failures, and
 * nothing of nodes.
 */
import { Failure, type Random } from '@crescendo/base';
import type { BodySource, Conditions, ObjectStore } from '../ports.ts';
import type { Process } from '../world/machine.ts';
import { type Content, type ContentRegister, md5, multipartEtag } from './contents.ts';
import type { Request, Response, WriteCondition } from './operation.ts';

/** These answers mean that nothing was changed, whatever was asked for. */
const REFUSALS = new Set([
  'NoSuchBucket',
  'BucketNotEmpty',
  'NoSuchKey',
  'NoSuchUpload',
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'EntityTooLarge',
  'KeyTooLong',
  'PreconditionFailed',
  'Conflict',
  'StorageFull',
]);

const SLOW_SENDERS = 0.04;
const SLOWEST_PAUSE_MS = 20_000;

export class Client {
  readonly #contents: ContentRegister;
  readonly #random: Random;
  /** Reads that found wrong bytes: a violation whatever else happens. */
  readonly wrongBytes: string[] = [];

  constructor(contents: ContentRegister, random: Random) {
    this.#contents = contents;
    this.#random = random;
  }

  async perform(process: Process, store: ObjectStore, request: Request): Promise<Response> {
    try {
      return await this.#perform(process, store, request);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const isRead = request.kind === 'get' || request.kind === 'list' || request.kind === 'headBucket';
      if (isRead || REFUSALS.has(error.code)) return { kind: 'failed', code: error.code };
      return { kind: 'unknown', why: error.code };
    }
  }

  async #perform(process: Process, store: ObjectStore, request: Request): Promise<Response> {
    switch (request.kind) {
      case 'put':
        return request.parts > 0
          ? this.#putParts(process, store, request)
          : this.#put(process, store, request);
      case 'get':
        return this.#get(store, request.bucket, request.key);
      case 'delete': {
        const { existed } = await store.deleteObject(
          request.bucket,
          request.key,
          conditionsOf(request.condition),
        );
        return { kind: 'deleted', existed };
      }
      case 'list':
        return this.#list(store, request);
      case 'createBucket':
        return { kind: 'bucket', outcome: (await store.createBucket(request.bucket)).outcome };
      case 'deleteBucket':
        await store.deleteBucket(request.bucket);
        return { kind: 'ok' };
      case 'headBucket':
        await store.headBucket(request.bucket);
        return { kind: 'ok' };
    }
  }

  async #put(process: Process, store: ObjectStore, request: Request & { kind: 'put' }): Promise<Response> {
    const bytes = this.#contents.get(request.etag)!;
    await store.putObject({
      bucket: request.bucket,
      key: request.key,
      headers: { 'content-type': 'application/octet-stream' },
      userMetadata: {},
      conditions: conditionsOf(request.condition),
      body: this.#body(process, { bytes, etag: request.etag }),
    });
    return { kind: 'ok' };
  }

  /** What the parts were is known again from the whole: they are cut evenly. */
  async #putParts(
    process: Process,
    store: ObjectStore,
    request: Request & { kind: 'put' },
  ): Promise<Response> {
    const { bucket, key, parts } = request;
    const whole = this.#contents.get(request.etag)!;
    // Nothing before the completion can change what is seen, so a failure there is a refusal.
    const begun = await this.#uploadParts(process, store, request, splitParts(whole, parts)).catch(asRefusal);
    if ('kind' in begun) return begun;
    await store.completeUpload({
      bucket,
      key,
      uploadId: begun.uploadId,
      parts: begun.parts,
      conditions: conditionsOf(request.condition),
      finish: async (infos) => ({ etag: multipartEtag(infos.map(({ etag }) => etag)) }),
    });
    return { kind: 'ok' };
  }

  async #uploadParts(
    process: Process,
    store: ObjectStore,
    { bucket, key }: Request & { kind: 'put' },
    pieces: readonly Uint8Array[],
  ): Promise<{ uploadId: string; parts: { partNumber: number; etag: string }[] }> {
    const { uploadId } = await store.createUpload({ bucket, key, headers: {}, userMetadata: {} });
    const parts: { partNumber: number; etag: string }[] = [];
    for (const [i, bytes] of pieces.entries()) {
      const etag = md5(bytes);
      const partNumber = i + 1;
      await store.putPart({ bucket, key, uploadId, partNumber, body: this.#body(process, { bytes, etag }) });
      parts.push({ partNumber, etag });
    }
    return { uploadId, parts };
  }

  #body(process: Process, { bytes, etag }: Content): BodySource {
    const random = this.#random;
    // The sender's connection dies with the process. Some senders are so slow that their first chunks look forgotten before the last one is there.
    const pauseMs = random.chance(SLOW_SENDERS) ? random.int(SLOWEST_PAUSE_MS) : 0;
    return {
      ...(random.chance(0.7) ? { size: bytes.length } : {}),
      bytes: (async function* () {
        for (let at = 0; at < bytes.length; ) {
          const end = Math.min(bytes.length, at + 1 + random.int(bytes.length));
          yield bytes.slice(at, end);
          at = end;
          if (pauseMs > 0) await new Promise<void>((resolve) => process.later(pauseMs, resolve));
        }
      })(),
      finish: async () => ({ etag }),
    };
  }

  async #get(store: ObjectStore, bucket: string, key: string): Promise<Response> {
    const read = await store.getObject(bucket, key);
    const { etag, size } = read.info;
    const expected = this.#contents.get(etag);
    if (expected === undefined || expected.length !== size) {
      this.wrongBytes.push(`${bucket}/${key}: found ${etag} of ${size} bytes, which nobody wrote`);
      return { kind: 'found', etag };
    }
    const [start, end] = this.#random.chance(0.8) ? [0, size] : this.#drawRange(size);
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of read.bytes(start, end)) pieces.push(piece.slice());
      if (Buffer.compare(Buffer.concat(pieces), expected.subarray(start, end)) !== 0) {
        this.wrongBytes.push(`${bucket}/${key}: bytes ${start} to ${end} of ${etag} are wrong`);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { kind: 'found', etag, damaged: error.code };
    }
    return { kind: 'found', etag };
  }

  #drawRange(size: number): [number, number] {
    const start = this.#random.int(size);
    return [start, start + 1 + this.#random.int(size - start)];
  }

  async #list(store: ObjectStore, { bucket, prefix, limit }: Request & { kind: 'list' }): Promise<Response> {
    const page = await store.listObjects({ bucket, prefix, delimiter: '', after: '', limit });
    const objects = page.objects.map(({ key, etag }) => ({ key, etag }));
    return { kind: 'page', objects, last: page.truncated ? page.nextAfter : undefined };
  }
}

export function splitParts(whole: Uint8Array, parts: number): Uint8Array[] {
  const size = Math.ceil(whole.length / parts);
  return Array.from({ length: parts }, (_, i) => whole.subarray(i * size, (i + 1) * size));
}

function conditionsOf(condition: WriteCondition | undefined): Conditions {
  if (condition === undefined) return {};
  return 'ifNoneMatch' in condition ? { ifNoneMatch: ['*'] } : { ifMatch: [condition.ifMatch] };
}

function asRefusal(error: unknown): Response {
  if (!(error instanceof Failure)) throw error;
  return { kind: 'failed', code: error.code };
}
