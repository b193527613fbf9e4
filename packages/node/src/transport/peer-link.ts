import { connect, type Socket } from 'node:net';
import { Failure } from '@crescendo/base';
import { Loan, type Reply, type RequestOptions } from '@crescendo/store';
import { encodeFrame, FRAME, type Frame, FrameDecoder, MAX_FRAME_BYTES } from './frame.ts';
import { commonVersion, type Hello, type HelloReply, isProof, parseHello, prove } from './handshake.ts';
import { PendingRequests } from './requests.ts';

/**
 * One connection that this node has dialled: it carries our messages and requests, and the replies to them. It is made when there is something
 * to send, and again after it broke.
 *
 * (K1) Frames of one turn of the event loop leave in one write.
 * (K2) Nothing is written before the peer has proved that it knows the secret.
 * (K3) Bodies under way are bounded: further requests wait for their turn; one-way messages are dropped, not queued without end.
 * (K4) Whoever lends a body hears when no byte of it is needed any more. A connection that takes no body in the time of its request is given
 *      up, so that it never holds the memory for long.
 */
export interface LinkOptions {
  readonly address: string;
  readonly secret: string;
  /** Size of the buffer that the socket reads into. */
  readonly receiveBytes: number;
  hello(): Hello;
  /** The peer has proved who it is. */
  established(node: string): void;
  /** The peer does not let this node in; nothing of what it says is proven. */
  refused(hello: Hello, refusal: unknown): void;
  /** An established connection broke. */
  lost(node: string): void;
  report(level: 'info' | 'warn', event: string, detail: Record<string, unknown>): void;
}

const HANDSHAKE_TIMEOUT_MS = 5_000;
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
const MAX_BODY_BYTES_UNDER_WAY = 16 * 1024 * 1024;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

type State = 'idle' | 'dialling' | 'open' | 'closed';

export class PeerLink {
  readonly counters = { dropped: 0, sentFrames: 0, sentBytes: 0 };
  private readonly options: LinkOptions;
  private readonly pending = new PendingRequests();
  private state: State = 'idle';
  private socket: Socket | undefined;
  private node: string | undefined;
  private messages: { readonly to: string; readonly message: readonly [string, unknown] }[] = [];
  private frames: Uint8Array[] = [];
  /** Whoever waits for the frames to have left. */
  private toTell: (() => void)[] = [];
  private flushing = false;
  private bodyBytes = 0;
  private readonly waitingForRoom: (() => void)[] = [];
  private opening: PromiseWithResolvers<void> | undefined;
  private pauseMs = 0;
  private notBefore = 0;
  private lastRefusal = '';

  constructor(options: LinkOptions) {
    this.options = options;
  }

  /** To the node `to` alone: another one at this address never sees it. */
  send(to: string, channel: string, message: unknown): void {
    if (this.state === 'closed') return;
    const isFull = this.messages.length > 20_000 || (this.socket?.writableLength ?? 0) > MAX_QUEUED_BYTES;
    if (isFull || (this.state === 'idle' && performance.now() < this.notBefore)) {
      this.counters.dropped++; // (K3)
      return;
    }
    this.messages.push({ to, message: [channel, message] });
    if (this.state === 'open') this.scheduleFlush();
    else this.open().catch(() => {});
  }

  /** `to`: the node that must answer; undefined for whoever is at the address. */
  async request(
    to: string | undefined,
    method: string,
    params: unknown,
    options: RequestOptions,
  ): Promise<Reply> {
    const { timeoutMs, body, into, left } = options;
    const deadline = performance.now() + timeoutMs;
    try {
      await this.admit(to, method, body?.length ?? 0, deadline);
    } catch (cause) {
      left?.();
      throw cause;
    }
    const { id, reply } = this.pending.add(method, Math.max(1, deadline - performance.now()), into);
    this.frames.push(...encodeFrame(FRAME.request, [id, method, params], body));
    this.scheduleFlush();
    return body === undefined ? reply : this.untilLeft(reply, body.length, left);
  }

