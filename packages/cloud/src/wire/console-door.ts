/** Requests for a console, which is handed in and answers for itself: the cloud only keeps foreign hosts and other sites' pages out. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '@crescendo/base';
import type { HeaderMap } from '@crescendo/s3';
import { guardPage } from './request-guard.ts';

/** No bucket can have such a name. */
const CONSOLE_PATH = '/_console';

export function isForConsole(path: string): boolean {
  return path === CONSOLE_PATH || path.startsWith(`${CONSOLE_PATH}/`);
}

export function handConsole(
  request: IncomingMessage,
  response: ServerResponse,
  headers: HeaderMap,
  { console, hosts }: { readonly console: RequestListener; readonly hosts: readonly string[] },
): void {
  request.on('error', () => {});
  response.on('error', () => {});
  try {
    guardPage(request.method ?? 'GET', headers, hosts);
  } catch (refusal) {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`${messageOf(refusal)}\n`);
    return;
  }
  console(request, response);
}
