/**
 * Sends requests to nodes and keeps the history: what was asked when, and what came back when. A request whose node dies is
 * left open: it may have been done or not.
 */
import type { World } from '../world/world.ts';
import type { Client } from './client.ts';
import type { SimNode } from './cluster.ts';
import {
  describeRequest,
  describeResponse,
  type Operation,
  type Request,
  type Response,
} from './operation.ts';

/** No answer after this long from a living process is an error of the store: it promises one. */
const PATIENCE_MS = 240_000;

export class Recorder {
  readonly operations: Operation[] = [];
  readonly #world: World;
  readonly #client: Client;

  constructor(world: World, client: Client) {
    this.#world = world;
    this.#client = client;
  }

  call(node: SimNode, request: Request): Promise<Operation> {
    const operation: Operation = {
      id: this.operations.length + 1,
      node: node.name,
      request,
      startMs: this.#world.nowMs,
      endMs: Number.POSITIVE_INFINITY,
      response: { kind: 'unknown', why: 'open' },
    };
    this.operations.push(operation);
    this.#note(operation, describeRequest(request));
    return new Promise((resolve) => {
      let isSettled = false;
      const settle = (response: Response): void => {
        if (isSettled) return;
        isSettled = true;
        this.#settle(operation, response);
        resolve(operation);
      };
      this.#begin(node, operation, settle);
    });
  }

  #begin(node: SimNode, { request, id }: Operation, settle: (response: Response) => void): void {
    const { process } = node.machine;
    const { running } = node;
    if (process === undefined || running === undefined) {
      // Nobody listens: the request was never begun.
      this.#world.at(0.1, () => settle({ kind: 'failed', code: 'ConnectionRefused' }));
      return;
    }
    process.onEnd(() => settle({ kind: 'unknown', why: 'the node died' }));
    process.enter(() => {
      this.#client
        .perform(process, running.store, request)
        .then(settle, (error: unknown) => this.#world.fail(error));
    });
    this.#watch(process, id, settle);
  }

  #watch(
    process: { readonly isAlive: boolean; readonly isPaused: boolean },
    id: number,
    settle: (response: Response) => void,
  ): void {
    this.#world.at(PATIENCE_MS, () => {
      const operation = this.operations[id - 1]!;
      if (operation.endMs !== Number.POSITIVE_INFINITY || !process.isAlive) return;
      if (process.isPaused) settle({ kind: 'unknown', why: 'the node is paused' });
      else
        this.#world.fail(
          new Error(
            `operation #${id} has no answer after ${PATIENCE_MS / 1000} s: ${describeRequest(operation.request)}`,
          ),
        );
    });
  }

  #settle(operation: Operation, response: Response): void {
    operation.response = response;
    operation.endMs = this.#world.nowMs;
    this.#note(operation, `-> ${describeResponse(response)}`);
  }

  #note({ id, node }: Operation, what: string): void {
    this.#world.note('client', `#${id} at ${node}: ${what}`);
  }
}
