/**
 * Concurrent clients over few keys. It keeps the history of every try and knows nothing about the faults, except which waits they
 * excuse.
 *
 * (O1) Keys are left behind after a while and new ones taken, so that the history of a key stays short enough to be judged.
 * (O2) Each try of a write has a body of its own: two tries are two operations.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../packages/base/src/index.ts';
import type { Operation, Request } from '../../packages/sim/src/store/operation.ts';
import type { TestClient } from '../e2e/testing/s3-client.ts';
import { type Attempt, tryDelete, tryGet, tryList, tryMultipart, tryPut } from './attempts.ts';
import { Contents } from './contents.ts';

export const BUCKET = 'soak';
const KEYS = 12;
const PATIENCE_MS = 90_000;
const RETRY_PAUSE_MS = 40;
const MIB = 2 ** 20;

/** Where a request can be sent. */
export interface Door {
  readonly name: string;
  readonly isRunning: boolean;
  readonly isServing: boolean;
}

export interface Doors<Place extends Door> {
  readonly serving: readonly Place[];
  client(door: Place): TestClient;
}

export interface LoadCounts {
  /** Operations that came to an end, by kind. */
  readonly done: Record<string, number>;
  tries: number;
  retries: number;
  /** Operations that failed for good after all tries. */
  failures: number;
}

type Kind = 'get' | 'put' | 'once' | 'conditional' | 'delete' | 'list' | 'large' | 'multipart';

const MIX: readonly (readonly [Kind, number])[] = [
  ['get', 40],
  ['put', 20],
  ['once', 10],
  ['conditional', 12],
  ['delete', 7],
  ['list', 7],
  ['large', 2],
  ['multipart', 2],
];

const DRAWN = MIX.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

interface Plan {
  readonly kind: Kind;
  readonly key: string;
}

export class Load<Place extends Door = Door> {
  readonly operations: Operation[] = [];
  readonly contents = new Contents();
  readonly counts: LoadCounts = { done: {}, tries: 0, retries: 0, failures: 0 };
  /** Wrong answers, in words. */
  readonly wrong: string[] = [];
  /** Written once and acknowledged: the ETag by key. */
  readonly kept = new Map<string, string>();
  readonly #doors: Doors<Place>;
  readonly #random: Random;
  readonly #restMs: number;
  readonly #workers: Promise<void>[];
  readonly #seen = new Map<string, string>();
  #longestMs = 0;
  /** Waits that began before this moment are excused. */
  #excusedUntilMs = 0;
  #isExcused = false;
  #round = 0;
  #once = 0;
  #stopped = false;

  /** @param restMs how long each client rests between two operations */
  constructor(doors: Doors<Place>, random: Random, clients: number, restMs = 0) {
    this.#doors = doors;
    this.#restMs = restMs;
    this.#random = random;
    this.#workers = Array.from({ length: clients }, () => this.#work());
  }

  /** (O1) */
  nextKeys(): void {
    this.#round++;
  }

  /** While no majority runs nobody can be served: such waits are no pauses of the service. */
  excuse(isExcused: boolean): void {
    this.#isExcused = isExcused;
    this.#excusedUntilMs = performance.now();
  }

  /** The longest wait of a small operation, tries included, since the last call. */
  takeLongestMs(): number {
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return longest;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** Reads a key until it is answered; recorded like any other operation. */
  async read(key: string): Promise<Operation> {
    return await this.#untilDone({ kind: 'get', key });
  }

  /** Every key that was ever touched. */
  get keys(): Set<string> {
    return new Set(this.operations.flatMap(({ request }) => ('key' in request ? [request.key] : [])));
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      await this.#untilDone(this.#plan());
      if (this.#restMs > 0) await pause(this.#restMs);
    }
  }

  #plan(): Plan {
    const kind = this.#random.pick(DRAWN);
    if (kind === 'once') return { kind, key: `once/${String(this.#once++).padStart(7, '0')}` };
    return { kind, key: `${this.#prefix}key ${this.#random.int(KEYS)}` };
  }

