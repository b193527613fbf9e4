/** White space in UTF-8: the 25 characters of Unicode's property White_Space. */

/**
 * Where the last white space in `bytes[from, to)` begins, -1 when there is none. A text may be cut there: no word spans it, and a lead byte
 * stands nowhere but at the start of a character, whatever lies before it.
 */
export function lastWhiteSpace(bytes: Uint8Array, from: number, to: number): number {
  for (let at = to - 1; at >= from; at--) if (whiteSpaceAt(bytes, at, to) > 0) return at;
  return -1;
}

/** Bytes of the white space that begins at `at`, 0 when none does. */
export function whiteSpaceAt(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first <= 0x20) return first === 0x20 || (first >= 9 && first <= 13) ? 1 : 0;
  if (first < 0xc2 || first > 0xe3 || at + 1 >= end) return 0;
  const second = bytes[at + 1]!;
  if (first === 0xc2) return second === 0x85 || second === 0xa0 ? 2 : 0;
  return at + 2 < end && isWideSpace(first, second, bytes[at + 2]!) ? 3 : 0;
}

/** U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. */
function isWideSpace(first: number, second: number, third: number): boolean {
  if (first === 0xe1) return second === 0x9a && third === 0x80;
  if (first === 0xe3) return second === 0x80 && third === 0x80;
  if (first !== 0xe2) return false;
  if (second === 0x81) return third === 0x9f;
  const listed = (third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf;
  return second === 0x80 && listed;
}
