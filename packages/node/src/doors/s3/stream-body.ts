import type { ServerResponse } from 'node:http';
import type { Exchange } from './exchange.ts';

/**
 * Writes pieces as the body of an answer whose head has been sent. A piece is asked for when the one before it has left this process,
 * since pieces may share memory. Fails, and so cuts the connection, when the pieces do, when they do not come to `length` bytes, or when
 * the client takes nothing for `idleMs`.
 */
export async function streamBody(
  exchange: Exchange,
  pieces: AsyncIterable<Uint8Array>,
  length: number,
  idleMs: number,
): Promise<void> {
  const { response } = exchange;
  let sent = 0;
  const timer = setTimeout(() => response.destroy(), idleMs);
  try {
    for await (const piece of pieces) {
      if (exchange.isGone) return;
      sent += piece.length;
      if (sent > length) break;
      timer.refresh();
      await write(response, piece);
      if (exchange.isGone) return;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
  if (sent !== length) throw new Error(`the store gave ${sent} of ${length} bytes`);
  response.end();
}

/** Resolves when the bytes are with the operating system, or when the client is gone. */
function write(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.write(piece, () => resolve());
  });
}
