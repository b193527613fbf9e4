import { invalidArgument } from '../errors/s3-error.ts';

/** The version of everything in a bucket without versioning. */
export const NULL_VERSION = 'null';

/** No bucket here keeps versions, so no other id was ever handed out. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId === undefined || versionId === NULL_VERSION) return;
  throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}
