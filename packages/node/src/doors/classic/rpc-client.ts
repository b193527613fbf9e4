/**
 * A MessagePack-RPC client: calls may be pipelined, answers are matched by their message ids.
 *
 * (L1) Every call ends: with its answer, or with an error when the connection does.
 */
import { connect, type Socket } from 'node:net';
import { MalformedMessageError, MessageDecoder, type WireValue } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';

/** The server answered with an error. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
}

interface Pending {
  resolve(value: WireValue): void;
  reject(error: Error): void;
}

export class RpcClient {
  readonly #socket: Socket;
  readonly #decoder = new MessageDecoder();
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => {});
    socket.on('close', () => this.#end(new Error('The connection was closed before the answer came.')));
  }

  static open(host: string, port: number): Promise<RpcClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RpcClient(socket));
      });
    });
  }

  call(method: string, ...params: readonly WireValue[]): Promise<WireValue> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('The connection is closed.'));
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(encodeMessage([0, id, method, params]));
    });
  }

  notify(method: string, ...params: readonly WireValue[]): void {
    this.#socket.write(encodeMessage([2, method, params]));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    try {
      for (let value = this.#decoder.next(); value !== undefined; value = this.#decoder.next()) {
        this.#settle(value);
      }
    } catch (thrown) {
      this.#end(thrown as Error);
      this.#socket.destroy();
    }
  }

  #settle(value: WireValue): void {
    const [type, id, error, result] = Array.isArray(value) ? (value as WireValue[]) : [];
    const pending = this.#pending.get(Number(id));
    if (type !== 1 || pending === undefined)
      throw new MalformedMessageError('That is no answer to any call.');
    this.#pending.delete(Number(id));
    if (error === null || error === undefined) pending.resolve(result ?? null);
    else pending.reject(new RpcError(typeof error === 'string' ? error : JSON.stringify(error)));
  }

  #end(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
