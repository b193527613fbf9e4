import type { IncomingMessage } from 'node:http';
import { WireError } from './wire-error.ts';

export interface BodyLimits {
  readonly bytes: number;
  /** For the whole body. */
  readonly patienceMs: number;
}

/** The whole body. Fails with a `WireError` when it is too large, comes too slowly or breaks off. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      end(new WireError('timedOut', `The body did not arrive within ${limits.patienceMs / 1_000} s.`));
    }, limits.patienceMs);
    const onData = (piece: Buffer): void => {
      length += piece.length;
      pieces.push(piece);
      if (length > limits.bytes) end(tooLarge(limits.bytes));
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

function tooLarge(bytes: number): WireError {
  return new WireError('tooLarge', `The body is larger than the ${bytes} bytes that are allowed.`);
}
