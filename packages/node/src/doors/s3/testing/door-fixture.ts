import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { ObjectStore } from '@crescendo/store';
import { MemoryObjectStore } from '@crescendo/store/testing';
import { type Answer, SignedClient } from '../../../testing/signed-client.ts';
import { createS3Door, type S3Door, type S3DoorOptions, type S3LogEntry } from '../index.ts';

export const NOW_MS = Date.UTC(2026, 2, 1, 12);

/** An S3 door over a store in memory, on a port of its own, and a client that knows the key. */
export class DoorFixture {
  memory: MemoryObjectStore;
  #replaced: Partial<ObjectStore> = {};
  full = false;
  readonly log: S3LogEntry[] = [];
  readonly client: SignedClient;
  readonly port: number;
  readonly #door: S3Door;
  readonly #server: Server;

  static async open(options: Partial<S3DoorOptions> = {}): Promise<DoorFixture> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new DoorFixture(server, options);
  }

  private constructor(server: Server, options: Partial<S3DoorOptions>) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.client = new SignedClient(this.port, () => NOW_MS);
    this.memory = this.#newMemory();
    this.#door = createS3Door({
      store: this.#forwarding(),
      now: () => NOW_MS,
      credentials: (id) => (id === 'AKID' ? 'secret' : undefined),
      log: (entry) => this.log.push(entry),
      ...options,
    });
    this.#door.attach(server);
  }

  #newMemory(): MemoryObjectStore {
    const isFull = () => this.full;
    return new MemoryObjectStore({ now: () => NOW_MS, minimumPartBytes: 5, isFull, pieceBytes: 100_000 });
  }

  #forwarding(): ObjectStore {
    const get = (_: ObjectStore, name: keyof ObjectStore) =>
      this.#replaced[name] ?? this.memory[name].bind(this.memory);
    return new Proxy({} as ObjectStore, { get: get as (target: ObjectStore, name: PropertyKey) => unknown });
  }

  /** A new store with the empty bucket `bkt`. */
  async reset(): Promise<void> {
    this.full = false;
    this.memory = this.#newMemory();
    this.#replaced = {};
    await this.memory.createBucket('bkt');
  }

  /** From now on the door finds these methods in place of the store's own, until the next `reset`. */
  replace(methods: Partial<ObjectStore>): void {
    this.#replaced = methods;
  }

  async isStored(key: string): Promise<boolean> {
    return (await this.client.send('HEAD', `/bkt/${key}`)).status === 200;
  }

  /** Sends bytes over a connection of its own and gives what comes back until it is closed. */
  exchangeRaw(text: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(this.port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(answer));
    });
  }

  async close(): Promise<void> {
    this.client.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#door.close();
  }
}

export const BIG_BODY = Buffer.alloc(1_500_000, 'The quick brown fox ');

export function md5Hex(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Status and error code: `404 NoSuchKey`, `200 `. */
export function codeOf(answer: Answer): string {
  return `${answer.status} ${/<Code>(.*)<\/Code>/.exec(answer.text)?.[1] ?? ''}`;
}
