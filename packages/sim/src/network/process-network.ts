/**
 * The `Network` port as one process sees it. It lives and dies with its process; see the rules of `sim-network.ts`.
 */
import { Failure, InvariantError, messageOf } from '@crescendo/base';
import type {
  HandlerOptions,
  HandlerReply,
  Network,
  NodeId,
  PeerAddress,
  Reply,
  RequestHandler,
  RequestOptions,
} from '../ports.ts';
import { Loan } from '../ports.ts';
import type { Process } from '../world/machine.ts';
import type { SimNetwork } from './sim-network.ts';

const NO_BYTES = new Uint8Array(0);

interface PendingRequest {
  /** Set once the peer's process has it: from then on it may have been handled. */
  peer: ProcessNetwork | undefined;
  settle(outcome: { readonly reply: Reply } | { readonly failure: Failure }): void;
}

/** What a handler ended with, as it travels. */
type WireOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly retryable: boolean };

export class ProcessNetwork implements Network {
  readonly process: Process;
  readonly address: PeerAddress;
  readonly #fabric: SimNetwork;
  readonly #nodeId: () => NodeId | undefined;
  readonly #addresses = new Map<NodeId, PeerAddress>();
  readonly #messageHandlers = new Map<string, (from: NodeId, message: unknown) => void>();
  readonly #requestHandlers = new Map<string, { readonly handler: RequestHandler; readonly lent: boolean }>();
  readonly #disconnectHandlers: ((peer: NodeId) => void)[] = [];
  readonly #connections = new Set<ProcessNetwork>();
  readonly #pending = new Set<PendingRequest>();

  constructor(fabric: SimNetwork, process: Process, nodeId: () => NodeId | undefined) {
    this.#fabric = fabric;
    this.process = process;
    this.address = process.machine.address;
    this.#nodeId = nodeId;
  }

  get nodeId(): NodeId | undefined {
    return this.#nodeId();
  }

  setAddress(node: NodeId, address: PeerAddress): void {
    this.#addresses.set(node, address);
  }

  onMessage(channel: string, handler: (from: NodeId, message: unknown) => void): void {
    this.#messageHandlers.set(channel, handler);
  }

  onRequest(method: string, handler: RequestHandler, { lent = false }: HandlerOptions = {}): void {
    this.#requestHandlers.set(method, { handler, lent });
  }

  onDisconnect(handler: (peer: NodeId) => void): void {
    this.#disconnectHandlers.push(handler);
  }

  send(to: NodeId, channel: string, message: unknown): void {
    if (!this.process.isAlive) return;
    const bytes = this.#fabric.codec.encode(message); // (N1)
    const from = this.#self();
    this.#fabric.tap?.(from, channel, message);
    const address = this.#addressOf(to);
    if (address === undefined) return;
    this.#fabric.carry(this.address, address, bytes.length, () => {
      const peer = this.#fabric.endpoint(address);
      if (peer === undefined || peer.nodeId !== to) return;
      this.#connect(peer);
      peer.process.enter(() => peer.receive(from, channel, this.#fabric.codec.decode(bytes)));
    });
  }

  receive(from: NodeId, channel: string, message: unknown): void {
    this.#messageHandlers.get(channel)?.(from, message);
  }

  request(to: NodeId, method: string, params: unknown, options: RequestOptions): Promise<Reply> {
    return this.#request(this.#addressOf(to), to, method, params, options);
  }

  requestAt(address: PeerAddress, method: string, params: unknown, options: RequestOptions): Promise<Reply> {
    return this.#request(address, undefined, method, params, options);
  }

