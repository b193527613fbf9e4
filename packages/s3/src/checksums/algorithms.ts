/** The checksums that clients send and ask for, in AWS's spelling. */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

const HEADER_PREFIX = 'x-amz-checksum-';

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `${HEADER_PREFIX}${algorithm.toLowerCase()}`;
}

/** The algorithm of a header or trailer `x-amz-checksum-…`. */
export function algorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return name.startsWith(HEADER_PREFIX) ? parseAlgorithm(name.slice(HEADER_PREFIX.length)) : undefined;
}

/** In any case. */
export function parseAlgorithm(name: string): ChecksumAlgorithm | undefined {
  const upper = name.toUpperCase();
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === upper);
}

/** Name of the element in documents. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}
