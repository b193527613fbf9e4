/** Where the text of a template comes from. */
import { AwsError } from '../../../contract/service.ts';
import { LIMITS } from '../../../templates/index.ts';
import type { CloudFormationPorts } from '../ports.ts';
import { validationError } from './operation-errors.ts';

export interface TemplateSource {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
}

/** undefined when neither is given. */
export async function templateText(
  source: TemplateSource,
  ports: CloudFormationPorts,
): Promise<string | undefined> {
  if (source.TemplateBody !== undefined && source.TemplateURL !== undefined) {
    throw validationError('You cannot specify both TemplateURL and TemplateBody');
  }
  if (source.TemplateURL !== undefined) return await textAt(source.TemplateURL, ports);
  const bytes = Buffer.byteLength(source.TemplateBody ?? '');
  if (bytes <= LIMITS.bodyBytes) return source.TemplateBody;
  throw validationError(
    `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${LIMITS.bodyBytes}; this template has ${bytes} bytes: store it in a bucket and name it with TemplateURL (up to ${LIMITS.urlBytes} bytes)`,
  );
}

async function textAt(url: string, ports: CloudFormationPorts): Promise<string> {
  const place = parseTemplateUrl(url);
  if (place === undefined) {
    throw validationError(
      `TemplateURL must reference a valid S3 object to which you have access; ${url} is no address of an object such as http://127.0.0.1:4566/bucket/key`,
    );
  }
  if (ports.buckets === undefined) {
    throw new AwsError(
      'ServiceUnavailable',
      'there is no store to read the template from: start one with "crescendo up"',
      503,
    );
  }
  const text = await ports.buckets
    .readText(place.bucket, place.key, LIMITS.urlBytes)
    .catch((error: unknown) => {
      throw validationError(`S3 error: ${error instanceof Error ? error.message : String(error)}`);
    });
  if (text !== undefined) return text;
  throw validationError(`S3 error: The specified key does not exist: ${place.key} in bucket ${place.bucket}`);
}

/** `https://bucket.s3.us-east-1.amazonaws.com/key`, `https://s3.amazonaws.com/bucket/key`, `http://127.0.0.1:4566/bucket/key`, `s3://bucket/key`. */
export function parseTemplateUrl(url: string): { readonly bucket: string; readonly key: string } | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) return undefined;
  const path = decodeURIComponent(parsed.pathname.slice(1));
  const hosted = parsed.protocol === 's3:' ? parsed.host : /^(.+?)\.s3[.-][^/]*$/.exec(parsed.host)?.[1];
  const [bucket, key] =
    hosted === undefined ? [path.split('/')[0], path.split('/').slice(1).join('/')] : [hosted, path];
  return bucket && key ? { bucket, key } : undefined;
}
