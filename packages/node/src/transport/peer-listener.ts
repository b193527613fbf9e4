import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Failure, InvariantError, messageOf } from '@crescendo/base';
import { Loan } from '@crescendo/store';
import { freeMemory } from '../free-memory.ts';
import { BodyMemory } from './body-memory.ts';
import { encodeFrame, FRAME, type Frame, FrameDecoder, FrameError, MAX_FRAME_BYTES } from './frame.ts';
import {
  commonVersion,
  type Hello,
  type HelloReply,
  isProof,
  NONCE_BYTES,
  parseHello,
  prove,
  type Refusal,
} from './handshake.ts';
import { writeAll } from './peer-link.ts';
import type { Handlers } from './requests.ts';

/**
 * The peer door: accepts connections that others have dialled, has them prove the secret, and answers their requests.
 *
 * (D1) Nobody is listened to before the proof; what an unproven connection may cost is bounded in bytes, time and number.
 * (D2) What is being handled for a connection is bounded: beyond it the connection is read no further.
 * (D3) A lent body's memory is used again only when its handler has ended, nobody holds it, and no byte of the frame is still to come.
 */
export interface ListenerOptions {
  readonly secret: string;
  readonly handlers: Handlers;
  hello(): Hello;
  accepted(node: string, address: string): void;
  lost(node: string): void;
  report(level: 'info' | 'warn', event: string, detail: Record<string, unknown>): void;
}

const MAX_HELLO_BYTES = 4_096;
const HANDSHAKE_TIMEOUT_MS = 5_000;
const MAX_UNPROVEN = 128;
const MAX_HANDLING_BYTES = 64 * 1024 * 1024;

interface ProvenPeer {
  readonly boot: string;
  readonly address: string;
  connections: number;
}

export class PeerListener {
  readonly server: Server;
  private readonly options: ListenerOptions;
  private readonly sockets = new Set<Socket>();
  private readonly peers = new Map<string, ProvenPeer>();
  private readonly memory = new BodyMemory();
  private unproven = 0;
  private crowded = false;

  constructor(options: ListenerOptions) {
    this.options = options;
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private accept(socket: Socket): void {
    if (this.unproven >= MAX_UNPROVEN) {
      if (!this.crowded)
        this.options.report('warn', 'too many unproven connections', { allowed: MAX_UNPROVEN });
      this.crowded = true;
      socket.destroy(); // (D1)
      return;
    }
    this.crowded = false;
    this.sockets.add(socket);
    new Incoming(socket, this.options, this.memory, {
      admit: (hello) => this.admit(hello),
      proven: (hello) => this.proven(hello),
      ended: (hello) => this.ended(socket, hello),
      unproven: (change) => {
        this.unproven += change;
      },
    });
  }

  /** Why this peer is not let in; undefined when it is. */
  private admit(hello: Hello): Reason | undefined {
    const own = this.options.hello();
    const reason = admissionFault(own, hello);
    if (reason !== undefined) return { reason };
    if (hello.node === own.node && hello.boot !== own.boot)
      return { reason: 'it has the identity of this node: a data folder was copied', isTwin: true };
    const known = this.peers.get(hello.node);
    if (known === undefined || known.boot === hello.boot || known.address === hello.address) return undefined;
    const { address } = known;
    return {
      reason: `another node with its identity is connected from ${address}: a data folder was copied`,
      heldAt: address,
    };
  }

  private proven(hello: Hello): void {
    const known = this.peers.get(hello.node);
    const connections = known?.boot === hello.boot ? known.connections + 1 : 1;
    this.peers.set(hello.node, { boot: hello.boot, address: hello.address, connections });
    this.options.accepted(hello.node, hello.address);
  }

  private ended(socket: Socket, hello: Hello | undefined): void {
    this.sockets.delete(socket);
    if (hello === undefined) return;
    const known = this.peers.get(hello.node);
    if (known === undefined || known.boot !== hello.boot) return;
    known.connections--;
    if (known.connections === 0) this.peers.delete(hello.node);
    this.options.lost(hello.node);
  }
}

interface Reason {
  readonly reason: string;
  readonly heldAt?: string;
  readonly isTwin?: boolean;
}

function admissionFault(own: Hello, hello: Hello): string | undefined {
  if (commonVersion(own, hello) === undefined) {
    return `it speaks versions ${hello.oldest} to ${hello.newest} of the peer protocol, this node ${own.oldest} to ${own.newest}`;
  }
  if (own.cluster !== '' && hello.cluster !== '' && own.cluster !== hello.cluster) {
    return `it belongs to cluster ${hello.cluster}, this node to ${own.cluster}`;
  }
  return undefined;
}

interface IncomingHooks {
  admit(hello: Hello): Reason | undefined;
  proven(hello: Hello): void;
  ended(hello: Hello | undefined): void;
  unproven(change: number): void;
}

class Incoming {
  private readonly socket: Socket;
  private readonly options: ListenerOptions;
  private readonly memory: BodyMemory;
  private readonly hooks: IncomingHooks;
  private dialler: Hello | undefined;
  private expected: Buffer | undefined;
  private isProven = false;
  private handlingBytes = 0;
  /** Memory of the body that is coming in. */
  private lent: Uint8Array | undefined;
  private replies: Uint8Array[] = [];
  /** Whoever waits for the replies to have left. */
  private toTell: (() => void)[] = [];
  private flushing = false;

