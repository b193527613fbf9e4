/** Conditions of RFC 9110 as S3 understands them. ETags are compared as strings, `*` stands for any object. */
import { type Refusal, refuse } from '../command.ts';
import type { Conditions } from '../object-store.ts';
import type { StandingVersion } from '../store-failure.ts';

function matches(etags: readonly string[], standing: StandingVersion): boolean {
  return etags.includes('*') || etags.includes(standing.etag);
}

/** Of a write, against what stands at the key: If-Match needs an object (NoSuchKey), as AWS does. */
export function checkWriteConditions(
  standing: StandingVersion | undefined,
  conditions: Conditions | undefined,
): Refusal | undefined {
  const { ifMatch, ifNoneMatch } = conditions ?? {};
  if (ifMatch !== undefined) {
    if (standing === undefined) return refuse('NoSuchKey', 'If-Match: there is no object at the key.');
    if (!matches(ifMatch, standing))
      return refuse('PreconditionFailed', `If-Match: the ETag is ${standing.etag}.`);
  }
  if (ifNoneMatch !== undefined && standing !== undefined && matches(ifNoneMatch, standing)) {
    return refuse('PreconditionFailed', `If-None-Match: there is an object of ETag ${standing.etag}.`);
  }
  return undefined;
}

/** Of a read. A date counts only where the ETag condition of its pair is absent; dates have whole seconds. */
export function checkReadConditions(
  standing: StandingVersion,
  conditions: Conditions | undefined,
): Refusal | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions ?? {};
  const modifiedMs = Math.floor(standing.modifiedMs / 1_000) * 1_000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, standing))
      return refuse('PreconditionFailed', `If-Match: the ETag is ${standing.etag}.`);
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    return refuse('PreconditionFailed', 'If-Unmodified-Since: the object was modified later.');
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, standing))
      return notModified(standing, 'If-None-Match: the reader has this object.');
  } else if (ifModifiedSinceMs !== undefined && modifiedMs <= ifModifiedSinceMs) {
    return notModified(standing, 'If-Modified-Since: the object was not modified later.');
  }
  return undefined;
}

/** The answer 304 names the version, so that nobody has to ask for it once more. */
function notModified({ etag, modifiedMs }: StandingVersion, message: string): Refusal {
  return { ...refuse('NotModified', message), standing: { etag, modifiedMs } };
}
