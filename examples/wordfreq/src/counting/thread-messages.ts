import type { NotTextFinding } from './find-not-text.ts';
import type { WordCount } from './word-counts.ts';

/** What the counter asks of a thread. Requests are answered in their order, each once. */
export type ThreadRequest =
  | {
      readonly type: 'open';
      /** Names the memory in what follows; a thread keeps its machine for it until `forget`. */
      readonly id: number;
      readonly memory: WebAssembly.Memory;
      readonly rules: 'classic' | 'unicode';
      readonly maxWordBytes: number;
      /** Where this thread's region begins. */
      readonly region: number;
    }
  | {
      readonly type: 'block';
      readonly id: number;
      readonly at: number;
      readonly length: number;
      readonly first: boolean;
    }
  | {
      readonly type: 'settle';
      readonly id: number;
      /** This thread settles the tables whose number is `part` modulo `parts`. */
      readonly part: number;
      /** The regions of all threads that counted. */
      readonly regions: readonly number[];
      readonly top: number;
      readonly stopWords: readonly string[];
    }
  | { readonly type: 'forget'; readonly id: number };

export type ThreadAnswer =
  | { readonly type: 'done' }
  /** The first thing in the block that no text has; its offset is from the block's start. */
  | { readonly type: 'bad'; readonly finding: NotTextFinding }
  | { readonly type: 'no-memory' }
  | { readonly type: 'settled'; readonly settled: Settled };

/** The words of a part; no two parts have the same word. */
export interface Settled {
  readonly words: readonly WordCount[];
  readonly distinctWords: number;
}
