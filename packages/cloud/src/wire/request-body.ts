import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { WireError } from './wire-error.ts';

export interface BodyLimits {
  readonly bytes: number;
  /** For the whole body. */
  readonly patienceMs: number;
}

/**
 * The whole body. Fails with a `WireError` when it is too large, comes too slowly or breaks off.
 *
 * A packed body whose hash is the one that was declared is whole before its declared length has come: the SDK's clients for CBOR declare the
 * length from before they packed it. The connection is of no use then, since what came next on it would count as body; `request.complete`
 * is false.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const isWhole = wholeByHash(request);
    const timer = setTimeout(() => {
      end(new WireError('timedOut', `The body did not arrive within ${limits.patienceMs / 1_000} s.`));
    }, limits.patienceMs);
    const onData = (piece: Buffer): void => {
      length += piece.length;
      pieces.push(piece);
      if (length > limits.bytes) end(tooLarge(limits.bytes));
      else if (isWhole?.(piece)) end(undefined);
    };
    const onEnd = (): void => end(undefined);
    const onBroken = (): void => end(new WireError('timedOut', 'The body broke off.'));
    const end = (error: WireError | undefined): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      if (error === undefined) resolve(Buffer.concat(pieces, length));
      else reject(error);
    };
    if (Number(request.headers['content-length'] ?? 0) > limits.bytes) {
      end(tooLarge(limits.bytes));
      return;
    }
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

/** Told of each piece of a body whose length may be declared wrongly; true when the pieces make what was declared. */
function wholeByHash({ headers }: IncomingMessage): ((piece: Buffer) => boolean) | undefined {
  const {
    'content-encoding': encoding,
    'content-length': declared,
    'x-amz-content-sha256': sha256,
  } = headers;
  if (encoding === undefined || declared === undefined || sha256 === undefined) return undefined;
  const hash = createHash('sha256');
  let left = Number(declared);
  return (piece) => {
    left -= piece.length;
    return left > 0 && hash.update(piece).copy().digest('hex') === sha256;
  };
}

function tooLarge(bytes: number): WireError {
  return new WireError('tooLarge', `The body is larger than the ${bytes} bytes that are allowed.`);
}
