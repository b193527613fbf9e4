import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsEndpoint } from '../wire/endpoint.ts';
import type { HostPort } from './cloud-options.ts';

/** Longer than the pools of common clients keep a connection, so that it is the client who closes. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 60_000;
const CLOSE_PATIENCE_MS = 3_000;

export interface ListeningServer {
  readonly address: HostPort;
  /** May be called again. Requests under way may finish; whoever takes too long is cut off. */
  close(): Promise<void>;
}

/** Fails with the system's error (`EADDRINUSE`, `EACCES`, ...) when the address can't be had. */
export async function listenOn(listen: HostPort, endpoint: AwsEndpoint): Promise<ListeningServer> {
  const server = createServer();
  // An upload may take hours: whoever reads a body gives up a client that stands still.
  server.requestTimeout = 0;
  server.headersTimeout = HEADERS_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  endpoint.attach(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: listen.host, port: listen.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeServer(server);
    return closed;
  };
  return { address: { host: listen.host, port }, close };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
