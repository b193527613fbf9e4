/** Fields with characters beyond ASCII: decoded, checked, parted at Unicode's white space, lower-cased, one character after the other. */
import * as at from './layout';

/** Set when a character is not UTF-8 or a word is too long. */
export let bad: bool = false;
/** Where the field's next character begins. */
let next: usize = 0;

export function forgetBad(): void {
  bad = false;
}

export function markBad(): void {
  bad = true;
}

/** The character beyond ASCII at `from`; 0, and `bad` set, when what stands there is none. */
export function decode(from: usize, end: usize): u32 {
  const lead: u32 = load<u8>(from);
  const length: u32 = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (lead < 0xc2 || lead > 0xf4 || from + length > end) return fail();
  let character: u32 = lead & (0x7f >> length);
  for (let i: u32 = 1; i < length; i++) {
    const byte: u32 = load<u8>(from + i);
    if ((byte & 0xc0) !== 0x80) return fail();
    character = (character << 6) | (byte & 0x3f);
  }
  next = from + length;
  const least: u32 = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  const allowed = character >= least && character <= 0x10ffff && (character & 0xfffff800) !== 0xd800;
  return allowed ? character : fail();
}

function fail(): u32 {
  bad = true;
  return 0;
}

export function afterDecoded(): usize {
  return next;
}

/** White space beyond ASCII. */
export function isWideSpace(character: u32): bool {
  if (character < 0x2000) return character === 0x85 || character === 0xa0 || character === 0x1680;
  if (character <= 0x200a || character === 0x3000) return true;
  return character === 0x2028 || character === 0x2029 || character === 0x202f || character === 0x205f;
}

export function lowerCase(character: u32): u32 {
  if (character >= at.LOWER_END) return character;
  const page: usize = load<u8>(at.LOWER_PAGES + (character >> 6));
  return character + load<u32>(at.LOWER_ADDED + (page << 8) + ((character & 63) << 2));
}

/** Writes a character as UTF-8 and gives the place behind it. A lower case may be ASCII. */
export function encode(to: usize, character: u32): usize {
  if (character < 0x80) {
    store<u8>(to, character);
    return to + 1;
  }
  if (character < 0x800) {
    store<u8>(to, 0xc0 | (character >> 6));
    store<u8>(to, 0x80 | (character & 0x3f), 1);
    return to + 2;
  }
  if (character < 0x10000) {
    store<u8>(to, 0xe0 | (character >> 12));
    store<u8>(to, 0x80 | ((character >> 6) & 0x3f), 1);
    store<u8>(to, 0x80 | (character & 0x3f), 2);
    return to + 3;
  }
  store<u8>(to, 0xf0 | (character >> 18));
  store<u8>(to, 0x80 | ((character >> 12) & 0x3f), 1);
  store<u8>(to, 0x80 | ((character >> 6) & 0x3f), 2);
  store<u8>(to, 0x80 | (character & 0x3f), 3);
  return to + 4;
}
