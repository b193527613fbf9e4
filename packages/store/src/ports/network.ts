import type { Loan } from './loan.ts';

/** A node's identity: 32 hexadecimal digits, drawn when the data folder is made. */
export type NodeId = string;

/** Where a node's peer door listens: `host:port`. */
export type PeerAddress = string;

export interface RequestOptions {
  readonly timeoutMs: number;
  /** Bulk bytes that travel beside the parameters. */
  readonly body?: Uint8Array;
  /**
   * Called once, when the network does not need the body's memory any more, whatever becomes of the request: that may be after the request
   * has failed.
   */
  readonly left?: () => void;
  /**
   * Memory that the reply's body may be put in; the body is then a view of it. After a failure it must not be used again: a late reply
   * may still be on its way into it.
   */
  readonly into?: Uint8Array;
}

export interface Reply {
  readonly result: unknown;
  readonly body: Uint8Array;
}

export interface HandlerReply {
  readonly result: unknown;
  readonly body?: Uint8Array;
  /** Called, at most once, when the body's memory is not needed any more. A network that does not tell lets it be collected. */
  readonly sent?: () => void;
}

/**
 * `from` has proved that it knows the cluster's secret. `params` come from a peer that may run another version. `loan` is of the body: who needs
 * lent memory beyond the handler's own end takes a hold.
 */
export type RequestHandler = (
  from: NodeId,
  params: unknown,
  body: Uint8Array,
  loan: Loan,
) => Promise<HandlerReply>;

export interface HandlerOptions {
  /** The body's memory may be used again when the handler has ended and nobody holds it. */
  readonly lent?: boolean;
}

/**
 * What nodes say to each other. One-way messages may be lost, delayed or repeated; requests end in a reply, in the
 * handler's `Failure` (code, message and `retryable` are carried over), or in a `Failure` of code `Unreachable` (it can't have been
 * handled) or `Timeout` (it may have been).
 */
export interface Network {
  send(to: NodeId, channel: string, message: unknown): void;
  request(to: NodeId, method: string, params: unknown, options: RequestOptions): Promise<Reply>;
  /** A request to an address whose node id is not known yet. */
  requestAt(address: PeerAddress, method: string, params: unknown, options: RequestOptions): Promise<Reply>;
  onMessage(channel: string, handler: (from: NodeId, message: unknown) => void): void;
  onRequest(method: string, handler: RequestHandler, options?: HandlerOptions): void;
  /** Tells where a node is; the newest word wins. */
  setAddress(node: NodeId, address: PeerAddress): void;
  /** Called when the connection to a peer breaks: a hint that it may have died. */
  onDisconnect(handler: (peer: NodeId) => void): void;
}
