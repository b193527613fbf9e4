import { Deadlines, Failure } from '@crescendo/base';
import type { HandlerReply, Loan, Reply, RequestHandler } from '@crescendo/store';
import { realClock } from '../clock.ts';

/** Requests that wait for their replies, on the side that asked. */
interface Pending {
  readonly method: string;
  readonly timeoutMs: number;
  /** Where the reply's body may be put. */
  readonly into: Uint8Array | undefined;
  resolve(reply: Reply): void;
  reject(failure: Failure): void;
}

export class PendingRequests {
  private readonly pending = new Map<number, Pending>();
  private readonly deadlines = new Deadlines<number>(realClock(), (id) => this.expire(id));
  private nextId = 1;

  get size(): number {
    return this.pending.size;
  }

  /** Registers a request and gives its id and the promise of its reply. */
  add(
    method: string,
    timeoutMs: number,
    into?: Uint8Array,
  ): { readonly id: number; readonly reply: Promise<Reply> } {
    const id = this.nextId++;
    const reply = new Promise<Reply>((resolve, reject) => {
      this.pending.set(id, { method, timeoutMs, into, resolve, reject });
    });
    this.deadlines.add(id, timeoutMs);
    return { id, reply };
  }

  /** Memory for the body of the reply to a request that still waits. */
  memoryFor(id: number, length: number): Uint8Array | undefined {
    const into = this.pending.get(id)?.into;
    return into !== undefined && into.length >= length ? into : undefined;
  }

  resolve(id: number, reply: Reply): void {
    this.take(id)?.resolve(reply);
  }

  reject(id: number, failure: Failure): void {
    this.take(id)?.reject(failure);
  }

  /** Ends all: they may have been handled, or not. */
  rejectAll(failure: Failure): void {
    for (const id of [...this.pending.keys()]) this.reject(id, failure);
    this.deadlines.clear();
  }

  private expire(id: number): void {
    const pending = this.take(id);
    if (pending === undefined) return;
    const message = `${pending.method}: no answer within ${pending.timeoutMs} ms`;
    pending.reject(new Failure('Timeout', message, { retryable: true }));
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    if (pending === undefined) return undefined;
    this.deadlines.remove(id);
    this.pending.delete(id);
    return pending;
  }
}

/** Handlers by method and by channel, the same for all connections. */
export class Handlers {
  readonly requests = new Map<string, RequestHandler>();
  /** Methods whose bodies may lie in lent memory. */
  readonly lent = new Set<string>();
  readonly messages = new Map<string, (from: string, message: unknown) => void>();
  readonly disconnects: ((peer: string) => void)[] = [];

  async handle(
    from: string,
    method: string,
    params: unknown,
    body: Uint8Array,
    loan: Loan,
  ): Promise<HandlerReply> {
    const handler = this.requests.get(method);
    if (handler === undefined)
      throw new Failure('UnknownMethod', `this node does not know the method ${method}`);
    return handler(from, params, body, loan);
  }
}
