/** The memory that the threads of one count share: `assembly/layout.ts` says what lies where in its lowest page, and this fills it. */
import { lowerCasePairs } from './simple-lower-case.ts';

const SEED = 8;
const MAX_WORD_BYTES = 16;
const KEEP = 64;
const TRIMMED = 256;
const LOWER_PAGES = 512;
const LOWER_ADDED = 4_096;
export const EMPTY_WORDS = 256;
export const TABLES = 16;
export const TABLE_BYTES = 16;
export const LINE = { bytes: 64, slots: 3, keyBytes: 16, counts: 48, countsAbove: 60 };
/** A long word is kept behind its length. */
export const LENGTH_BYTES = 8;

const PAGE_BYTES = 65_536;
/** 4 GiB less a page, so that the end of the memory is a number that 32 bits hold. */
const MAX_PAGES = 65_535;
/** Tables, lists, and what a vector reads beyond its word. */
const REGION_BYTES = 16_384;
/** A block ends with white space up to a multiple of this. */
export const BLOCK_STEP = 64;

export interface SharedMemory {
  readonly memory: WebAssembly.Memory;
  /** Room for blocks: any thread may work on any of them. */
  readonly slots: readonly Uint8Array[];
  /** Where the regions of the threads begin. */
  readonly regions: readonly number[];
  /** Where what the threads allocate begins. */
  readonly free: number;
}

/** Reserves addresses, not memory: a page costs nothing before it is touched. */
export function createSharedMemory(threads: number, slotBytes: number, maxWordBytes: number): SharedMemory {
  const step = roundUp(slotBytes + 2 * BLOCK_STEP, BLOCK_STEP);
  // A word may grow: in lower case by half (U+023A), folded threefold (U+0390).
  const region = roundUp(REGION_BYTES + slotBytes * 3, BLOCK_STEP);
  const regions = Array.from({ length: threads }, (_, i) => PAGE_BYTES + i * region);
  const slotsFrom = PAGE_BYTES + threads * region;
  const count = 2 * threads + 1;
  const free = roundUp(slotsFrom + count * step, PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: free / PAGE_BYTES + 8, maximum: MAX_PAGES, shared: true });
  fillFirstPage(memory.buffer, maxWordBytes);
  const slots = Array.from(
    { length: count },
    (_, i) => new Uint8Array(memory.buffer, slotsFrom + i * step, step),
  );
  return { memory, slots, regions, free };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** Forgets what was allocated, for the next count. */
export function resetSharedMemory({ memory, free }: SharedMemory): void {
  new BigUint64Array(memory.buffer, 0, 1)[0] = BigInt(free);
}

function fillFirstPage(buffer: ArrayBufferLike, maxWordBytes: number): void {
  const bytes = new Uint8Array(buffer, 0, PAGE_BYTES);
  const view = new DataView(buffer);
  crypto.getRandomValues(new Uint8Array(8)).forEach((byte, i) => {
    bytes[SEED + i] = byte;
  });
  view.setUint32(MAX_WORD_BYTES, maxWordBytes, true);
  bytes.fill(0xff, KEEP, KEEP + 16);
  for (const mark of Buffer.from('.,"\'?!')) bytes[TRIMMED + mark] = 1;
  let pages = 0;
  for (const [from, to] of lowerCasePairs()) {
    if (from < 0x80) continue;
    let page = bytes[LOWER_PAGES + (from >> 6)]!;
    if (page === 0) {
      page = ++pages;
      bytes[LOWER_PAGES + (from >> 6)] = page;
    }
    view.setInt32(LOWER_ADDED + page * 256 + (from & 63) * 4, to - from, true);
  }
}
