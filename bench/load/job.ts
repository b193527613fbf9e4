/** What the generator is told to do, and what it says of it. */

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  /** Absent: requests are sent unsigned. */
  readonly keys?: KeyPair;
}

/** Sends the same requests in turn over some connections until the time is over. */
export interface RepeatJob {
  readonly kind: 'repeat';
  readonly target: Target;
  readonly method: 'GET' | 'PUT';
  readonly paths: readonly string[];
  readonly bodyBytes: number;
  readonly connections: number;
  readonly limitMs: number;
}

/** Puts `count` objects, each once. */
export interface FillJob {
  readonly kind: 'fill';
  readonly target: Target;
  readonly prefix: string;
  readonly count: number;
  readonly bodyBytes: number;
  readonly connections: number;
}

/** Walks the pages of a listing, again and again until the time is over. */
export interface ListJob {
  readonly kind: 'list';
  readonly target: Target;
  readonly bucket: string;
  readonly walkers: number;
  readonly limitMs: number;
}

/** Uploads objects in parts, one object after the other, four parts at once. */
export interface MultipartJob {
  readonly kind: 'multipart';
  readonly target: Target;
  readonly path: string;
  readonly parts: number;
  readonly partBytes: number;
  readonly limitMs: number;
}

export type Job = RepeatJob | FillJob | ListJob | MultipartJob;

export interface JobResult {
  /** Requests, or keys listed, or objects uploaded in parts. */
  readonly done: number;
  readonly failed: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Processor time of the generator itself. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** The longest time between two answers in a row. */
  readonly longestGapMs: number;
  /** What the first failure said. */
  readonly failure?: string;
}

/** Where a fill job puts its objects. */
export function objectPath(prefix: string, number: number): string {
  return `${prefix}${String(number).padStart(9, '0')}`;
}
