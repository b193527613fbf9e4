import { lowerCasePairs } from '../simple-lower-case.ts';

export type Draw = (below: number) => number;

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
export function drawsFrom(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

export const WHITE_SPACE = [
  ...['\t', '\n', '\v', '\f', '\r', ' ', '\r\n', '\u0085', '\u00a0', '\u1680', '\u2000', '\u2001', '\u2002'],
  ...['\u2003', '\u2004', '\u2005', '\u2006', '\u2007', '\u2008', '\u2009', '\u200a', '\u2028', '\u2029'],
  ...['\u202f', '\u205f', '\u3000'],
];

/** What looks like white space, a case or a mark and is none, or behaves oddly. */
const ODD = [
  ...[
    '\ufeff',
    '\u200b',
    '\u180e',
    '\u200d',
    '\u0301',
    '\u0308',
    '\u0345',
    'ı',
    'İ',
    'i\u0307',
    'ß',
    'ẞ',
    'Σ',
    'ς',
    'ΑΣ',
  ],
  ...[
    '\u212a',
    '\u212b',
    '\u2126',
    'ǅ',
    'ǈ',
    'Ǆ',
    'ᾈ',
    'ⅷ',
    'Ⅷ',
    'Ⱥ',
    'Ⱦ',
    'ﬃ',
    '“',
    '”',
    '’',
    '—',
    '…',
    '，',
    '。',
  ],
  ...[
    '😀',
    '𝒜',
    '𐐀',
    '𞤀',
    '\u{1f469}\u200d\u{1f469}',
    '\u{10ffff}',
    '\ud7ff',
    '\ue000',
    '\u0080',
    '\u009f',
    '\u007f',
    '\u0001',
  ],
];
const MARKS = ['.', ',', '"', "'", '?', '!', '-', ';', '(', ')', '\u0021'];
const CASED = lowerCasePairs();

/** How odd a text is. */
export type Flavour = 'ascii' | 'mixed' | 'odd';

/** A text of about `bytes` bytes, with few enough different words that they come again. */
export function randomText(draw: Draw, bytes: number, flavour: Flavour): string {
  const words = Array.from({ length: 40 }, () => randomWord(draw, flavour));
  let text = '';
  for (let size = 0; size < bytes; ) {
    const word = draw(4) === 0 ? randomWord(draw, flavour) : words[draw(words.length)]!;
    const part = decorate(draw, word) + randomSpace(draw, flavour);
    text += part;
    size += Buffer.byteLength(part);
  }
  return draw(2) === 0 ? text : text.trimEnd();
}

function randomWord(draw: Draw, flavour: Flavour): string {
  const length = draw(30) === 0 ? draw(200) : draw(12);
  let word = '';
  for (let i = 0; i < length; i++) word += randomCharacter(draw, flavour);
  return word;
}

function randomCharacter(draw: Draw, flavour: Flavour): string {
  const odd = flavour === 'odd' ? draw(3) : flavour === 'mixed' ? draw(40) : 9;
  if (odd === 0) return ODD[draw(ODD.length)]!;
  if (odd === 1) return String.fromCodePoint(CASED[draw(CASED.length)]![draw(2)]!);
  if (odd === 2 && flavour === 'odd') return randomCodePoint(draw);
  const letter = 'abcdefghij'[draw(10)]!;
  return draw(5) === 0 ? letter.toUpperCase() : letter;
}

/** Neither a surrogate, nor NUL, nor what gained a lower case after Unicode 15.0: the reference follows the running Node's Unicode. */
function randomCodePoint(draw: Draw): string {
  const code = draw(2) === 0 ? 1 + draw(0x3100) : 1 + draw(0x1f000);
  const character = code >= 0xd800 && code < 0xe000 ? '\ufffd' : String.fromCodePoint(code);
  return character.toLowerCase() === character || CASED.some(([from]) => from === code) ? character : 'x';
}

function decorate(draw: Draw, word: string): string {
  const before = draw(6) === 0 ? MARKS[draw(MARKS.length)]! : '';
  let after = '';
  while (draw(3) === 0) after += MARKS[draw(MARKS.length)]!;
  return before + word + after;
}

function randomSpace(draw: Draw, flavour: Flavour): string {
  let space = '';
  do
    space +=
      flavour === 'ascii'
        ? [' ', '\n', '\r\n', '\t', '  '][draw(5)]!
        : WHITE_SPACE[draw(WHITE_SPACE.length)]!;
  while (draw(8) === 0);
  return space;
}
