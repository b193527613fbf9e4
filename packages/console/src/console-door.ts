/**
 * Answers HTTP requests under `/_console`: the page, its newest picture, and what they need. It does not know what a view is made from,
 * and takes requests only from an endpoint that has looked at Host, Origin and Sec-Fetch-Site.
 *
 * (D1) Nothing of the store is shown without the key: in the address, which leads to a cookie, or in that cookie.
 * (D2) The key stands in no page and no answer but that cookie; addresses with it are left at once.
 * (D3) Nothing can be changed here: whatever is neither GET nor HEAD is refused before anything else.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '@crescendo/base';
import type { ConsoleView } from './console-view.ts';
import { CONSOLE_PATH, consoleMain, consolePage, lockedPage } from './page.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_ICON, PAGE_STYLE } from './page-style.ts';

export interface ConsoleDoorOptions {
  readonly key: string;
  /** The newest picture; asked for once a request. */
  readonly view: () => Promise<ConsoleView>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML = 'text/html; charset=utf-8';
const FILES: Readonly<Record<string, Answer>> = {
  '/script.js': { status: 200, type: 'text/javascript; charset=utf-8', body: PAGE_SCRIPT },
  '/style.css': { status: 200, type: 'text/css; charset=utf-8', body: PAGE_STYLE },
  '/icon.svg': { status: 200, type: 'image/svg+xml', body: PAGE_ICON },
};
const SAFETY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Never fails: what goes wrong is answered. */
export function consoleDoor(options: ConsoleDoorOptions): RequestListener {
  return (request, response) => {
    // A broken connection shows where it is written; this only keeps it from ending the process.
    response.on('error', () => {});
    void answerOf(request, options)
      .catch((error: unknown): Answer => failed(error))
      .then((answer) => send(request, response, answer));
  };
}

async function answerOf(request: IncomingMessage, { key, view }: ConsoleDoorOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed(request.method); // (D3)
  const url = new URL(request.url ?? '/', 'http://console');
  const path = url.pathname.slice(CONSOLE_PATH.length);
  const file = FILES[path];
  if (file !== undefined) return file;
  const given = url.searchParams.get('key');
  if (given !== null)
    return isKey(given, key)
      ? letIn(request, key)
      : locked('The key in the address is not that of this store; a new one is made with each data folder.');
  if (!isLetIn(request, key))
    return locked('It shows names and sizes of what is stored, so it opens only to whoever has its key.'); // (D1)
  if (path === '' || path === '/') return { status: 200, type: HTML, body: `${consolePage(await view())}` };
  if (path === '/view') return { status: 200, type: HTML, body: `${consoleMain(await view())}` };
  return {
    status: 404,
    type: 'text/plain',
    body: `There is no ${CONSOLE_PATH}${path}; the console is at ${CONSOLE_PATH}.\n`,
  };
}

/** Each port has its own, since browsers send cookies to all ports of a host. */
function cookieName({ headers }: IncomingMessage): string {
  return `crescendo-console-${/:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '80'}`;
}

function letIn(request: IncomingMessage, key: string): Answer {
  const cookie = `${cookieName(request)}=${key}; Path=${CONSOLE_PATH}; HttpOnly; SameSite=Strict`;
  const headers = { location: CONSOLE_PATH, 'set-cookie': cookie };
  return { status: 303, type: 'text/plain', body: '', headers }; // (D2)
}

function isLetIn(request: IncomingMessage, key: string): boolean {
  const name = `${cookieName(request)}=`;
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.some((cookie) => cookie.startsWith(name) && isKey(cookie.slice(name.length), key));
}

/** In a time that says nothing of the key. */
function isKey(given: string, key: string): boolean {
  const [one, other] = [given, key].map((text) => createHash('sha256').update(text).digest());
  return key !== '' && timingSafeEqual(one!, other!);
}

function locked(reason: string): Answer {
  return { status: 403, type: HTML, body: `${lockedPage(reason)}` };
}

function notAllowed(method: string | undefined): Answer {
  const body = `The console only shows: ${method} is not allowed, GET and HEAD are.\n`;
  return { status: 405, type: 'text/plain', body, headers: { allow: 'GET, HEAD', connection: 'close' } };
}

function failed(error: unknown): Answer {
  const body = `The picture could not be made: ${messageOf(error)}\n`;
  return { status: 503, type: 'text/plain', body, headers: { refresh: '2', 'retry-after': '2' } };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    ...SAFETY,
    'content-type': answer.type,
    'content-length': body.length,
    ...answer.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
