import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '@crescendo/base';
import { checkOrigin } from '../s3/request-guard.ts';
import { type MetricSample, metricsText } from './metrics-text.ts';

/** What the admin door shows. It changes nothing: commands go through a signed request at an S3 door. */
export interface AdminView {
  /** Names under which the door may be called, beside addresses and `localhost`. */
  readonly hosts: readonly string[];
  /** `ready` when the node serves. */
  health(): { readonly ready: boolean; readonly detail: Readonly<Record<string, unknown>> };
  metrics(): readonly MetricSample[];
  state(): Promise<unknown>;
}

export interface AdminDoor {
  readonly address: string;
  close(): Promise<void>;
}

/** Serves `/health`, `/metrics` and `/state` for people, probes and Prometheus. Unsigned, so it belongs on loopback or a private network. */
export async function openAdminDoor(
  view: AdminView,
  listen: { host: string; port: number },
): Promise<AdminDoor> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void answer(view, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `${listen.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(view: AdminView, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refusal = refusalOf(request, view.hosts);
  if (refusal !== undefined) return send(response, 403, { message: refusal });
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, { message: `${request.method} is not allowed here; GET is.` });
  }
  const path = (request.url ?? '/').split('?')[0];
  try {
    if (path === '/health') {
      const { ready, detail } = view.health();
      return send(response, ready ? 200 : 503, { ready, ...detail });
    }
    if (path === '/metrics') return sendText(response, metricsText(view.metrics()));
    if (path === '/state') return send(response, 200, await view.state());
    send(response, 404, { message: `There is no ${path}; there are /health, /metrics and /state.` });
  } catch (cause) {
    send(response, 503, { message: messageOf(cause) });
  }
}

/** The same rule as at the S3 door: pages of another origin, and pages whose name was made to point here, stay out. */
function refusalOf(request: IncomingMessage, hosts: readonly string[]): string | undefined {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  try {
    checkOrigin({ host, origin, 'sec-fetch-site': String(site ?? '') }, 'GET', { baseDomains: [], hosts });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  response.end(text);
}
