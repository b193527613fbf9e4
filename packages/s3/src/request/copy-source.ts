import { invalidArgument, notImplemented } from '../errors/s3-error.ts';
import { checkKey } from './address.ts';
import { isBucketName } from './bucket-name.ts';
import { parseReadConditions, type RequestConditions } from './conditions.ts';
import { decodePercent } from './percent-encoding.ts';
import type { HeaderMap } from './request-head.ts';
import { checkVersionId } from './version-id.ts';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly conditions: RequestConditions;
}

/** `x-amz-copy-source: [/]bucket/key[?versionId=null]`, percent-encoded, with its conditions. */
export function parseCopySource(headers: HeaderMap): CopySource {
  const text = headers['x-amz-copy-source'] ?? '';
  if (text.startsWith('arn:')) throw notImplemented('A copy source that is an access point');
  const mark = text.search(/\?versionId=/);
  if (mark >= 0) checkVersionId(text.slice(mark + '?versionId='.length));
  const path = decodePercent(mark < 0 ? text : text.slice(0, mark)).replace(/^\//, '');
  const slash = path.indexOf('/');
  if (slash <= 0 || slash === path.length - 1) {
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      text,
    );
  }
  const bucket = path.slice(0, slash);
  if (!isBucketName(bucket)) {
    throw invalidArgument('Invalid copy source bucket name', 'x-amz-copy-source', text);
  }
  const key = path.slice(slash + 1);
  checkKey(key);
  return { bucket, key, conditions: parseReadConditions(headers, 'x-amz-copy-source-') };
}