  #self(): NodeId {
    const id = this.#nodeId();
    if (id === undefined) throw new Error(`${this.address} speaks before it has an identity`);
    return id;
  }

  #addressOf(node: NodeId): PeerAddress | undefined {
    return node === this.#nodeId() ? this.address : this.#addresses.get(node);
  }

  #request(
    address: PeerAddress | undefined,
    to: NodeId | undefined,
    method: string,
    params: unknown,
    options: RequestOptions,
  ): Promise<Reply> {
    const paramBytes = this.#fabric.codec.encode(params); // (N1)
    const body = options.body === undefined ? NO_BYTES : options.body.slice();
    options.left?.();
    this.#fabric.requests++;
    return new Promise((resolve, reject) => {
      const pending: PendingRequest = {
        peer: undefined,
        settle: (outcome) => {
          if (!this.#pending.delete(pending)) return;
          if ('reply' in outcome) resolve(outcome.reply);
          else reject(outcome.failure);
        },
      };
      this.#pending.add(pending);
      if (address === undefined) {
        const failure = unreachable(`no address is known for node ${to}`);
        this.process.later(0, () => pending.settle({ failure }));
        return;
      }
      this.#startTimeout(pending, address, method, options.timeoutMs);
      this.#transmit(pending, address, to, method, paramBytes, body);
    });
  }

  /** (N2) Silence on a connection that stood may hide a handled request; a connection that never came to be can't. */
  #startTimeout(pending: PendingRequest, address: PeerAddress, method: string, timeoutMs: number): void {
    const known = this.#fabric.endpoint(address);
    const stood = known !== undefined && this.#connections.has(known);
    this.process.later(timeoutMs, () => {
      const failure =
        stood || pending.peer !== undefined
          ? timedOut(`${method} at ${address}: no answer within ${timeoutMs} ms`)
          : unreachable(`${method}: ${address} can't be reached`);
      pending.settle({ failure });
    });
  }

  #transmit(
    pending: PendingRequest,
    address: PeerAddress,
    to: NodeId | undefined,
    method: string,
    paramBytes: Uint8Array,
    body: Uint8Array<ArrayBufferLike>,
  ): void {
    const from = this.#self();
    const size = paramBytes.length + body.length;
    const arrive = (): void => {
      const peer = this.#fabric.endpoint(address);
      if (peer === undefined) {
        if (!this.#fabric.isDark(address)) this.#refuse(pending, address, `${address} refuses connections`);
      } else if (to !== undefined && peer.nodeId !== to) {
        this.#refuse(pending, address, `${address} is node ${peer.nodeId} and not ${to}`);
      } else {
        this.#connect(peer);
        pending.peer = peer;
        if (this.#fabric.drawsBreakage()) this.breakWith(peer);
        else peer.process.enter(() => peer.#handle(this, pending, from, method, paramBytes, body));
      }
    };
    this.#fabric.carryReliably(this.address, address, size, arrive, () => {});
  }

  #refuse(pending: PendingRequest, address: PeerAddress, message: string): void {
    this.#fabric.carryReliably(
      address,
      this.address,
      0,
      () => this.process.enter(() => pending.settle({ failure: unreachable(message) })),
      () => {},
    );
  }

  #handle(
    caller: ProcessNetwork,
    pending: PendingRequest,
    from: NodeId,
    method: string,
    paramBytes: Uint8Array,
    body: Uint8Array<ArrayBufferLike>,
  ): void {
    const known = this.#requestHandlers.get(method);
    if (known === undefined) {
      this.#reply(
        caller,
        pending,
        failureOnWire(new Failure('UnknownMethod', `this node does not know the method ${method}`)),
        NO_BYTES,
      );
      return;
    }
    const loan = new Loan(known.lent ? () => body.fill(0xdb) : undefined); // (N4)
    const release = loan.hold();
    // A handler that throws before its first await fails the request like any other.
    const handled = (async () => known.handler(from, this.#fabric.codec.decode(paramBytes), body, loan))();
    handled.then(release, release);
    handled.then(
      (reply: HandlerReply) => {
        const replyBody = reply.body === undefined ? NO_BYTES : reply.body.slice();
        this.#reply(caller, pending, { ok: true, result: reply.result }, replyBody);
      },
      (error: unknown) => {
        if (isBug(error)) this.#fabric.world.fail(error);
        else this.#reply(caller, pending, failureOnWire(error), NO_BYTES);
      },
    );
  }

  #reply(caller: ProcessNetwork, pending: PendingRequest, outcome: WireOutcome, body: Uint8Array): void {
    if (!this.process.isAlive) return;
    if (this.#fabric.drawsBreakage()) {
      this.breakWith(caller);
      return;
    }
    const bytes = this.#fabric.codec.encode(outcome);
    const deliver = (): void => {
      const decoded = this.#fabric.codec.decode(bytes) as WireOutcome;
      pending.settle(
        decoded.ok
          ? { reply: { result: decoded.result, body } }
          : { failure: new Failure(decoded.code, decoded.message, { retryable: decoded.retryable }) },
      );
    };
    this.#fabric.carryReliably(
      this.address,
      caller.address,
      bytes.length + body.length,
      () => caller.process.enter(deliver),
      () => {},
    );
  }

  #connect(peer: ProcessNetwork): void {
    if (peer === this) return;
    this.#connections.add(peer);
    peer.#connections.add(this);
  }

  /** The process has ended and its machine tells the peers. */
  resetConnections(): void {
    for (const peer of [...this.#connections]) this.breakWith(peer);
  }

  /** Both sides hear of it, unless the link between them is cut. */
  breakWith(peer: ProcessNetwork): void {
    this.#connections.delete(peer);
    peer.#connections.delete(this);
    this.#tell(peer);
    peer.#tell(this);
  }

  #tell(peer: ProcessNetwork): void {
    const gone = peer.#nodeId();
    const lost = [...this.#pending].filter((pending) => pending.peer === peer);
    this.#fabric.carryReliably(
      peer.address,
      this.address,
      0,
      () =>
        this.process.enter(() => {
          const failure = timedOut(`the connection to ${peer.address} broke`);
          for (const pending of lost) pending.settle({ failure });
          if (gone === undefined) return;
          for (const handler of this.#disconnectHandlers) handler(gone);
        }),
      () => {},
    );
  }
}

function failureOnWire(error: unknown): WireOutcome {
  if (!(error instanceof Failure))
    return { ok: false, code: 'Internal', message: messageOf(error), retryable: false };
  return { ok: false, code: error.code, message: error.message, retryable: error.retryable };
}

/** Production would answer `Internal` and go on; here what no handler throws on purpose ends the run. */
function isBug(error: unknown): boolean {
  return (
    error instanceof InvariantError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError
  );
}

function unreachable(message: string): Failure {
  return new Failure('Unreachable', message, { retryable: true });
}

function timedOut(message: string): Failure {
  return new Failure('Timeout', message, { retryable: true });
}