  get #prefix(): string {
    return `round-${String(this.#round).padStart(4, '0')}/`;
  }

  async #untilDone(plan: Plan): Promise<Operation> {
    const startedMs = performance.now();
    let isHeld = this.#isExcused;
    for (;;) {
      const node = this.#pickNode();
      const { operation, attempt } = await this.#record(node, plan);
      isHeld ||= this.#isExcused || node === undefined || (node.isRunning && !node.isServing);
      if (!attempt.retry) {
        this.#note(plan, startedMs, isHeld);
        return operation;
      }
      if (performance.now() - startedMs > (this.#stopped ? PATIENCE_MS / 3 : PATIENCE_MS)) {
        this.counts.failures++;
        return operation;
      }
      this.counts.retries++;
      await pause(RETRY_PAUSE_MS);
    }
  }

  #note({ kind }: Plan, startedMs: number, isHeld: boolean): void {
    this.counts.done[kind] = (this.counts.done[kind] ?? 0) + 1;
    const isExcused = isHeld || this.#isExcused || startedMs < this.#excusedUntilMs;
    if (isExcused || kind === 'large' || kind === 'multipart') return;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - startedMs);
  }

  #pickNode(): Place | undefined {
    const { serving } = this.#doors;
    return serving.length === 0 ? undefined : this.#random.pick(serving);
  }

  async #record(node: Place | undefined, plan: Plan): Promise<{ operation: Operation; attempt: Attempt }> {
    const { request, perform } = this.#prepare(plan);
    const operation: Operation = {
      id: this.operations.length + 1,
      node: node?.name ?? 'nobody',
      request,
      startMs: performance.now(),
      endMs: Number.POSITIVE_INFINITY,
      response: { kind: 'unknown', why: 'open' },
    };
    this.operations.push(operation);
    this.counts.tries++;
    const attempt: Attempt =
      node === undefined
        ? { response: { kind: 'failed', code: 'NobodyServes' }, retry: true }
        : await perform(this.#doors.client(node));
    operation.response = attempt.response;
    operation.endMs = performance.now();
    this.#learn(plan, operation, attempt);
    return { operation, attempt };
  }

  #learn({ kind, key }: Plan, { request, response, id, node }: Operation, { wrong }: Attempt): void {
    if (wrong !== undefined) this.wrong.push(`#${id} at ${node}: ${request.kind} ${key}: ${wrong}`);
    if (response.kind === 'found') this.#seen.set(key, response.etag);
    if (request.kind !== 'put' || response.kind !== 'ok') return;
    this.#seen.set(key, request.etag);
    if (kind === 'once') this.kept.set(key, request.etag);
  }

  /** (O2) */
  #prepare({ kind, key }: Plan): { request: Request; perform: (client: TestClient) => Promise<Attempt> } {
    const path = `/${BUCKET}/${key}`;
    const base = { bucket: BUCKET, key };
    if (kind === 'get') {
      return { request: { kind, ...base }, perform: (client) => tryGet(client, path, this.contents) };
    }
    if (kind === 'delete')
      return { request: { kind, ...base }, perform: (client) => tryDelete(client, path) };
    if (kind === 'list') {
      const limit = this.#random.pick([3, 100]);
      const request = { kind, bucket: BUCKET, prefix: this.#prefix, limit } as const;
      return { request, perform: (client) => tryList(client, BUCKET, request.prefix, limit) };
    }
    const { pieces, content } = this.contents.make(this.#sizes(kind));
    const { etag, bytes: size } = content;
    if (kind === 'multipart') {
      const request = { kind: 'put', ...base, etag, size, parts: pieces.length } as const;
      return { request, perform: (client) => tryMultipart(client, path, pieces, etag) };
    }
    const condition = kind === 'conditional' ? this.#condition(key) : undefined;
    const request = { kind: 'put', ...base, etag, size, parts: 0, ...(condition && { condition }) } as const;
    return { request, perform: (client) => tryPut(client, path, pieces[0]!, etag, condition ?? {}) };
  }

  #condition(key: string): { ifNoneMatch: true } | { ifMatch: string } {
    const seen = this.#seen.get(key);
    return seen === undefined || this.#random.chance(0.4) ? { ifNoneMatch: true } : { ifMatch: seen };
  }

  #sizes(kind: Kind): number[] {
    if (kind === 'multipart') return [5 * MIB, 5 * MIB, this.#random.int(2 * MIB)];
    if (kind === 'large') return [4 * MIB + this.#random.int(5 * MIB)];
    return [this.#random.chance(0.8) ? this.#random.int(3_000) : this.#random.int(300_000)];
  }
}