  /** Resolves when the request may be sent. */
  private async admit(
    to: string | undefined,
    method: string,
    bytes: number,
    deadline: number,
  ): Promise<void> {
    await this.openBefore(deadline, method);
    while (bytes > 0 && this.bodyBytes > 0 && this.bodyBytes + bytes > MAX_BODY_BYTES_UNDER_WAY) {
      await this.room(deadline, method);
      await this.openBefore(deadline, method);
    }
    if (to !== undefined && this.node !== to) {
      throw new Failure('Unreachable', `at ${this.options.address} node ${this.node} answers, not ${to}`, {
        retryable: true,
      });
    }
  }

  /** A body counts until it has left and its request has ended. (K3) (K4) */
  private async untilLeft(reply: Promise<Reply>, bytes: number, left?: () => void): Promise<Reply> {
    const { socket } = this;
    this.bodyBytes += bytes;
    const underWay = new Loan(() => {
      this.bodyBytes -= bytes;
      this.waitingForRoom.shift()?.();
    });
    const [answered, gone] = [underWay.hold(), underWay.hold()];
    let hasLeft = false;
    this.toTell.push(() => {
      hasLeft = true;
      left?.();
      gone();
    });
    try {
      return await reply;
    } catch (cause) {
      if (
        !hasLeft &&
        socket !== undefined &&
        socket === this.socket &&
        cause instanceof Failure &&
        cause.code === 'Timeout'
      ) {
        socket?.destroy();
        this.broken();
      }
      throw cause;
    } finally {
      answered();
    }
  }

  close(): void {
    this.state = 'closed';
    this.socket?.destroy();
    this.tell(this.toTell);
    this.pending.rejectAll(new Failure('Unreachable', 'this node is stopping', { retryable: true }));
  }

