import { invalidArgument, S3Error } from '../errors/s3-error.ts';
import { parseRange } from './byte-range.ts';
import { parseReadConditions } from './conditions.ts';
import type { GetObjectAttributes, ObjectAttribute, ReadObject } from './operation.ts';
import { parsePartMarker, parsePartNumber } from './query-numbers.ts';
import type { HeaderMap, RequestHead } from './request-head.ts';
import { checkVersionId } from './version-id.ts';

const OVERRIDES = new Set([
  'response-content-type',
  'response-content-language',
  'response-expires',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
]);
const NO_OVERRIDES: Readonly<Record<string, string>> = {};
const ATTRIBUTES: readonly ObjectAttribute[] = [
  'ETag',
  'Checksum',
  'ObjectParts',
  'StorageClass',
  'ObjectSize',
];

/** GetObject and HeadObject. */
export function parseReadObject(
  kind: ReadObject['kind'],
  head: RequestHead,
  headers: HeaderMap,
  bucket: string,
  key: string,
): ReadObject {
  const range = parseRangeHeader(headers);
  const { partNumber, overrides } = parseReadQuery(head);
  if (headers.range !== undefined && partNumber !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  return {
    kind,
    bucket,
    key,
    conditions: parseReadConditions(headers),
    overrides,
    checksumMode: headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED',
    ...(range === undefined ? {} : { range }),
    ...(partNumber === undefined ? {} : { partNumber }),
  };
}

function parseRangeHeader(headers: HeaderMap): ReadObject['range'] {
  const text = headers.range;
  const range = text === undefined ? undefined : parseRange(text);
  if (text === undefined || range === undefined) return undefined;
  const ifRange = headers['if-range'];
  return { range, text, ...(ifRange === undefined ? {} : { ifRange }) };
}

function parseReadQuery(head: RequestHead): {
  partNumber?: number;
  overrides: Readonly<Record<string, string>>;
} {
  if (head.query.length === 0) return { overrides: NO_OVERRIDES };
  let partNumber: number | undefined;
  let overrides: Record<string, string> | undefined;
  for (const { name, value } of head.query) {
    if (name === 'versionId') checkVersionId(value);
    else if (name === 'partNumber') partNumber = parsePartNumber(value);
    else if (OVERRIDES.has(name)) {
      checkHeaderText(name, value);
      overrides = { ...overrides, [name.slice('response-'.length)]: value };
    }
  }
  return { overrides: overrides ?? NO_OVERRIDES, ...(partNumber === undefined ? {} : { partNumber }) };
}

/** What comes from a query must not be able to end a header. */
function checkHeaderText(name: string, value: string): void {
  if (!/(?!\t)\p{Cc}/u.test(value)) return;
  throw invalidArgument('Header value cannot be represented using ISO-8859-1.', name, value);
}

export function parseGetObjectAttributes(
  head: RequestHead,
  headers: HeaderMap,
  bucket: string,
  key: string,
): GetObjectAttributes {
  for (const { name, value } of head.query) if (name === 'versionId') checkVersionId(value);
  const text = headers['x-amz-object-attributes'];
  if (text === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    );
  }
  const attributes = text.split(',').map((name) => name.trim());
  const unknown = attributes.find((name) => !(ATTRIBUTES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', unknown);
  const maxParts = headers['x-amz-max-parts'];
  return {
    kind: 'GetObjectAttributes',
    bucket,
    key,
    attributes: attributes as ObjectAttribute[],
    maxParts:
      maxParts !== undefined && /^\d{1,6}$/.test(maxParts) ? Math.min(1_000, Number(maxParts)) : 1_000,
    partNumberMarker: parsePartMarker(headers['x-amz-part-number-marker']),
  };
}
