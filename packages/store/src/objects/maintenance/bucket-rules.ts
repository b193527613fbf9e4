/**
 * Notification rules across all partitions: the home partition numbers them, then an entry takes them to every partition. Every step may
 * be repeated, by anybody, at any time: the highest number holds everywhere.
 *
 * (N1) Rules are in force for every later write once every partition has answered that it has them.
 * (N2) What was put at home stays noted there until then, so whoever put it may vanish at any point.
 */
import type { SetBucketRules } from '../command.ts';
import type { EventRule } from '../event-rule.ts';
import { accept } from '../gateway/refusal.ts';
import { bucketPlacement } from '../identifiers.ts';
import type { RuleWork } from '../query.ts';
import type { PartitionRouter } from '../router.ts';
import { inParallel } from './parallel.ts';

/** Partitions written to at once. */
const PARALLEL = 16;

export async function putBucketRules(
  router: PartitionRouter,
  bucket: string,
  rules: readonly EventRule[],
): Promise<void> {
  const home = router.partitionOf(bucketPlacement(bucket));
  const { generation, number } = accept(
    await router.execute(home, { type: 'putBucketRules', bucket, rules }),
  );
  await spread(router, { bucket, generation, number, rules });
}

async function spread(router: PartitionRouter, rules: Omit<SetBucketRules, 'type'>): Promise<void> {
  const partitions = Array.from({ length: router.partitionCount }, (_, partition) => partition);
  await inParallel(partitions, PARALLEL, async (partition) =>
    accept(await router.execute(partition, { type: 'setBucketRules', ...rules })),
  );
  const { bucket, generation, number } = rules;
  const home = router.partitionOf(bucketPlacement(bucket));
  accept(await router.execute(home, { type: 'finishBucketRules', bucket, generation, number })); // (N1)
}

/** Goes on with the changes of rules whose home is `home`. Work younger than `minimumAgeMs` is left to who began it. (N2) */
export async function resumeBucketRules(
  router: PartitionRouter,
  home: number,
  { limit, minimumAgeMs }: { readonly limit: number; readonly minimumAgeMs: number },
  nowMs: number,
): Promise<void> {
  const { work } = accept(await router.query(home, { type: 'ruleWork', limit }));
  for (const due of work) if (due.sinceMs <= nowMs - minimumAgeMs) await goOn(router, home, due);
}

async function goOn(router: PartitionRouter, home: number, { bucket, generation }: RuleWork): Promise<void> {
  const standing = await router.query(home, { type: 'bucketRules', bucket });
  if (standing.ok && standing.generation === generation) {
    const { number, rules } = standing;
    return spread(router, { bucket, generation, number, rules });
  }
  // The bucket is gone, and its rules with it.
  accept(await router.execute(home, { type: 'finishBucketRules', bucket, generation, number: 0 }));
}
