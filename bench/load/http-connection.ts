import { connect, type Socket } from 'node:net';

/** What the generator needs to know of an answer. */
export interface RawAnswer {
  readonly status: number;
  readonly bytes: number;
  /** The body, when it was asked for. */
  readonly body?: Buffer;
}

interface Waiting {
  readonly keep: boolean;
  resolve(answer: RawAnswer): void;
  reject(cause: Error): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One kept-alive HTTP/1.1 connection that costs as little as it can: heads come prepared, bodies are counted and dropped unless
 * asked for. One request at a time; it understands answers with a Content-Length and none else.
 */
export class HttpConnection {
  private readonly socket: Socket;
  private waiting: Waiting | undefined;
  private head: Buffer | undefined;
  private status = 0;
  private length = 0;
  private received = -1;
  private kept: Buffer[] = [];
  private failure: Error | undefined;

  static open(host: string, port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new HttpConnection(socket)));
    });
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (cause) => this.fail(cause));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  get isBroken(): boolean {
    return this.failure !== undefined;
  }

  send(head: Buffer, body: Buffer | undefined, keep = false): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      this.waiting = { keep, resolve, reject };
      if (body === undefined || body.length === 0) {
        this.socket.write(head);
        return;
      }
      this.socket.cork();
      this.socket.write(head);
      this.socket.write(body);
      this.socket.uncork();
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    if (this.received >= 0) {
      this.takeBody(chunk);
      return;
    }
    const bytes = this.head === undefined ? chunk : Buffer.concat([this.head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.head = bytes;
      return;
    }
    this.head = undefined;
    const text = bytes.toString('latin1', 0, end).toLowerCase();
    const at = text.indexOf('content-length:');
    this.status = Number(text.slice(9, 12));
    this.length = at < 0 ? 0 : Number.parseInt(text.slice(at + 15), 10);
    this.received = 0;
    this.takeBody(bytes.subarray(end + HEAD_END.length));
  }

  private takeBody(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.waiting?.keep === true) this.kept.push(Buffer.from(chunk));
    if (this.received < this.length) return;
    const { waiting, status, received, kept } = this;
    this.waiting = undefined;
    this.received = -1;
    this.kept = [];
    waiting?.resolve({ status, bytes: received, ...(waiting.keep ? { body: Buffer.concat(kept) } : {}) });
  }

  private fail(cause: Error): void {
    this.failure ??= cause;
    this.waiting?.reject(cause);
    this.waiting = undefined;
  }
}
