/**
 * Where things lie in the memory that the threads of one count share. The lowest page is laid out and filled by `shared-layout.ts`, which
 * repeats these figures; above lie the regions of the threads, then what `allocate` hands out.
 */

/** u64: the first byte that nobody has. */
export const FREE: usize = 0;
/** u64: mixed into every hash, so that nobody can prepare a text whose words collide. */
export const SEED: usize = 8;
/** u32: a longer word makes a block bad. */
export const MAX_WORD_BYTES: usize = 16;
/** 16 bytes of ones, then 16 of zeros: what is read `n` bytes before the border keeps the first `n` of 16 bytes. */
export const KEEP: usize = 64;
/** u8 for each byte: 1 for the marks that are trimmed. */
export const TRIMMED: usize = 256;
/** u8 for each 64 characters up to U+1E97F: which page of `LOWER_ADDED` they have. */
export const LOWER_PAGES: usize = 512;
export const LOWER_END: u32 = 0x1e980;
/** i32 for each character of a page: what is added for lower case. Page 0 is all zeros. */
export const LOWER_ADDED: usize = 4096;

/** A thread's region begins with its tables: 16 of them, told apart by the highest bits of the hash, so that threads can merge a part each. */
export const TABLES: u32 = 16;
export const TABLE_BITS: u64 = 60;
/** Each is described by four u32: where it lies, its last line in bytes from there, words in it, words at which it grows. */
export const BASE: usize = 0;
export const LAST: usize = 4;
export const USED: usize = 8;
export const LIMIT: usize = 12;
export const TABLE_SHIFT: usize = 4;
/** u64: how often trimming left nothing. */
export const EMPTY_WORDS: usize = 256;
/** Where the lists of a region begin. */
export const LISTS: usize = 512;

/**
 * A table consists of lines as long as those of a processor's cache. A line has three slots: three keys of 16 bytes, three counts (u32), then for each count the
 * byte that is above these. Slots are taken from the first on; one is free when the first 8 bytes of its key are zero.
 *
 * The key of a word of up to 16 bytes is the word with zeros behind it (no word holds a NUL). The key of a longer one is where it is kept (u64) and its hash
 * with the highest bit set: no short word has zeros before what is not zero.
 */
export const LINE_BYTES: u32 = 64;
export const LINE_SHIFT: u32 = 6;
export const KEY_BYTES: usize = 16;
export const COUNTS: usize = 48;
export const COUNTS_ABOVE: usize = 60;
export const SLOTS: u32 = 3;
export const SHORT: u32 = 16;
/** A long word is kept with its length (u32) before its bytes. */
export const LENGTH_BYTES: usize = 8;
export const LONG: u64 = 1 << 63;
