import type { DigestPlan } from './body-hash.ts';
import type { DigestName } from './stream-hash.ts';

/** What the main thread says to a hashing worker. Jobs are numbered; `slots` are shared memory that data messages refer to. */
export type ToHashWorker =
  | {
      readonly kind: 'start';
      readonly job: number;
      readonly plan: DigestPlan;
      readonly slots: readonly SharedArrayBuffer[];
    }
  | { readonly kind: 'data'; readonly job: number; readonly slot: number; readonly length: number }
  | { readonly kind: 'chunkEnd'; readonly job: number }
  | { readonly kind: 'finish'; readonly job: number }
  | { readonly kind: 'abort'; readonly job: number };

export type FromHashWorker =
  /** The slot has been read and may be filled again. */
  | { readonly kind: 'free'; readonly job: number; readonly slot: number }
  | {
      readonly kind: 'done';
      readonly job: number;
      readonly digests: ReadonlyMap<DigestName, Uint8Array>;
      readonly chunkSha256: readonly string[];
    };
