/** Queue, table, results and objects in memory, each of which can be made to fail. */
import type { Job } from '../job-message.ts';
import { parseResult, type ResultMessage, type WordCount } from '../job-result.ts';
import type { HeldMessage, JobQueue, ObjectSource, ResultQueue, ResultTable } from '../ports.ts';
import type { FakeClock } from './fake-clock.ts';

interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  visibleAtMs: number;
  receives: number;
}

/** As SQS: visibility, a count of deliveries, and dead letters after the last one. */
export class FakeQueue implements JobQueue {
  readonly dead: { readonly body: string; readonly reason: string }[] = [];
  readonly visibilities: number[] = [];
  failure: Error | undefined;
  extensionFailure: Error | undefined;
  hasDeadLetters = true;
  readonly #clock: FakeClock;
  readonly #visibilitySeconds: number;
  #messages: QueuedMessage[] = [];
  #next = 1;
  #arrival = new AbortController();

  constructor(clock: FakeClock, visibilitySeconds: number) {
    this.#clock = clock;
    this.#visibilitySeconds = visibilitySeconds;
  }

  put(body: string): void {
    this.#messages.push({ id: `m-${this.#next++}`, body, visibleAtMs: 0, receives: 0 });
    this.#arrival.abort(); // Wakes those who wait.
    this.#arrival = new AbortController();
  }

  /** All that are there, in flight or not. */
  get length(): number {
    return this.#messages.length;
  }

  get inFlight(): number {
    return this.#messages.filter((one) => one.visibleAtMs > this.#clock.nowMs()).length;
  }

  async receive(): Promise<HeldMessage | undefined> {
    if (this.failure !== undefined) throw this.failure;
    const found = this.#take();
    if (found !== undefined) return found;
    await this.#clock.sleep(5_000, this.#arrival.signal);
    return this.#take();
  }

  #take(): HeldMessage | undefined {
    const nowMs = this.#clock.nowMs();
    const message = this.#messages.find((one) => one.visibleAtMs <= nowMs);
    if (message === undefined) return undefined;
    if (message.receives >= MAX_RECEIVES && this.hasDeadLetters) {
      this.#drop(message.id);
      this.dead.push({ body: message.body, reason: 'redrive' });
      return this.#take();
    }
    message.receives++;
    message.visibleAtMs = nowMs + this.#visibilitySeconds * 1_000;
    const { id, body, receives } = message;
    return { id, body, receipt: `${id}#${receives}`, receiveCount: receives };
  }

  async setVisibility({ id }: HeldMessage, seconds: number): Promise<void> {
    this.visibilities.push(seconds);
    if (seconds > 0 && this.extensionFailure !== undefined) throw this.extensionFailure;
    const message = this.#messages.find((one) => one.id === id);
    if (message !== undefined) message.visibleAtMs = this.#clock.nowMs() + seconds * 1_000;
  }

  async remove({ id }: HeldMessage): Promise<void> {
    this.#drop(id);
  }

  async maxReceives(): Promise<number> {
    return this.hasDeadLetters ? MAX_RECEIVES : Number.POSITIVE_INFINITY;
  }

  async bury(body: string, reason: string): Promise<boolean> {
    if (this.hasDeadLetters) this.dead.push({ body, reason });
    return this.hasDeadLetters;
  }

  #drop(id: string): void {
    this.#messages = this.#messages.filter((one) => one.id !== id);
  }
}

export const MAX_RECEIVES = 3;

export class FakeResults implements ResultQueue {
  readonly sent: ResultMessage[] = [];
  failure: Error | undefined;

  async send(text: string): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.sent.push(parseResult(text)!);
  }
}

export class FakeTable implements ResultTable {
  readonly rows = new Map<string, readonly WordCount[]>();
  failure: Error | undefined;
  writes = 0;

  async put({ bucket, key }: Job, words: readonly WordCount[]): Promise<'written'> {
    if (this.failure !== undefined) throw this.failure;
    this.writes++;
    this.rows.set(`${bucket}/${key}`, words);
    return 'written';
  }
}

export class FakeObjects implements ObjectSource {
  readonly texts = new Map<string, string>();
  failure: Error | undefined;
  reads = 0;

  async read({ bucket, key }: Job, _signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    this.reads++;
    if (this.failure !== undefined) throw this.failure;
    const text = this.texts.get(`${bucket}/${key}`);
    if (text === undefined) throw named('NoSuchKey', 'The specified key does not exist.');
    return (async function* () {
      yield new TextEncoder().encode(text);
    })();
  }
}

export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** An event as S3 sends it, for each key. */
export function eventBody(...keys: string[]): string {
  return JSON.stringify({ Records: keys.map((key) => eventRecord(key)) });
}

export function eventRecord(key: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'texts' }, object: { key, size: 1, sequencer: '00A1', ...more } },
  };
}
