import { type CopySource, S3Error, toBase64 } from '@crescendo/s3';
import type { BodySource, Checksum, ChecksumAlgorithm, ObjectRead } from '@crescendo/store';
import { StoreFailure } from '@crescendo/store';
import type { DigestName } from '../../hashing/index.ts';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';
import { toS3Error } from './store-errors.ts';

/** What of a source is copied: bytes [start, end), with a checksum of this algorithm. */
export interface BodyCopy {
  readonly start: number;
  readonly end: number;
  readonly algorithm?: ChecksumAlgorithm;
}

/** Opens the source of a copy. Its errors name the source; a condition that does not hold is 412, never 304. */
export async function readSource(
  context: DoorContext,
  exchange: Exchange,
  source: CopySource,
): Promise<ObjectRead> {
  try {
    return await context.store.getObject(source.bucket, source.key, source.conditions);
  } catch (failure) {
    exchange.request.resume();
    if (failure instanceof StoreFailure && failure.code === 'NotModified')
      throw new S3Error('PreconditionFailed');
    throw toS3Error(failure, source);
  }
}

/** The bytes of one object as the body of another. Digests that the source has already are taken over instead of computed. */
export function copyBody(
  context: DoorContext,
  read: ObjectRead,
  copy: BodyCopy,
): BodySource & { close(): void } {
  const { info } = read;
  const whole = copy.start === 0 && copy.end === info.size;
  const etag = whole && !info.etag.includes('-') ? info.etag : undefined;
  const checksum = whole ? reusableChecksum(info.checksum, copy.algorithm) : undefined;
  const names: DigestName[] = etag === undefined ? ['MD5'] : [];
  if (copy.algorithm !== undefined && checksum === undefined) names.push(copy.algorithm);
  const size = copy.end - copy.start;
  const hash = context.reading.hashPool.open({ digests: names, chunks: false }, size);
  return {
    size,
    bytes: (async function* () {
      for await (const piece of read.bytes(copy.start, copy.end)) {
        await hash.update(piece);
        yield piece;
      }
    })(),
    finish: async () => {
      const { digests } = await hash.finish();
      const computed = copy.algorithm === undefined ? undefined : digests.get(copy.algorithm);
      const copied = checksum ?? (computed === undefined ? undefined : fullObject(copy.algorithm!, computed));
      const tag = etag ?? Buffer.from(digests.get('MD5')!).toString('hex');
      return copied === undefined ? { etag: tag } : { etag: tag, checksum: copied };
    },
    close: () => hash.abort(),
  };
}

function reusableChecksum(
  checksum: Checksum | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): Checksum | undefined {
  return checksum?.algorithm === algorithm && checksum?.type === 'FULL_OBJECT' ? checksum : undefined;
}

function fullObject(algorithm: ChecksumAlgorithm, digest: Uint8Array): Checksum {
  return { algorithm, type: 'FULL_OBJECT', value: toBase64(digest) };
}
