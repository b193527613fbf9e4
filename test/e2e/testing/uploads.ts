/**
 * Clients that upload files without a pause and remember which ones were acknowledged. An upload that fails is tried again at
 * another node until it succeeds, as the tools that people use do.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestCluster } from './test-cluster.ts';

export interface UploadOptions {
  readonly bucket: string;
  readonly clients?: number;
  /** Before every key. */
  readonly prefix?: string;
  /** Sizes in bytes, taken in turn. */
  readonly sizes?: readonly number[];
}

const SIZES = [700, 40_000, 0, 5_000_000, 12_000, 300_000, 5_000, 60_000, 1_200, 0, 33_000];
const TRY_LIMIT_MS = 20_000;
const RETRY_PAUSE_MS = 50;

export class Uploads {
  /** SHA-256 by key of what was acknowledged. */
  readonly acknowledged = new Map<string, string>();
  failures = 0;
  /** The longest that one upload took, tries included. */
  longestMs = 0;
  readonly #cluster: TestCluster;
  readonly #options: UploadOptions;
  readonly #workers: Promise<void>[];
  #stopped = false;
  #next = 0;
  #succeeded = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(cluster: TestCluster, options: UploadOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#workers = Array.from({ length: options.clients ?? 3 }, () => this.#work());
  }

  /** Resolves after so many further acknowledgements. */
  async more(count: number, limitMs = 60_000): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#waiting.push({ count: this.#succeeded + count, resolve });
    });
    const cancel = new AbortController();
    const late = pause(limitMs, undefined, { signal: cancel.signal }).then(() => {
      throw new Error(`fewer than ${count} uploads were acknowledged within ${limitMs / 1000} s`);
    });
    late.catch(() => undefined);
    await Promise.race([reached, late]).finally(() => cancel.abort());
  }

  /** The longest upload since the last call. */
  takeLongestMs(): number {
    const longest = this.longestMs;
    this.longestMs = 0;
    return longest;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }

  /** Reads every acknowledged file; the keys that are lost or differ. */
  async findLosses(): Promise<string[]> {
    const keys = [...this.acknowledged.keys()];
    const lost: string[] = [];
    const reader = async (): Promise<void> => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
        const found = await this.#read(key);
        if (found !== this.acknowledged.get(key)) lost.push(`${key}: ${found}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, reader));
    return lost;
  }

  async #read(key: string): Promise<string> {
    const startedMs = performance.now();
    for (;;) {
      let outcome: string;
      try {
        const node = this.#pickNode();
        const answer = await this.#cluster.client(node).send('GET', `/${this.#options.bucket}/${key}`);
        if (answer.status === 200) return sha256(answer.body);
        outcome = `${answer.status} ${answer.code}`;
        if (answer.status < 500) return outcome;
      } catch (error) {
        outcome = String(error);
      }
      if (performance.now() - startedMs > 30_000) return outcome;
      await pause(RETRY_PAUSE_MS);
    }
  }

  async #work(): Promise<void> {
    const sizes = this.#options.sizes ?? SIZES;
    while (!this.#stopped) {
      const number = this.#next++;
      const body = randomBytes(sizes[number % sizes.length]!);
      await this.#upload(`${this.#options.prefix ?? ''}file ${number}`, body);
    }
  }

  async #upload(key: string, body: Buffer): Promise<void> {
    const startedMs = performance.now();
    while (!(await this.#try(key, body))) {
      this.failures++;
      if (this.#stopped && performance.now() - startedMs > 5_000) return;
      await pause(RETRY_PAUSE_MS);
    }
    this.longestMs = Math.max(this.longestMs, performance.now() - startedMs);
    this.acknowledged.set(key, sha256(body));
    this.#succeeded++;
    for (const { count, resolve } of this.#waiting) if (this.#succeeded >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#succeeded);
  }

  async #try(key: string, body: Buffer): Promise<boolean> {
    try {
      const client = this.#cluster.client(this.#pickNode());
      const answer = await client.send('PUT', `/${this.#options.bucket}/${key}`, {
        body,
        limitMs: TRY_LIMIT_MS,
      });
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  #pickNode() {
    const { serving } = this.#cluster;
    const node = serving[Math.floor(Math.random() * serving.length)];
    if (node === undefined) throw new Error('no node serves');
    return node;
  }
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
