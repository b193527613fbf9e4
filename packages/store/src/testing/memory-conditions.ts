import type { Conditions, ObjectInfo } from '../objects/object-store.ts';
import { StoreFailure } from '../objects/store-failure.ts';

/** RFC 9110, section 13.2.2: the tags count before the times. */
export function checkReadConditions(conditions: Conditions, info: ObjectInfo): void {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  const modifiedMs = Math.floor(info.modifiedMs / 1_000) * 1_000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, info)) throw preconditionFailed('If-Match');
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, info)) throw notModified(info);
  } else if (ifModifiedSinceMs !== undefined && modifiedMs <= ifModifiedSinceMs) {
    throw notModified(info);
  }
}

export function checkWriteConditions(
  conditions: Conditions,
  info: ObjectInfo | undefined,
  key: string,
): void {
  if (conditions.ifMatch !== undefined) {
    if (info === undefined) throw new StoreFailure('NoSuchKey', `There is no object "${key}" to match.`);
    if (!matches(conditions.ifMatch, info)) throw preconditionFailed('If-Match');
  }
  if (conditions.ifNoneMatch !== undefined && info !== undefined && matches(conditions.ifNoneMatch, info)) {
    throw preconditionFailed('If-None-Match');
  }
}

function matches(tags: readonly string[], info: ObjectInfo): boolean {
  return tags.includes('*') || tags.includes(info.etag);
}

function notModified({ etag, modifiedMs }: ObjectInfo): StoreFailure {
  return new StoreFailure('NotModified', 'The reader has this version.', { standing: { etag, modifiedMs } });
}

function preconditionFailed(condition: string): StoreFailure {
  return new StoreFailure('PreconditionFailed', `The condition ${condition} did not hold.`);
}