  /** (K3) */
  private async room(deadline: number, method: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - performance.now()));
      this.waitingForRoom.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (performance.now() >= deadline)
      throw new Failure('Timeout', `${method}: no room on the connection in time`, { retryable: true });
  }

  /** A peer that accepts connections and says nothing must not hold a request longer than it wants to wait. */
  private async openBefore(deadline: number, method: string): Promise<void> {
    if (this.state === 'open') return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const failure = new Failure(
        'Unreachable',
        `${method}: ${this.options.address} did not let this node in in time`,
        {
          retryable: true,
        },
      );
      timer = setTimeout(() => reject(failure), Math.max(1, deadline - performance.now()));
    });
    try {
      await Promise.race([this.open(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private open(): Promise<void> {
    if (this.state === 'open') return Promise.resolve();
    if (this.opening !== undefined) return this.opening.promise;
    if (this.state === 'closed' || performance.now() < this.notBefore) {
      return Promise.reject(
        new Failure('Unreachable', `${this.options.address} can't be reached now`, { retryable: true }),
      );
    }
    this.opening = Promise.withResolvers<void>();
    this.opening.promise.catch(() => {});
    this.dial();
    return this.opening.promise;
  }

  private dial(): void {
    this.state = 'dialling';
    const { address } = this.options;
    const colon = address.lastIndexOf(':');
    const hello = this.options.hello();
    const decoder = new FrameDecoder(
      () => MAX_FRAME_BYTES,
      (frame) => (this.state === 'open' ? this.receive(frame) : this.finishHandshake(socket, hello, frame)),
      (type, header, length) =>
        type === FRAME.reply && this.state === 'open'
          ? this.pending.memoryFor((header as [number])[0], length)
          : undefined,
    );
    const buffer = Buffer.allocUnsafeSlow(this.options.receiveBytes);
    const socket: Socket = connect({
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      noDelay: true,
      // One buffer for all that comes: the decoder keeps nothing of it, and memory anew for each read costs more than the reading.
      onread: {
        buffer,
        callback: (length) => {
          try {
            decoder.push(buffer.subarray(0, length));
          } catch (cause) {
            socket.destroy(cause as Error);
          }
          return !socket.destroyed;
        },
      },
    });
    this.socket = socket;
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
    socket.once('connect', () => writeAll(socket, encodeFrame(FRAME.handshake, hello)));
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      if (this.socket === socket) this.broken();
    });
    this.opening?.promise.then(
      () => clearTimeout(timer),
      () => {},
    );
  }

  private finishHandshake(socket: Socket, hello: Hello, frame: Frame): void {
    const refused = (frame.header as { refused?: unknown } | null)?.refused;
    if (typeof refused === 'string') {
      this.giveUp(socket, refused);
      return this.options.refused(hello, frame.header);
    }
    const listener = parseHello(frame.header);
    const proof = (frame.header as HelloReply | null)?.proof;
    if (listener === undefined || !isProof(proof, prove(this.options.secret, 'listener', hello, listener))) {
      return this.giveUp(socket, 'the peer has not proved that it knows the cluster secret'); // (K2)
    }
    if (commonVersion(hello, listener) === undefined)
      return this.giveUp(socket, 'no common protocol version');
    this.node = listener.node;
    this.state = 'open';
    this.pauseMs = 0;
    this.lastRefusal = '';
    writeAll(
      socket,
      encodeFrame(FRAME.handshake, { proof: prove(this.options.secret, 'dialler', hello, listener) }),
    );
    this.options.established(listener.node);
    this.opening?.resolve();
    this.opening = undefined;
    this.scheduleFlush();
  }

  private giveUp(socket: Socket, reason: string): void {
    if (this.lastRefusal !== reason)
      this.options.report('warn', 'peer refused', { address: this.options.address, reason });
    this.lastRefusal = reason;
    this.pauseMs = LONGEST_PAUSE_MS;
    socket.destroy();
  }

  private receive({ type, header, body }: Frame): void {
    if (type === FRAME.reply) {
      const [id, result] = header as [number, unknown];
      this.pending.resolve(id, { result, body });
    } else if (type === FRAME.failure) {
      const [id, code, message, retryable] = header as [number, string, string, boolean];
      this.pending.reject(id, new Failure(code, message, { retryable }));
    }
  }

  private broken(): void {
    const wasOpen = this.state === 'open';
    const { node } = this;
    this.socket = undefined;
    this.messages = [];
    this.frames = [];
    this.tell(this.toTell);
    if (this.state !== 'closed') this.state = 'idle';
    this.pauseMs = wasOpen ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.pauseMs * 2));
    this.notBefore = performance.now() + this.pauseMs;
    const { address } = this.options;
    this.opening?.reject(new Failure('Unreachable', `${address} can't be reached`, { retryable: true }));
    this.opening = undefined;
    this.pending.rejectAll(
      new Failure('Timeout', `the connection to ${address} broke before the answer came`, {
        retryable: true,
      }),
    );
    if (wasOpen && node !== undefined) this.options.lost(node);
  }

  private scheduleFlush(): void {
    if (this.flushing || this.state !== 'open') return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      this.flush();
    });
  }

  /** (K1) What has gathered leaves now; the turn that was to come finds nothing. */
  flush(): void {
    const { socket } = this;
    if (this.state !== 'open' || socket === undefined) return;
    if (this.frames.length === 0 && this.messages.length === 0) return;
    const { frames, toTell } = this;
    this.frames = [];
    this.toTell = [];
    if (this.messages.length > 0) {
      const meant = this.messages.filter(({ to }) => to === this.node).map(({ message }) => message);
      this.messages = [];
      frames.push(...encodeFrame(FRAME.messages, meant));
    }
    for (const piece of frames) this.counters.sentBytes += piece.length;
    this.counters.sentFrames++;
    writeAll(socket, frames, toTell.length === 0 ? undefined : () => this.tell(toTell));
  }

  private tell(waiting: (() => void)[]): void {
    for (const left of waiting.splice(0)) left();
  }
}

/** `left`: called when the pieces are with the operating system, or will never be. */
export function writeAll(socket: Socket, pieces: readonly Uint8Array[], left?: () => void): void {
  const last = pieces.length - 1;
  socket.cork();
  for (const [i, piece] of pieces.entries()) socket.write(piece, i === last ? left : undefined);
  socket.uncork();
}
