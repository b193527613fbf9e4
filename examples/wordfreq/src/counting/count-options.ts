/** What to count, and how. */
export interface CountOptions {
  /** `classic` (default): the rules WC1 to WC6 of SPEC.md. `unicode`: WU1 to WU4. */
  readonly rules?: 'classic' | 'unicode';
  /** How many of the most frequent words to tell: a whole number from 0, or Infinity for all. 10 unless said. */
  readonly top?: number;
  /** How many threads may work on one text: 1 to 16, and never more than the counter has. Unless said, all that it has. */
  readonly threads?: number;
  /** Words that are not counted, compared after lower-casing (`classic`) or folding (`unicode`). */
  readonly stopWords?: Iterable<string>;
  /** A longer run without white space is no text: 1,024 to 16,777,216 bytes, 1,048,576 unless said. */
  readonly maxWordBytes?: number;
}

/** Options, checked and complete. */
export interface CountPlan {
  readonly rules: 'classic' | 'unicode';
  readonly top: number;
  readonly threads: number;
  readonly stopWords: readonly string[];
  readonly maxWordBytes: number;
}

export const MAX_THREADS = 16;
const MIN_WORD_BYTES = 1_024;
const MAX_WORD_BYTES = 16 * 1_024 * 1_024;

/** @throws RangeError when a value is not allowed */
export function planCount(options: CountOptions): CountPlan {
  const {
    rules = 'classic',
    top = 10,
    threads = MAX_THREADS,
    stopWords = [],
    maxWordBytes = 1_048_576,
  } = options;
  if (rules !== 'classic' && rules !== 'unicode')
    throw new RangeError(`rules is ${String(rules)}; classic and unicode are allowed`);
  if (top !== Number.POSITIVE_INFINITY) checkWhole('top', top, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('threads', threads, 1, MAX_THREADS);
  checkWhole('maxWordBytes', maxWordBytes, MIN_WORD_BYTES, MAX_WORD_BYTES);
  return { rules, top, threads, stopWords: [...stopWords], maxWordBytes };
}

export function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} is ${value}; a whole number from ${least} to ${most} is allowed`);
}
