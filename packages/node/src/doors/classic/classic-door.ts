import type { Server } from 'node:net';
import type { ObjectStore } from '@crescendo/store';
import type { ClassicEvent } from './classic-event.ts';
import { createFileServer } from './file-server.ts';
import type { RingView } from './ring-view.ts';
import { createRpcServer } from './rpc-server.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface ClassicDoorOptions {
  readonly ring: RingView;
  readonly store: ObjectStore;
  /** By custom port 5057. */
  readonly rpc: ListenAddress;
  /** By custom port 5058. */
  readonly files: ListenAddress;
  readonly log: (event: ClassicEvent) => void;
}

export interface ClassicDoor {
  /** Resolves when both ports answer; fails, with nothing left open, when one can't be had. */
  readonly listening: Promise<void>;
  /** The ports in use; valid once listening. */
  readonly addresses: { readonly rpc: ListenAddress; readonly files: ListenAddress };
  close(): Promise<void>;
}

/** The door for the original programs: MessagePack-RPC and a file server, both over what the node offers anyway. */
export function createClassicDoor(options: ClassicDoorOptions): ClassicDoor {
  const rpc = createRpcServer(options.ring, options.log);
  const files = createFileServer(options.store, options.log);
  const close = async () => {
    await Promise.all([rpc.close(), files.close()]);
  };
  const listening = Promise.all([listen(rpc.server, options.rpc), listen(files.server, options.files)]).then(
    () => {},
    async (thrown) => {
      await close();
      throw thrown;
    },
  );
  return {
    listening,
    get addresses() {
      return { rpc: addressOf(rpc.server, options.rpc), files: addressOf(files.server, options.files) };
    },
    close,
  };
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(server: Server, asked: ListenAddress): ListenAddress {
  const address = server.address();
  return typeof address === 'object' && address !== null ? { host: asked.host, port: address.port } : asked;
}
