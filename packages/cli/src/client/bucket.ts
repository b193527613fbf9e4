/** The few S3 operations that the command line needs, on one bucket. */

import type { XmlElement } from '@crescendo/s3';
import { childText, decodePercent, parseXml } from '@crescendo/s3';
import { CommandFailure } from '../failures.ts';
import { AnswerError } from './request-failure.ts';
import type { S3Client, S3Request } from './s3-client.ts';

export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly modified: string;
  readonly etag: string;
}

export function objectPath(bucket: string, key: string): string {
  return `/${bucket}/${key}`;
}

/** Makes the bucket when there is none. */
export async function ensureBucket(client: S3Client, bucket: string): Promise<void> {
  if (await bucketExists(client, bucket)) return;
  try {
    await client.fetchText({ method: 'PUT', path: `/${bucket}` });
  } catch (error) {
    if (!(error instanceof AnswerError) || error.code !== 'BucketAlreadyOwnedByYou') throw error;
  }
}

export async function bucketExists(client: S3Client, bucket: string): Promise<boolean> {
  return (await headOrUndefined(client, { method: 'HEAD', path: `/${bucket}` })) !== undefined;
}

export interface FoundObject {
  readonly bytes: number;
  readonly etag: string;
}

/** undefined when there is no such object. */
export async function headObject(
  client: S3Client,
  bucket: string,
  key: string,
): Promise<FoundObject | undefined> {
  const answer = await headOrUndefined(client, { method: 'HEAD', path: objectPath(bucket, key) });
  if (answer === undefined) return undefined;
  return { bytes: Number(answer['content-length'] ?? 0), etag: answer.etag ?? '' };
}

async function headOrUndefined(
  client: S3Client,
  request: S3Request,
): Promise<Record<string, string> | undefined> {
  try {
    const { headers } = await client.fetchText(request);
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    if (error instanceof AnswerError && error.status === 404) return undefined;
    throw error;
  }
}

export async function deleteObject(client: S3Client, bucket: string, key: string): Promise<void> {
  await client.fetchText({ method: 'DELETE', path: objectPath(bucket, key) });
}

/** Every object whose key begins with the prefix, in byte order; nothing when there is no such bucket. */
export async function* listFiles(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<ListedFile> {
  let token: string | undefined;
  do {
    const page = await listPage(client, bucket, prefix, token);
    yield* page.files;
    token = page.nextToken;
  } while (token !== undefined);
}

interface Page {
  readonly files: readonly ListedFile[];
  readonly nextToken: string | undefined;
}

async function listPage(
  client: S3Client,
  bucket: string,
  prefix: string,
  token: string | undefined,
): Promise<Page> {
  const query: Record<string, string> = { 'list-type': '2', 'encoding-type': 'url', prefix };
  if (token !== undefined) query['continuation-token'] = token;
  const { text } = await client.fetchText({ method: 'GET', path: `/${bucket}`, query });
  const root = parseXml(text);
  const files = root.children.filter((child) => child.name === 'Contents').map(readListed);
  const truncated = childText(root, 'IsTruncated') === 'true';
  return { files, nextToken: truncated ? childText(root, 'NextContinuationToken') : undefined };
}

function readListed(element: XmlElement): ListedFile {
  const key = childText(element, 'Key');
  if (key === undefined)
    throw new CommandFailure('the server sent a listing that is not S3: an object without a key');
  return {
    // AWS writes spaces as `+` in listings, so that a plus is always encoded.
    name: decodePercent(key.replaceAll('+', ' ')),
    bytes: Number(childText(element, 'Size') ?? 0),
    modified: childText(element, 'LastModified') ?? '',
    etag: (childText(element, 'ETag') ?? '').replaceAll('"', ''),
  };
}
