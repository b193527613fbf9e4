/**
 * What the gateway believes of buckets: name -> generation. A belief that is wrong costs a retry, never a wrong answer, because every
 * partition checks the generation.
 *
 * (W1) A refusal of a bucket's generation is answered by asking the home partition, which is the point of truth.
 * (W2) A write that meets a sealed bucket waits until the deletion is decided: it is done, refused with NoSuchBucket,
 *      or fails as Unavailable, never dropped.
 */
import { compareBytes, sleep, utf8 } from '@crescendo/base';
import type { BucketScope, Done, Refusal } from '../command.ts';
import { bucketPlacement, type Generation } from '../identifiers.ts';
import { deleteBucketNow, resumeBucketDeletion } from '../maintenance/bucket-deletion.ts';
import type { BucketInfo, ObjectStore } from '../object-store.ts';
import { StoreFailure } from '../store-failure.ts';
import type { Gateway } from './options.ts';
import { accept, failureOf } from './refusal.ts';

const BUCKETS_PAGE = 1_000;

export class BucketBeliefs {
  readonly #gateway: Gateway;
  /** In order of use, oldest first. */
  readonly #generations = new Map<string, Generation>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Fails with NoSuchBucket. */
  async find(bucket: string): Promise<Generation> {
    const known = this.#generations.get(bucket);
    if (known === undefined) return (await this.ask(bucket)).generation;
    this.learn(bucket, known);
    return known;
  }

  /** The home partition's word. Fails with NoSuchBucket. */
  async ask(bucket: string): Promise<BucketInfo & { readonly generation: Generation }> {
    const { router } = this.#gateway;
    const answer = await router.query(router.partitionOf(bucketPlacement(bucket)), {
      type: 'bucket',
      bucket,
    });
    if (!answer.ok) {
      this.forget(bucket);
      throw failureOf(answer);
    }
    this.learn(bucket, answer.generation);
    return answer;
  }

  learn(bucket: string, generation: Generation): void {
    this.#generations.delete(bucket);
    this.#generations.set(bucket, generation);
    if (this.#generations.size <= this.#gateway.limits.cachedBuckets) return;
    for (const oldest of this.#generations.keys()) {
      this.#generations.delete(oldest);
      return;
    }
  }

  forget(bucket: string): void {
    this.#generations.delete(bucket);
  }

  /** Does something that writes in a bucket, again and again while the bucket stands in the way. (W1) (W2) */
  async write<T>(bucket: string, attempt: (scope: BucketScope) => Promise<Done<T>>): Promise<T> {
    const { clock, limits, router } = this.#gateway;
    const beganMs = clock.nowMs();
    let generation = await this.find(bucket);
    for (;;) {
      const result = await attempt({ bucket, generation });
      if (result.ok) return result;
      if (!standsInTheWay(result)) throw failureOf(result);
      const believed = generation;
      generation = (await this.ask(bucket)).generation;
      if (generation !== believed) continue;
      const waitedMs = clock.nowMs() - beganMs;
      if (waitedMs > limits.sealedWaitMs) throw failureOf(result);
      if (waitedMs > limits.sealedHelpMs) await resumeBucketDeletion(router, bucket, generation);
      await sleep(clock, limits.retryDelayMs);
    }
  }

  /** The same for reads, which need not wait: while the home partition says that a sealed bucket exists, it is read. */
  async read<T>(
    bucket: string,
    attempt: (scope: BucketScope & { readonly sealedToo: boolean }) => Promise<Done<T>>,
  ): Promise<T> {
    const { clock, limits } = this.#gateway;
    const beganMs = clock.nowMs();
    let generation = await this.find(bucket);
    let sealedToo = false;
    for (;;) {
      const result = await attempt({ bucket, generation, sealedToo });
      if (result.ok) return result;
      if (!standsInTheWay(result) || clock.nowMs() - beganMs > limits.sealedWaitMs) throw failureOf(result);
      const believed = generation;
      generation = (await this.ask(bucket)).generation; // (W1)
      if (generation === believed && sealedToo) await sleep(clock, limits.retryDelayMs);
      sealedToo = true;
    }
  }
}

function standsInTheWay({ code }: Refusal): boolean {
  return code === 'StaleBucket' || code === 'BucketSealed';
}

type BucketMethods = Pick<ObjectStore, 'createBucket' | 'headBucket' | 'deleteBucket' | 'listBuckets'>;

export function bucketMethods(gateway: Gateway, beliefs: BucketBeliefs): BucketMethods {
  return {
    createBucket: (name) => createBucket(gateway, beliefs, name),
    headBucket: async (bucket) => {
      const { name, createdMs } = await beliefs.ask(bucket);
      return { name, createdMs };
    },
    deleteBucket: (name) => deleteBucket(gateway, beliefs, name),
    listBuckets: () => listBuckets(gateway),
  };
}

async function createBucket(
  { router, clock, limits }: Gateway,
  beliefs: BucketBeliefs,
  bucket: string,
): Promise<{ outcome: 'created' | 'exists' }> {
  const beganMs = clock.nowMs();
  const home = router.partitionOf(bucketPlacement(bucket));
  for (;;) {
    const result = await router.execute(home, { type: 'createBucket', bucket });
    if (result.ok) {
      beliefs.learn(bucket, result.generation);
      return { outcome: result.outcome };
    }
    const waitedMs = clock.nowMs() - beganMs;
    if (result.code !== 'Conflict' || waitedMs > limits.sealedWaitMs) throw failureOf(result);
    if (waitedMs > limits.sealedHelpMs) await resumeBucketDeletion(router, bucket);
    await sleep(clock, limits.retryDelayMs);
  }
}

async function deleteBucket({ router }: Gateway, beliefs: BucketBeliefs, bucket: string): Promise<void> {
  const outcome = await deleteBucketNow(router, bucket);
  if (outcome === 'notEmpty') {
    throw new StoreFailure('BucketNotEmpty', `Bucket ${bucket} holds objects; delete them first.`);
  }
  beliefs.forget(bucket);
  if (outcome === 'noSuchBucket') throw new StoreFailure('NoSuchBucket', `There is no bucket ${bucket}.`);
}

async function listBuckets({ router }: Gateway): Promise<readonly BucketInfo[]> {
  const query = { type: 'buckets', limit: BUCKETS_PAGE } as const;
  const partitions = Array.from({ length: router.partitionCount }, (_, partition) => partition);
  const answers = await router.queryAll(partitions, { ...query, after: '' });
  const found: BucketInfo[] = [];
  for (const partition of partitions) {
    let page = accept(answers[partition]!);
    found.push(...page.buckets);
    while (page.truncated) {
      page = accept(await router.query(partition, { ...query, after: found.at(-1)!.name }));
      found.push(...page.buckets);
    }
  }
  const named = found.map((bucket) => ({ bucket, name: utf8(bucket.name) }));
  return named.sort((a, b) => compareBytes(a.name, b.name)).map(({ bucket }) => bucket);
}
