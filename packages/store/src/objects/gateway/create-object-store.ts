import type { ObjectStore } from '../object-store.ts';
import { BucketBeliefs, bucketMethods } from './buckets.ts';
import { eventRuleMethods } from './event-rules.ts';
import { objectMethods } from './objects.ts';
import { gatewayOf, type ObjectStoreOptions } from './options.ts';
import { uploadMethods } from './uploads.ts';

/**
 * The object store as one node offers it. It keeps nothing but beliefs about buckets: any number of them may stand on the same
 * partitions.
 */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const gateway = gatewayOf(options);
  const beliefs = new BucketBeliefs(gateway);
  return {
    ...bucketMethods(gateway, beliefs),
    ...eventRuleMethods(gateway),
    ...objectMethods(gateway, beliefs),
    ...uploadMethods(gateway, beliefs),
  };
}
