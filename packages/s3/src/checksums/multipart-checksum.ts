import { concatBytes, parseHex } from '@crescendo/base';
import { S3Error } from '../errors/s3-error.ts';
import type { ChecksumView, PartView } from '../responses/views.ts';
import type { ChecksumAlgorithm, ChecksumType } from './algorithms.ts';
import { parseBase64, toBase64 } from './base64.ts';
import { combineCrcs, isCrc } from './crc-combine.ts';

/** A digest of bytes, given whole. */
export type Digest = (bytes: Uint8Array) => Uint8Array;

/** `<MD5 of the parts' MD5s>-<number of parts>`, without quotes. */
export function multipartEtag(md5Hex: (bytes: Uint8Array) => string, partEtags: readonly string[]): string {
  const digests = partEtags.map((etag) => parseHex(etag) ?? new Uint8Array(0));
  return `${md5Hex(concatBytes(...digests))}-${partEtags.length}`;
}

/**
 * The checksum of an object from those of its parts: the checksum of their checksums (COMPOSITE), or, for CRCs, that of all the
 * bytes, computed without reading them (FULL_OBJECT). undefined when the parts do not all have one of this algorithm.
 */
export function multipartChecksum(
  digest: (algorithm: ChecksumAlgorithm) => Digest,
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly Pick<PartView, 'size' | 'checksum'>[],
): ChecksumView | undefined {
  const values: string[] = [];
  for (const part of parts) {
    if (part.checksum?.algorithm !== algorithm) return undefined;
    values.push(part.checksum.value);
  }
  if (type === 'COMPOSITE') {
    const joined = concatBytes(...values.map((value) => parseBase64(value) ?? new Uint8Array(0)));
    return { algorithm, type, value: `${toBase64(digest(algorithm)(joined))}-${parts.length}` };
  }
  if (!isCrc(algorithm)) return undefined;
  return {
    algorithm,
    type,
    value: combineCrcs(
      algorithm,
      parts.map((part, i) => ({ value: values[i]!, size: part.size })),
    ),
  };
}

/** Compares what CompleteMultipartUpload promised with what the parts came to. */
export function checkMultipartChecksum(
  promised: { readonly algorithm: ChecksumAlgorithm; readonly value: string },
  computed: ChecksumView | undefined,
): void {
  if (computed?.algorithm === promised.algorithm) {
    const bare = (value: string): string => value.replace(/-\d+$/, '');
    if (bare(promised.value) === bare(computed.value)) return;
  }
  throw new S3Error(
    'BadDigest',
    `The ${promised.algorithm.toLowerCase()} you specified did not match the calculated checksum of the object.`,
  );
}
