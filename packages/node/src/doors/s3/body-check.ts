import {
  type BodyDeclaration,
  type ChainStart,
  type ChunkedEvent,
  ChunkSignatures,
  checksumHeader,
  S3Error,
  toBase64,
} from '@crescendo/s3';
import type { Checksum, ChecksumAlgorithm } from '@crescendo/store';
import { type DigestName, type DigestPlan, type Digests, signingHash } from '../../hashing/index.ts';

export type Trailers = Extract<ChunkedEvent, { kind: 'trailers' }>;

/** What came of a body, once all of it has been read. */
export interface ReadBody {
  readonly digests: Digests;
  /** Signatures that the chunks carry, and the SHA-256 of each. */
  readonly chunkSignatures: readonly string[];
  readonly chunkSha256: readonly string[];
  readonly trailers?: Trailers;
}

/** The digests that are needed to check a body and to name it. `computed` is wanted although the client did not send it. */
export function planDigests(
  declaration: BodyDeclaration,
  computed: ChecksumAlgorithm | undefined,
): DigestPlan {
  const names = new Set<DigestName>(['MD5']);
  if (declaration.payload.kind === 'literal') names.add('SHA256');
  if (declaration.checksum !== undefined) names.add(declaration.checksum.algorithm);
  if (computed !== undefined) names.add(computed);
  return {
    digests: [...names],
    chunks: declaration.payload.kind === 'chunked' && declaration.payload.signed,
  };
}

/**
 * Holds a body against everything its request promised. Gives its ETag and its checksum; fails with the error of the first promise
 * that was not kept.
 */
export function checkBody(
  declaration: BodyDeclaration,
  chain: ChainStart,
  body: ReadBody,
  computed: ChecksumAlgorithm | undefined,
): { etag: string; checksum?: Checksum } {
  checkPayload(declaration, body);
  if (declaration.payload.kind === 'chunked' && declaration.payload.signed) checkChain(chain, body);
  const etag = hexOf(body.digests, 'MD5');
  if (declaration.md5 !== undefined && declaration.md5 !== etag) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      details: { ExpectedDigest: declaration.md5, CalculatedDigest: etag },
    });
  }
  const checksum = checkChecksum(declaration, body, computed);
  return checksum === undefined ? { etag } : { etag, checksum };
}

function checkPayload(declaration: BodyDeclaration, body: ReadBody): void {
  if (declaration.payload.kind !== 'literal') return;
  const computed = hexOf(body.digests, 'SHA256');
  if (computed === declaration.payload.sha256) return;
  throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
    details: { ClientComputedContentSHA256: declaration.payload.sha256, S3ComputedContentSHA256: computed },
  });
}

function checkChain(chain: ChainStart, body: ReadBody): void {
  const signatures = new ChunkSignatures(chain);
  for (const [i, signature] of body.chunkSignatures.entries())
    signatures.verifyChunk(signature, body.chunkSha256[i]!);
  const { trailers } = body;
  if (trailers === undefined || trailers.values.size === 0) return;
  if (trailers.signature === undefined) {
    throw new S3Error('SignatureDoesNotMatch', 'The trailers carry no x-amz-trailer-signature.');
  }
  signatures.verifyTrailers(trailers.signature, signingHash.sha256Hex(trailers.signedText));
}

function checkChecksum(
  declaration: BodyDeclaration,
  body: ReadBody,
  computed: ChecksumAlgorithm | undefined,
): Checksum | undefined {
  const algorithm = declaration.checksum?.algorithm ?? computed;
  if (algorithm === undefined) return undefined;
  const value = toBase64(body.digests.get(algorithm)!);
  const promised = declaration.checksum?.value ?? body.trailers?.values.get(checksumHeader(algorithm));
  if (declaration.checksum !== undefined && promised !== value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return { algorithm, type: 'FULL_OBJECT', value };
}

function hexOf(digests: Digests, name: DigestName): string {
  return Buffer.from(digests.get(name)!).toString('hex');
}
