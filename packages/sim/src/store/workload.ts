/**
 * Clients that use the store while faults happen: few keys, so that they get in each other's way. Drawn from the seed alone.
 */
import type { Random } from '@crescendo/base';
import type { World } from '../world/world.ts';
import { splitParts } from './client.ts';
import type { Cluster, SimNode } from './cluster.ts';
import { type ContentRegister, drawSize, makeContent, md5, multipartEtag } from './contents.ts';
import type { Request, WriteCondition } from './operation.ts';
import type { Recorder } from './recorder.ts';

/** Always there. */
export const MAIN_BUCKET = 'main';
/** Created and deleted all the time. */
export const FLEETING_BUCKET = 'fleeting';

export interface WorkloadOptions {
  readonly seed: number;
  readonly clients: number;
  readonly keys: number;
  readonly meanThinkMs: number;
  readonly inlineBytes: number;
  readonly chunkBytes: number;
  readonly minimumPartBytes: number;
}

export class Workload {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #recorder: Recorder;
  readonly #contents: ContentRegister;
  readonly #options: WorkloadOptions;
  readonly #random: Random;
  #isOver = false;
  #running = 0;
  #writes = 0;
  /** Last ETag that some client saw at a key, so that If-Match has a chance. */
  readonly #seen = new Map<string, string>();

  constructor(
    world: World,
    cluster: Cluster,
    recorder: Recorder,
    contents: ContentRegister,
    options: WorkloadOptions,
  ) {
    this.#world = world;
    this.#cluster = cluster;
    this.#recorder = recorder;
    this.#contents = contents;
    this.#options = options;
    this.#random = world.random.fork('workload');
  }

  start(): void {
    for (let i = 0; i < this.#options.clients; i++) {
      this.#running++;
      this.#client().then(
        () => this.#running--,
        (error: unknown) => this.#world.fail(error),
      );
    }
  }

  /** Resolves when every client has its last answer. */
  async finish(): Promise<void> {
    this.#isOver = true;
    while (this.#running > 0) await this.#world.sleep(100);
  }

  keys(): string[] {
    return Array.from({ length: this.#options.keys }, (_, i) => `k${i}`);
  }

  async #client(): Promise<void> {
    while (!this.#isOver) {
      await this.#world.sleep(-this.#options.meanThinkMs * Math.log(1 - this.#random.float()));
      const node = this.#pickNode();
      if (node === undefined) continue;
      const { request, response } = await this.#recorder.call(node, this.#draw());
      if (response.kind === 'found' && 'key' in request)
        this.#seen.set(`${request.bucket}/${request.key}`, response.etag);
      if (response.kind === 'ok' && request.kind === 'put')
        this.#seen.set(`${request.bucket}/${request.key}`, request.etag);
    }
  }

  #pickNode(): SimNode | undefined {
    // A paused node takes connections all the same, and answers when it goes on.
    const nodes = this.#random.chance(0.1)
      ? this.#cluster.nodes.filter(({ running }) => running !== undefined)
      : this.#cluster.serving();
    return nodes.length === 0 ? undefined : this.#random.pick(nodes);
  }

  #draw(): Request {
    const random = this.#random;
    const isFleeting = random.chance(0.15);
    const bucket = isFleeting ? FLEETING_BUCKET : MAIN_BUCKET;
    const key = isFleeting ? `f${random.int(3)}` : random.pick(this.keys());
    const dice = random.float();
    if (isFleeting && dice < 0.5) {
      return {
        kind: random.pick(['createBucket', 'createBucket', 'deleteBucket', 'deleteBucket', 'headBucket']),
        bucket,
      };
    }
    if (dice < 0.5) return this.#drawPut(bucket, key);
    if (dice < 0.8) return { kind: 'get', bucket, key };
    if (dice < 0.9) return this.#drawDelete(bucket, key);
    return {
      kind: 'list',
      bucket,
      prefix: random.pick(['', '', 'k', 'k1']),
      limit: random.pick([1000, 1000, 3]),
    };
  }

  /** A write of bytes that nobody has written before, without a condition. */
  freshPut(bucket: string, key: string): Request {
    const { seed, inlineBytes, chunkBytes } = this.#options;
    const content = makeContent(seed, ++this.#writes, drawSize(this.#random, inlineBytes, chunkBytes));
    this.#contents.add(content);
    return { kind: 'put', bucket, key, etag: content.etag, size: content.bytes.length, parts: 0 };
  }

  #drawPut(bucket: string, key: string): Request {
    const { seed, inlineBytes, chunkBytes } = this.#options;
    const parts = this.#random.chance(0.08) ? 1 + this.#random.int(3) : 0;
    const size = parts > 0 ? this.#drawPartsSize(parts) : drawSize(this.#random, inlineBytes, chunkBytes);
    const content = makeContent(seed, ++this.#writes, size);
    const etag = parts > 0 ? multipartEtag(splitParts(content.bytes, parts).map(md5)) : content.etag;
    this.#contents.add({ bytes: content.bytes, etag });
    const condition = this.#drawCondition(bucket, key, 0.3);
    return {
      kind: 'put',
      bucket,
      key,
      etag,
      size: content.bytes.length,
      parts,
      ...(condition === undefined ? {} : { condition }),
    };
  }

  #drawPartsSize(parts: number): number {
    const { minimumPartBytes, chunkBytes } = this.#options;
    return parts * (minimumPartBytes + this.#random.int(2 * chunkBytes));
  }

  #drawDelete(bucket: string, key: string): Request {
    const condition = this.#drawCondition(bucket, key, 0.1);
    return {
      kind: 'delete',
      bucket,
      key,
      ...(condition === undefined || 'ifNoneMatch' in condition ? {} : { condition }),
    };
  }

  #drawCondition(bucket: string, key: string, probability: number): WriteCondition | undefined {
    if (!this.#random.chance(probability)) return undefined;
    const seen = this.#seen.get(`${bucket}/${key}`);
    return seen === undefined || this.#random.chance(0.5) ? { ifNoneMatch: true } : { ifMatch: seen };
  }
}
