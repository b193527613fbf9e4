/** What a worker is told by its environment. The first six names are the original's and stay. */
import { availableParallelism } from 'node:os';
import type { DelayRange } from './delay.ts';

export interface WorkerSettings {
  readonly queueUrl: string;
  readonly resultQueueUrl: string;
  readonly resultTableName: string;
  readonly region: string;
  /** How long a job that is not heard of stays with its worker; it is extended while the worker lives. */
  readonly visibilitySeconds: number;
  /** Jobs in hand at once. */
  readonly workers: number;
  /** Simulates heavier work. */
  readonly delaySeconds: DelayRange;
  readonly rules: 'classic' | 'unicode';
  /** So many of the most frequent words are told. */
  readonly top: number;
  /** Not counted. */
  readonly stopWords: readonly string[];
  /** How long a job is tried again in place when a service fails; after that it goes back to the queue. */
  readonly retrySeconds: number;
  /** How long work in hand may go on after SIGTERM; what is not finished then goes back to the queue. */
  readonly stopSeconds: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_VISIBILITY_SECONDS = 43_200;

/** Names every setting that is missing or wrong at once. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
  }
}

export function readWorkerSettings(environment: Environment): WorkerSettings {
  const problems: string[] = [];
  const reader = new Reader(environment, problems);
  const settings: WorkerSettings = {
    queueUrl: reader.url('WORKER_QUEUE_URL'),
    resultQueueUrl: reader.url('WORKER_RESULT_QUEUE_URL'),
    resultTableName: reader.text('WORKER_RESULT_TABLENAME'),
    region: environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? reader.text('AWS_REGION'),
    visibilitySeconds: reader.number('WORKER_MESSAGE_VISIBILITY', 60, 2, MAX_VISIBILITY_SECONDS),
    workers: reader.number('WORKER_COUNT', 0, 0, 1_000) || availableParallelism(),
    delaySeconds: reader.delay('WORKER_DELAY'),
    rules: reader.oneOf('WORKER_RULES', ['classic', 'unicode']),
    top: reader.number('WORKER_TOP', 10, 1, 1_000),
    stopWords: reader.list('WORKER_STOP_WORDS'),
    retrySeconds: reader.number('WORKER_RETRY_SECONDS', 60, 0, 3_600),
    stopSeconds: reader.number('WORKER_STOP_SECONDS', 20, 0, 3_600),
  };
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

class Reader {
  readonly #environment: Environment;
  readonly #problems: string[];

  constructor(environment: Environment, problems: string[]) {
    this.#environment = environment;
    this.#problems = problems;
  }

  text(name: string): string {
    const value = this.#given(name);
    if (value === undefined) this.#problems.push(`${name} is not set`);
    return value ?? '';
  }

  url(name: string): string {
    const value = this.text(name);
    if (value !== '' && !/^https?:\/\/\S+\/\S+$/.test(value))
      this.#problems.push(`${name} is ${JSON.stringify(value)}; give the URL of a queue`);
    return value;
  }

  number(name: string, standard: number, least: number, most: number): number {
    const value = Number(this.#given(name) ?? standard);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    return this.#wrong(name, `a whole number from ${least} to ${most}`, standard);
  }

  delay(name: string): DelayRange {
    const text = this.#given(name) ?? '0';
    const [, from, to] = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
    const range = { from: Number(from), to: Number(to ?? from) };
    if (range.to >= range.from) return range;
    return this.#wrong(name, 'seconds such as 10, or a range such as 10-19', { from: 0, to: 0 });
  }

  list(name: string): readonly string[] {
    const words = (this.#given(name) ?? '').split(',').map((word) => word.trim());
    return words.filter((word) => word !== '');
  }

  oneOf<const T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const text = this.#given(name) ?? allowed[0];
    const found = allowed.find((value) => value === text);
    return found ?? this.#wrong(name, `one of ${allowed.join(', ')}`, allowed[0]);
  }

  #wrong<T>(name: string, wanted: string, instead: T): T {
    this.#problems.push(`${name} is ${JSON.stringify(this.#given(name))}; give ${wanted}`);
    return instead;
  }

  /** A variable that is empty counts as not set, as templates leave them. */
  #given(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }
}
