import { createServer, type Server, type Socket } from 'node:net';
import type { ClassicEvent } from './classic-event.ts';
import type { RingView } from './ring-view.ts';
import { RpcConnection } from './rpc-connection.ts';
import { callMethod } from './rpc-methods.ts';

const MAX_CONNECTIONS = 1_024;

export interface RpcServer {
  readonly server: Server;
  /** Ends all connections; calls under way are not answered. */
  close(): Promise<void>;
}

/** Serves the ring's methods; the caller makes `server` listen. */
export function createRpcServer(ring: RingView, log: (event: ClassicEvent) => void): RpcServer {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    new RpcConnection(socket, (method, params) => callMethod(ring, method, params), log);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { server, close };
}
