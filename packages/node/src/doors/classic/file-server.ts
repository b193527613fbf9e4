import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '@crescendo/base';
import type { ObjectStore } from '@crescendo/store';
import type { ClassicEvent } from './classic-event.ts';
import { statusOf } from './failure-status.ts';
import { keyOf, sendFile } from './file-download.ts';
import { ensureBucket, receiveFiles } from './file-upload.ts';

/** A connection on which nothing moves for this long is closed. */
const IDLE_MS = 120_000;

export interface FileServer {
  readonly server: Server;
  /** Ends all connections; uploads under way are dropped whole. */
  close(): Promise<void>;
}

/** Serves the bucket `files` as the classic programs expect it; the caller makes `server` listen. */
export function createFileServer(store: ObjectStore, log: (event: ClassicEvent) => void): FileServer {
  const server = createServer((request, response) => {
    void answer(store, request, response).catch((thrown) => refuse(request, response, thrown, log));
  });
  server.requestTimeout = 0;
  server.timeout = IDLE_MS;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { server, close };
}

async function answer(store: ObjectStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '/' } = request;
  const isUpload = url.split('?', 1)[0] === '/upload';
  if (isUpload && (method === 'POST' || method === 'PUT')) {
    await ensureBucket(store);
    await receiveFiles(request, store);
    response.writeHead(204).end();
  } else if (method === 'GET' || method === 'HEAD') {
    await sendFile(store, keyOf(url), response, method === 'GET');
  } else {
    request.resume();
    response.setHeader('allow', isUpload ? 'GET, HEAD, POST, PUT' : 'GET, HEAD');
    sendText(response, 405, `${method} is not served here; files are uploaded by POST to /upload.`);
  }
}

/** What has begun can only be broken off: the client sees that less came than was promised. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  log: (event: ClassicEvent) => void,
): void {
  const { status, text } = statusOf(thrown);
  if (status >= 500) {
    const detail = { method: request.method, url: request.url, status, reason: messageOf(thrown) };
    log({ level: 'error', event: 'classic files: request failed', detail });
  }
  if (response.headersSent || request.socket.destroyed) {
    response.destroy();
    return;
  }
  request.resume();
  if (status === 503) response.setHeader('retry-after', '1');
  sendText(response, status, text);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