  constructor(socket: Socket, options: ListenerOptions, memory: BodyMemory, hooks: IncomingHooks) {
    this.socket = socket;
    this.options = options;
    this.memory = memory;
    this.hooks = hooks;
    hooks.unproven(1);
    const timer = setTimeout(() => this.refuse('no handshake in time'), HANDSHAKE_TIMEOUT_MS);
    const decoder = new FrameDecoder(
      () => (this.isProven ? MAX_FRAME_BYTES : MAX_HELLO_BYTES),
      (frame) => this.receive(frame, timer),
      (type, header, length) => this.memoryFor(type, header, length),
    );
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.push(chunk);
        freeMemory(chunk); // The decoder keeps nothing of it.
      } catch (cause) {
        if (!(cause instanceof FrameError)) throw cause;
        this.refuse(cause.message);
      }
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      this.giveBack(this.lent);
      this.lent = undefined;
      if (!this.isProven) hooks.unproven(-1);
      hooks.ended(this.isProven ? this.dialler : undefined);
    });
  }

  private memoryFor(type: number, header: unknown, length: number): Uint8Array | undefined {
    const method = (header as [unknown, string] | null)?.[1];
    if (!this.isProven || type !== FRAME.request || !this.options.handlers.lent.has(method ?? ''))
      return undefined;
    this.lent = this.memory.take(length);
    return this.lent;
  }

  private giveBack(memory: Uint8Array | undefined): void {
    if (memory !== undefined) this.memory.give(memory);
  }

  private receive(frame: Frame, timer: NodeJS.Timeout): void {
    if (this.socket.destroyed) return;
    if (this.isProven) return this.serve(frame);
    if (frame.type !== FRAME.handshake) return this.refuse('frames before the handshake');
    if (this.dialler === undefined) return this.greet(frame.header);
    if (!isProof((frame.header as { proof?: unknown } | null)?.proof, this.expected!)) {
      return this.refuse('it has not proved that it knows the cluster secret');
    }
    clearTimeout(timer);
    this.isProven = true;
    this.hooks.unproven(-1);
    this.hooks.proven(this.dialler);
  }

  private greet(header: unknown): void {
    const dialler = parseHello(header);
    if (dialler === undefined) return this.refuse('a malformed greeting');
    const listener: Hello = { ...this.options.hello(), nonce: randomBytes(NONCE_BYTES) };
    const fault = this.hooks.admit(dialler);
    if (fault !== undefined) {
      writeAll(this.socket, encodeFrame(FRAME.handshake, this.refusal(fault, dialler, listener)));
      return this.refuse(fault.reason);
    }
    this.dialler = dialler;
    this.expected = prove(this.options.secret, 'dialler', dialler, listener);
    const version = commonVersion(listener, dialler)!;
    const reply: HelloReply = {
      ...listener,
      version,
      proof: prove(this.options.secret, 'listener', dialler, listener),
    };
    writeAll(this.socket, encodeFrame(FRAME.handshake, reply));
  }

  private refusal({ reason, heldAt, isTwin }: Reason, dialler: Hello, listener: Hello): Refusal {
    return {
      refused: `the listener refuses this node: ${reason}`,
      ...(heldAt !== undefined && { heldAt }),
      ...(isTwin === true && {
        twin: { ...listener, proof: prove(this.options.secret, 'twin', dialler, listener) },
      }),
    };
  }

  /** One clear event, and the connection is gone; nothing else is disturbed. */
  private refuse(reason: string): void {
    if (this.socket.destroyed) return;
    const from = `${this.socket.remoteAddress}:${this.socket.remotePort}`;
    this.options.report('warn', 'peer connection refused', { from, node: this.dialler?.node ?? '', reason });
    this.socket.end();
    this.socket.destroySoon();
  }

  private serve({ type, header, body }: Frame): void {
    const from = this.dialler!.node;
    if (type === FRAME.messages) {
      for (const [channel, message] of header as [string, unknown][]) this.deliver(from, channel, message);
    } else if (type === FRAME.request) {
      const [id, method, params] = header as [number, string, unknown];
      const { lent } = this;
      this.lent = undefined;
      const loan = new Loan(() => this.giveBack(lent)); // (D3)
      const release = loan.hold();
      void this.handle(from, id, method, params, body, loan).finally(release);
    }
  }

  /** What a handler throws is our fault or the message's, not the connection's. */
  private deliver(from: string, channel: string, message: unknown): void {
    try {
      this.options.handlers.messages.get(channel)?.(from, message);
    } catch (cause) {
      if (cause instanceof InvariantError) throw cause;
      this.options.report('warn', 'message failed', { channel, from, cause: messageOf(cause) });
    }
  }

  private async handle(
    from: string,
    id: number,
    method: string,
    params: unknown,
    body: Uint8Array,
    loan: Loan,
  ): Promise<void> {
    this.handlingBytes += body.length;
    if (this.handlingBytes > MAX_HANDLING_BYTES) this.socket.pause(); // (D2)
    try {
      const {
        result,
        body: replyBody,
        sent,
      } = await this.options.handlers.handle(from, method, params, body, loan);
      if (sent !== undefined) this.toTell.push(sent);
      this.reply(encodeFrame(FRAME.reply, [id, result], replyBody));
    } catch (cause) {
      const { code, retryable } = cause instanceof Failure ? cause : { code: 'Internal', retryable: false };
      if (!(cause instanceof Failure))
        this.options.report('warn', 'request failed', { method, cause: messageOf(cause) });
      this.reply(encodeFrame(FRAME.failure, [id, code, messageOf(cause), retryable]));
    } finally {
      this.handlingBytes -= body.length;
      if (this.socket.isPaused() && this.handlingBytes <= MAX_HANDLING_BYTES) this.socket.resume();
    }
  }

  /** Replies of one turn leave in one write. */
  private reply(pieces: readonly Uint8Array[]): void {
    this.replies.push(...pieces);
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      const { replies, toTell } = this;
      this.replies = [];
      this.toTell = [];
      const tell = (): void => {
        for (const sent of toTell) sent();
      };
      if (this.socket.destroyed) tell();
      else writeAll(this.socket, replies, toTell.length === 0 ? undefined : tell);
    });
  }
}
