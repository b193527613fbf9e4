import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumElement } from '../checksums/algorithms.ts';
import { S3Error } from '../errors/s3-error.ts';
import { childText, malformed, parseXmlRoot, requiredChildText, type XmlElement } from '../xml/xml-reader.ts';
import { checkedChecksum } from './body-declaration.ts';
import { unquoteEntityTag } from './conditions.ts';

export interface DeleteEntry {
  readonly key: string;
  readonly versionId?: string;
  /** Without quotes: only the object with this tag is deleted. */
  readonly etag?: string;
}

export interface DeleteRequest {
  /** Only failures are reported. */
  readonly quiet: boolean;
  readonly entries: readonly DeleteEntry[];
}

export interface CompletedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

const MAX_DELETED = 1_000;
const MAX_PARTS = 10_000;

/** The body of DeleteObjects: 1 to 1,000 keys. */
export function parseDeleteRequest(text: string): DeleteRequest {
  const root = parseXmlRoot(text, 'Delete');
  const objects = root.children.filter((child) => child.name === 'Object');
  if (objects.length === 0) throw malformed('there is no Object in it');
  if (objects.length > MAX_DELETED)
    throw malformed(`it names ${objects.length} objects; at most ${MAX_DELETED} are allowed`);
  return { quiet: childText(root, 'Quiet')?.trim() === 'true', entries: objects.map(parseDeleteEntry) };
}

function parseDeleteEntry(object: XmlElement): DeleteEntry {
  const key = requiredChildText(object, 'Key');
  if (key === '') throw malformed('a Key is empty');
  for (const name of ['LastModifiedTime', 'Size']) {
    if (childText(object, name) !== undefined) {
      throw new S3Error(
        'NotImplemented',
        `Deletion under the condition ${name} is not implemented. Use ETag.`,
      );
    }
  }
  const versionId = childText(object, 'VersionId');
  const etag = childText(object, 'ETag');
  return {
    key,
    ...(versionId === undefined || versionId === '' ? {} : { versionId }),
    ...(etag === undefined || etag === '' ? {} : { etag: unquoteEntityTag(etag) }),
  };
}

/** The body of CompleteMultipartUpload: 1 to 10,000 parts in ascending order. */
export function parseCompleteRequest(text: string): CompletedPart[] {
  const root = parseXmlRoot(text, 'CompleteMultipartUpload');
  const parts = root.children.filter((child) => child.name === 'Part').map(parseCompletedPart);
  if (parts.length === 0) throw malformed('you must specify at least one part');
  if (parts.length > MAX_PARTS)
    throw malformed(`it names ${parts.length} parts; at most ${MAX_PARTS} are allowed`);
  for (let i = 1; i < parts.length; i++) {
    if (parts[i]!.partNumber <= parts[i - 1]!.partNumber) throw new S3Error('InvalidPartOrder');
  }
  return parts;
}

function parseCompletedPart(part: XmlElement): CompletedPart {
  const number = requiredChildText(part, 'PartNumber').trim();
  if (!/^\d{1,6}$/.test(number) || Number(number) < 1 || Number(number) > MAX_PARTS) {
    throw new S3Error('InvalidArgument', 'PartNumber must be >= 1 and <= 10000', {
      details: { ArgumentName: 'partNumber', ArgumentValue: number },
    });
  }
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => childText(part, checksumElement(name)) !== undefined);
  return {
    partNumber: Number(number),
    etag: unquoteEntityTag(requiredChildText(part, 'ETag')),
    ...(algorithm === undefined ? {} : { checksum: partChecksum(algorithm, part) }),
  };
}

function partChecksum(
  algorithm: ChecksumAlgorithm,
  part: XmlElement,
): NonNullable<CompletedPart['checksum']> {
  const value = requiredChildText(part, checksumElement(algorithm)).trim();
  return { algorithm, value: checkedChecksum(algorithm, value, checksumElement(algorithm)) };
}

/** The body of CreateBucket, when there is one. Every location is taken: the store has one. What can't be had is refused by name. */
export function checkCreateBucketRequest(text: string): void {
  const root = parseXmlRoot(text, 'CreateBucketConfiguration');
  const refused = root.children.find((child) => !['LocationConstraint', 'Tags'].includes(child.name));
  if (refused !== undefined)
    throw new S3Error('NotImplemented', `${refused.name} of a new bucket is not implemented.`);
  const tags = root.children.find((child) => child.name === 'Tags');
  if (tags !== undefined && tags.children.length > 0) {
    throw new S3Error('NotImplemented', 'Tags of a new bucket are not implemented. Leave them out.');
  }
}
