import type { IncomingMessage } from 'node:http';
import { S3Error } from '@crescendo/s3';
import { freeMemory } from '../../free-memory.ts';

/**
 * The bytes of a request as they come, read only when asked for. Fails with `RequestTimeout` when the client sends nothing for
 * `idleMs`, and with `IncompleteBody` when it goes away. Time that the reader takes between pieces does not count. A piece is gone when the next one
 * is asked for.
 */
export async function* requestPieces(
  request: IncomingMessage,
  idleMs: number,
): AsyncGenerator<Uint8Array, void> {
  let giveUp: ((failure: S3Error) => void) | undefined;
  const timer = setTimeout(() => giveUp?.(timedOut()), idleMs);
  const pieces = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      timer.refresh();
      // Each piece has a promise of its own: racing against one that lives as long as the request would keep every piece in memory.
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject;
        pieces.next().then(resolve, reject);
      });
      giveUp = undefined;
      if (next.done === true) return;
      yield next.value;
      freeMemory(next.value);
    }
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error('IncompleteBody', undefined, { cause });
  } finally {
    clearTimeout(timer);
    void pieces.return?.().catch(() => {});
  }
}

/** All bytes of a request whose length is known to be small, with the same failures; the fewest steps for what comes in one piece. */
export function wholeRequest(request: IncomingMessage, idleMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const settle = (work: () => void): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', end).off('error', fail).off('close', fail);
      work();
    };
    const take = (piece: Buffer): void => {
      timer.refresh();
      pieces.push(piece);
    };
    const end = (): void => settle(() => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
    const fail = (cause?: Error): void =>
      settle(() => reject(new S3Error('IncompleteBody', undefined, { cause })));
    const timer = setTimeout(() => {
      request.pause();
      settle(() => reject(timedOut()));
    }, idleMs);
    if (request.readableEnded || request.destroyed) return request.destroyed ? fail() : end();
    request.on('data', take).on('end', end).on('error', fail).on('close', fail);
  });
}

function timedOut(): S3Error {
  return new S3Error('RequestTimeout', undefined, { headers: { connection: 'close' } });
}
