import type { IncomingMessage } from 'node:http';
import { S3Error } from '@crescendo/s3';

/**
 * The bytes of a request as they come, read only when asked for. Fails with `RequestTimeout` when the client sends nothing for
 * `idleMs`, and with `IncompleteBody` when it goes away. Time that the reader takes between pieces does not count.
 */
export async function* requestPieces(
  request: IncomingMessage,
  idleMs: number,
): AsyncGenerator<Uint8Array, void> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    request.destroy();
  }, idleMs);
  const pieces = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      timer.refresh();
      const next = await pieces.next();
      if (next.done === true) return;
      yield next.value as Uint8Array;
    }
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error(timedOut ? 'RequestTimeout' : 'IncompleteBody', undefined, { cause });
  } finally {
    clearTimeout(timer);
    void pieces.return?.();
  }
}
