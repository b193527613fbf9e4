/**
 * One connection of a MessagePack-RPC client. It knows the framing and the order of things, not the methods.
 *
 * (C1) Requests may be pipelined; each is answered once, when it is done, under its own message id. Notifications get no answer.
 * (C2) At most `MAX_IN_FLIGHT` calls are under way and nothing is read while the client does not take its answers: memory is bounded.
 * (C3) Bytes that are no message end the connection, with one event in the log.
 */
import type { Socket } from 'node:net';
import type { ClassicEvent } from './classic-event.ts';
import { MalformedMessageError, MessageDecoder, type WireValue } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';
import type { RpcReply } from './rpc-methods.ts';

const MAX_IN_FLIGHT = 64;
const REQUEST = 0;
const RESPONSE = 1;
const NOTIFICATION = 2;

interface Call {
  /** Absent in notifications. */
  readonly id?: number | bigint;
  readonly method: string;
  readonly params: readonly WireValue[];
}

export class RpcConnection {
  readonly #socket: Socket;
  readonly #run: (method: string, params: readonly WireValue[]) => Promise<RpcReply>;
  readonly #log: (event: ClassicEvent) => void;
  readonly #decoder = new MessageDecoder();
  #inFlight = 0;

  constructor(
    socket: Socket,
    run: (method: string, params: readonly WireValue[]) => Promise<RpcReply>,
    log: (event: ClassicEvent) => void,
  ) {
    this.#socket = socket;
    this.#run = run;
    this.#log = log;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#decoder.push(bytes);
      this.#pump();
    });
    socket.on('drain', () => this.#pump());
    socket.on('error', () => socket.destroy());
  }

  /** Takes calls out of what has come, as many as may be under way (C2). */
  #pump(): void {
    const { writableNeedDrain } = this.#socket;
    try {
      while (!this.#socket.destroyed && this.#inFlight < MAX_IN_FLIGHT && !writableNeedDrain) {
        const value = this.#decoder.next();
        if (value === undefined) {
          this.#socket.resume();
          return;
        }
        this.#start(parseCall(value));
      }
      this.#socket.pause();
    } catch (thrown) {
      if (!(thrown instanceof MalformedMessageError)) throw thrown;
      const detail = { peer: `${this.#socket.remoteAddress}`, reason: thrown.message };
      this.#log({ level: 'warn', event: 'classic rpc: garbage', detail });
      this.#socket.destroy();
    }
  }

  #start(call: Call): void {
    this.#inFlight++;
    void this.#run(call.method, call.params).then((reply) => {
      this.#inFlight--;
      this.#answer(call, reply);
      this.#pump();
    });
  }

  #answer({ id }: Call, { error, result, afterwards }: RpcReply): void {
    if (id === undefined || this.#socket.destroyed) {
      afterwards?.();
      return;
    }
    this.#socket.write(encodeMessage([RESPONSE, id, error, result]), () => afterwards?.());
  }
}

/** `[0, id, method, params]` or `[2, method, params]`. */
function parseCall(value: WireValue): Call {
  const parts = Array.isArray(value) ? (value as WireValue[]) : [];
  const isRequest = parts.length === 4 && parts[0] === REQUEST;
  const isNotification = parts.length === 3 && parts[0] === NOTIFICATION;
  const [method, params] = parts.slice(-2);
  const id = isRequest ? parts[1] : undefined;
  if ((!isRequest && !isNotification) || typeof method !== 'string' || !Array.isArray(params)) {
    throw new MalformedMessageError('The message is neither a request nor a notification.');
  }
  if (!isRequest) return { method, params };
  if (typeof id !== 'number' && typeof id !== 'bigint') {
    throw new MalformedMessageError('The message id is not a number.');
  }
  return { id, method, params };
}
