import {
  algorithmOfHeader,
  CHECKSUM_ALGORITHMS,
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  checksumHeader,
  parseAlgorithm,
} from '../checksums/algorithms.ts';
import { parseBase64 } from '../checksums/base64.ts';
import { S3Error } from '../errors/s3-error.ts';
import type { PayloadDeclaration } from '../sigv4/payload-declaration.ts';
import type { HeaderMap } from './request-head.ts';

/** What the headers promise of a body; every promise is checked when the body has come. */
export interface BodyDeclaration {
  readonly payload: PayloadDeclaration;
  /** Bytes without the chunked coding; undefined when the client did not say. */
  readonly length?: number;
  /** Lower-case hexadecimal. */
  readonly md5?: string;
  /** `value` in base64; without it the value comes in the trailer. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string };
  /** Names that `x-amz-trailer` announces. */
  readonly trailerNames: readonly string[];
}

const NO_NAMES: readonly string[] = [];

export function parseBodyDeclaration(headers: HeaderMap, payload: PayloadDeclaration): BodyDeclaration {
  const length = parseLength(headers, payload);
  const md5 = parseContentMd5(headers['content-md5']);
  const trailerNames = parseTrailerNames(headers['x-amz-trailer'], payload);
  const checksum = parseChecksum(headers, trailerNames);
  return {
    payload,
    trailerNames,
    ...(length === undefined ? {} : { length }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

function parseLength(headers: HeaderMap, payload: PayloadDeclaration): number | undefined {
  const chunked = payload.kind === 'chunked';
  const text = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (text === undefined) {
    if (chunked)
      throw new S3Error('MissingContentLength', 'You must provide the x-amz-decoded-content-length header.');
    return undefined;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw new S3Error('InvalidArgument', `The length of the body "${text}" is not a whole number.`);
  }
  return Number(text);
}

function parseContentMd5(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBase64(text);
  if (bytes?.length !== 16)
    throw new S3Error('InvalidDigest', undefined, { details: { 'Content-MD5': text } });
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function parseTrailerNames(text: string | undefined, payload: PayloadDeclaration): readonly string[] {
  if (text === undefined) return NO_NAMES;
  if (payload.kind !== 'chunked' || !payload.trailer) {
    throw new S3Error('InvalidRequest', 'x-amz-trailer needs an x-amz-content-sha256 that ends in -TRAILER.');
  }
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => algorithmOfHeader(name) === undefined);
  if (unknown === undefined) return names;
  throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported', {
    details: { ArgumentName: 'x-amz-trailer', ArgumentValue: text },
  });
}

function parseChecksum(headers: HeaderMap, trailerNames: readonly string[]): BodyDeclaration['checksum'] {
  const given = CHECKSUM_ALGORITHMS.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined);
  if (given.length + trailerNames.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const trailed = trailerNames[0] === undefined ? undefined : algorithmOfHeader(trailerNames[0]);
  const algorithm = given[0] ?? trailed;
  checkAnnouncedAlgorithm(headers['x-amz-sdk-checksum-algorithm'], algorithm);
  if (algorithm === undefined) return undefined;
  if (given[0] === undefined) return { algorithm };
  const value = headers[checksumHeader(algorithm)]!;
  return { algorithm, value: checkedChecksum(algorithm, value, checksumHeader(algorithm)) };
}

function checkAnnouncedAlgorithm(text: string | undefined, algorithm: ChecksumAlgorithm | undefined): void {
  if (text === undefined) return;
  const announced = parseAlgorithm(text);
  if (announced === undefined || (algorithm !== undefined && announced !== algorithm)) {
    throw new S3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  if (algorithm === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
}

/** Base64 of the right length, or `InvalidRequest`. */
export function checkedChecksum(algorithm: ChecksumAlgorithm, value: string, where: string): string {
  if (parseBase64(value)?.length === CHECKSUM_BYTES[algorithm]) return value;
  throw new S3Error('InvalidRequest', `Value for ${where} header is invalid.`);
}
