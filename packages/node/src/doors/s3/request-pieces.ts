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
  let giveUp: (failure: S3Error) => void = () => {};
  const idle = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  idle.catch(() => {});
  let waiting = true;
  const timer = setTimeout(() => {
    if (waiting) giveUp(new S3Error('RequestTimeout', undefined, { headers: { connection: 'close' } }));
  }, idleMs);
  const pieces = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      waiting = true;
      timer.refresh();
      const next = await Promise.race([pieces.next(), idle]);
      waiting = false;
      if (next.done === true) return;
      yield next.value as Uint8Array;
    }
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error('IncompleteBody', undefined, { cause });
  } finally {
    clearTimeout(timer);
    void pieces.return?.().catch(() => {});
  }
}
