/** Counting the words of texts: exact, streaming, by the rules of SPEC.md. */
export type { CountOptions } from './count-options.ts';
export { NotTextError, type NotTextReason } from './not-text-error.ts';
export { countWords, WordCounter } from './word-counter.ts';
export type { WordCount, WordCounts } from './word-counts.ts';
