import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorDocument, S3Error } from '@crescendo/s3';

/**
 * Time-outs, and answers to what is no HTTP. The time for a whole request is not limited (an upload may take hours): a client that
 * stands still is given up by whoever waits for it.
 */
export function applyServerSettings(server: Server, idleMs: number): void {
  server.requestTimeout = 0;
  server.headersTimeout = idleMs;
  // Longer than the pools of common clients keep a connection, so that it is the client who closes.
  server.keepAliveTimeout = Math.max(idleMs, 75_000);
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) =>
    refuseBroken(error.code, socket),
  );
}

function refuseBroken(code: string | undefined, socket: Duplex): void {
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const body = errorDocument(brokenRequestError(code), '/', 'unknown');
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/xml\r\nserver: Crescendo\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function brokenRequestError(code: string | undefined): S3Error {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new S3Error('RequestHeaderSectionTooLarge');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new S3Error('RequestTimeout');
    default:
      return new S3Error('InvalidRequest', 'The request is not HTTP/1.1.');
  }
}
