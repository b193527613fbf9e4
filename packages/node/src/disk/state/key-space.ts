/**
 * The keys of all groups in one database: four bytes of prefix, then the group's own key. Prefixes are numbers that are
 * never used twice, so clearing a group is one small write: it gets a new prefix, and the keys under the old
 * one are doomed and removed little by little.
 *
 * Prefix 0 is this file's own: `g<group>` -> prefix, `d<prefix>` -> doomed, `n` -> next free prefix, `v` -> format version.
 */
import type { GroupId } from '@crescendo/store';

export const PREFIX_BYTES = 4;
/** Longest key of a group's map. */
export const MAX_KEY_BYTES = 1400;
export const STATE_FORMAT = 1;

const scratch = Buffer.allocUnsafeSlow(PREFIX_BYTES + MAX_KEY_BYTES);

/** The key in the database, as a view that the next call overwrites. */
export function fullKey(prefix: number, key: Uint8Array): Buffer {
  if (key.length > MAX_KEY_BYTES) {
    throw new RangeError(`a key of ${key.length} bytes; at most ${MAX_KEY_BYTES} are allowed`);
  }
  scratch.writeUInt32BE(prefix, 0);
  scratch.set(key, PREFIX_BYTES);
  return scratch.subarray(0, PREFIX_BYTES + key.length);
}

/** The same as a text of one character a byte, which orders as the bytes do. */
export function keyText(fullKeyBytes: Buffer): string {
  return fullKeyBytes.toString('latin1');
}

export function keyBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Cuts a range's bound to what a key can be; a longer bound orders as its first bytes and one more. */
export function boundText(prefix: number, bound: Uint8Array): string {
  if (bound.length <= MAX_KEY_BYTES) return keyText(fullKey(prefix, bound));
  return `${keyText(fullKey(prefix, bound.subarray(0, MAX_KEY_BYTES)))}\u0000`;
}

export const VERSION_KEY = '\0\0\0\0v';
export const NEXT_PREFIX_KEY = '\0\0\0\0n';
const GROUP_START = '\0\0\0\0g';
const DOOMED_START = '\0\0\0\0d';

export function groupKey(id: GroupId): string {
  return GROUP_START + id;
}

export function doomedKey(prefix: number): string {
  return `${DOOMED_START}${prefix}`;
}

/** What a key of prefix 0 records about groups. */
export function parseOwnKey(
  text: string,
):
  | { readonly kind: 'group'; readonly id: GroupId }
  | { readonly kind: 'doomed'; readonly prefix: number }
  | undefined {
  if (text.startsWith(GROUP_START)) return { kind: 'group', id: text.slice(GROUP_START.length) };
  if (text.startsWith(DOOMED_START))
    return { kind: 'doomed', prefix: Number(text.slice(DOOMED_START.length)) };
  return undefined;
}
