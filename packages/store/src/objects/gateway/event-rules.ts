import { bucketPlacement } from '../identifiers.ts';
import { putBucketRules } from '../maintenance/bucket-rules.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Gateway } from './options.ts';
import { accept } from './refusal.ts';

/** Notification rules of buckets as the doors see them. */
export function eventRuleMethods({ router }: Gateway): Pick<ObjectStore, 'getEventRules' | 'putEventRules'> {
  return {
    getEventRules: async (bucket) => {
      const home = router.partitionOf(bucketPlacement(bucket));
      return accept(await router.query(home, { type: 'bucketRules', bucket })).rules;
    },
    putEventRules: (bucket, rules) => putBucketRules(router, bucket, rules),
  };
}
