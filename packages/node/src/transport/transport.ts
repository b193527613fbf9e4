import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Failure } from '@crescendo/base';
import type {
  HandlerOptions,
  Network,
  NodeId,
  PeerAddress,
  Reply,
  RequestHandler,
  RequestOptions,
  StoreEvent,
} from '@crescendo/store';
import { type Hello, heldAt, NONCE_BYTES, PROTOCOL, provenTwin } from './handshake.ts';
import { PeerLink } from './peer-link.ts';
import { PeerListener } from './peer-listener.ts';
import { Handlers } from './requests.ts';

export interface TransportOptions {
  readonly nodeId: NodeId;
  /** undefined while the node belongs to no cluster. */
  readonly clusterId: () => string | undefined;
  readonly secret: string;
  /** Absent: a client that listens to nobody (a front, an operator's tool). Port 0: any free one. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** The host under which others reach this node, when it is not the one listened on. */
  readonly advertisedHost?: string;
  /** Another node with this identity runs there, and has proved that it belongs to the cluster. */
  readonly twin?: (address: PeerAddress) => void;
  readonly log: (event: StoreEvent) => void;
}

export interface Transport {
  readonly network: Network;
  /** `host:port` of the peer door; empty without one. */
  readonly address: PeerAddress;
  close(): Promise<void>;
  stats(): { readonly links: number; readonly sentBytes: number; readonly droppedMessages: number };
  /** Sends what has gathered for the end of this turn: for callers who know that nothing more will come in it. */
  flush(): void;
}

/** Bodies beyond this size have connections of their own, so that they never stand in the way of small messages. */
const BULK_BYTES = 32 * 1024;
const RECEIVE_BYTES = { control: 32 * 1024, bulk: 256 * 1024 };
const MAX_LINKS = 4_096;
const TWIN_TIMEOUT_MS = 2_000;
const LARGE_REPLIES = new Set(['chunk.read']);

/** Opens the peer door and gives the network of which it is a part. */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const transport = new TcpTransport(options);
  await transport.open();
  return transport;
}

class TcpTransport implements Transport, Network {
  readonly network: Network = this;
  address: PeerAddress = '';
  private readonly options: TransportOptions;
  private readonly handlers = new Handlers();
  private readonly listener: PeerListener;
  private readonly links = new Map<string, PeerLink>();
  private readonly addresses = new Map<NodeId, PeerAddress>();
  private readonly boot = randomBytes(8).toString('hex');

  constructor(options: TransportOptions) {
    this.options = options;
    this.listener = new PeerListener({
      secret: options.secret,
      handlers: this.handlers,
      hello: () => this.hello(),
      accepted: (node, address) => {
        if (address !== '' && !this.addresses.has(node)) this.addresses.set(node, address);
      },
      lost: (node) => this.disconnected(node),
      report: (level, event, detail) => options.log({ level, event, detail }),
    });
  }

  async open(): Promise<void> {
    const { listen } = this.options;
    if (listen === undefined) return;
    const { server } = this.listener;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: listen.host, port: listen.port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.address = `${this.options.advertisedHost ?? listen.host}:${(server.address() as AddressInfo).port}`;
  }

  send(to: NodeId, channel: string, message: unknown): void {
    const address = this.addresses.get(to);
    if (address !== undefined) this.link(address, 'control').send(to, channel, message);
  }

  async request(to: NodeId, method: string, params: unknown, options: RequestOptions): Promise<Reply> {
    const address = this.addresses.get(to);
    if (address === undefined) {
      options.left?.();
      throw new Failure('Unreachable', `the address of node ${to} is not known`, { retryable: true });
    }
    const isBulk = (options.body?.length ?? 0) > BULK_BYTES || LARGE_REPLIES.has(method);
    return this.link(address, isBulk ? 'bulk' : 'control').request(to, method, params, options);
  }

  requestAt(address: PeerAddress, method: string, params: unknown, options: RequestOptions): Promise<Reply> {
    return this.link(address, 'control').request(undefined, method, params, options);
  }

  onMessage(channel: string, handler: (from: NodeId, message: unknown) => void): void {
    this.handlers.messages.set(channel, handler);
  }

  onRequest(method: string, handler: RequestHandler, { lent = false }: HandlerOptions = {}): void {
    this.handlers.requests.set(method, handler);
    if (lent) this.handlers.lent.add(method);
  }

  onDisconnect(handler: (peer: NodeId) => void): void {
    this.handlers.disconnects.push(handler);
  }

  setAddress(node: NodeId, address: PeerAddress): void {
    if (node !== this.options.nodeId) this.addresses.set(node, address);
  }

  stats(): { links: number; sentBytes: number; droppedMessages: number } {
    let sentBytes = 0;
    let droppedMessages = 0;
    for (const { counters } of this.links.values()) {
      sentBytes += counters.sentBytes;
      droppedMessages += counters.dropped;
    }
    return { links: this.links.size, sentBytes, droppedMessages };
  }

  flush(): void {
    for (const link of this.links.values()) link.flush();
  }

  async close(): Promise<void> {
    for (const link of this.links.values()) link.close();
    this.links.clear();
    if (this.options.listen !== undefined) await this.listener.close();
  }

  private link(address: PeerAddress, kind: 'control' | 'bulk'): PeerLink {
    const key = `${kind} ${address}`;
    const known = this.links.get(key);
    if (known !== undefined) return known;
    if (this.links.size >= MAX_LINKS) this.dropOldestLink();
    const link = new PeerLink({
      address,
      secret: this.options.secret,
      receiveBytes: RECEIVE_BYTES[kind],
      hello: () => this.hello(),
      established: (node) => {
        if (!this.addresses.has(node)) this.addresses.set(node, address);
      },
      refused: (hello, refusal) => this.refused(hello, refusal),
      lost: (node) => this.disconnected(node),
      report: (level, event, detail) => this.options.log({ level, event, detail }),
    });
    this.links.set(key, link);
    return link;
  }

  private dropOldestLink(): void {
    const [key, link] = this.links.entries().next().value!;
    this.links.delete(key);
    link.close();
  }

  /** Only the holder of this node's identity can say so for certain: a third peer's word is followed to its address. */
  private refused(hello: Hello, refusal: unknown): void {
    const twin = provenTwin(this.options.secret, hello, refusal);
    if (twin !== undefined) return this.options.twin?.(twin);
    const address = heldAt(refusal);
    if (address === undefined || address === this.address || this.options.twin === undefined) return;
    this.requestAt(address, 'alive.ping', null, { timeoutMs: TWIN_TIMEOUT_MS }).catch(() => undefined);
  }

  private disconnected(node: NodeId): void {
    for (const handler of this.handlers.disconnects) handler(node);
  }

  private hello(): Hello {
    return {
      ...PROTOCOL,
      node: this.options.nodeId,
      cluster: this.options.clusterId() ?? '',
      address: this.address,
      boot: this.boot,
      nonce: randomBytes(NONCE_BYTES),
    };
  }
}
