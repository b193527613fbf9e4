import { type Random, randomFrom } from './random.ts';
import { MAX_VOCABULARY, type Vocabulary, vocabulary } from './vocabulary.ts';
import { zipfRanks } from './zipf.ts';

export interface ProseOptions {
  /** The same seed gives the same vocabulary, and with the same `text` the same bytes. */
  readonly seed: number;
  /** Words to draw from: 1 to 5,000,000, 20,000 unless said. A short text does not meet all of them. */
  readonly vocabularySize?: number;
  /** `ascii` unless said; `typographic` has dashes, curly quotation marks and accents in some words. */
  readonly marks?: 'ascii' | 'typographic';
}

/** Writes texts: made-up words with the frequencies of natural ones, in sentences, lines and paragraphs. */
export interface ProseWriter {
  /**
   * Exactly `bytes` bytes of UTF-8, in chunks of about 64 KiB, each new memory.
   *
   * @param text tells the texts of one writer apart
   */
  write(text: number, bytes: number): Generator<Uint8Array<ArrayBuffer>>;
}

const CHUNK_BYTES = 65_536;
/** No word, with all that stands around it, is longer. */
const ROOM = 64;
const LINE_COLUMNS = 76;

export function createProseWriter({
  seed,
  vocabularySize = 20_000,
  marks = 'ascii',
}: ProseOptions): ProseWriter {
  if (!Number.isInteger(vocabularySize) || vocabularySize < 1 || vocabularySize > MAX_VOCABULARY)
    throw new RangeError(
      `vocabularySize is ${vocabularySize}; a whole number from 1 to ${MAX_VOCABULARY} is allowed`,
    );
  const words = vocabulary(vocabularySize, randomFrom(seed));
  const draw = zipfRanks(vocabularySize);
  return {
    write: (text, bytes) =>
      writeProse(words, draw, MARKS[marks], randomFrom(seed + (text + 1) * 2 ** 32), bytes),
  };
}

/** What stands around words, encoded. */
interface Marks {
  readonly open: Uint8Array;
  readonly close: Uint8Array;
  readonly genitive: Uint8Array;
  readonly accented: Uint8Array;
  readonly comma: Uint8Array;
  readonly semicolon: Uint8Array;
  readonly dash: Uint8Array;
  readonly none: Uint8Array;
}

const encode = (text: string) => new TextEncoder().encode(text);
const SHARED = { comma: encode(','), semicolon: encode(';'), none: encode('') };
const MARKS: Readonly<Record<'ascii' | 'typographic', Marks>> = {
  ascii: {
    ...SHARED,
    ...{
      open: encode('"'),
      close: encode('"'),
      genitive: encode("'s"),
      accented: encode(''),
      dash: encode(' --'),
    },
  },
  typographic: {
    ...SHARED,
    ...{
      open: encode('“'),
      close: encode('”'),
      genitive: encode('’s'),
      accented: encode('é'),
      dash: encode(' —'),
    },
  },
};
const SENTENCE_ENDS = encode('....?!');

interface Page {
  readonly bytes: Uint8Array<ArrayBuffer>;
  end: number;
  column: number;
  /** Words until the sentence ends; 0 before its first one. */
  left: number;
}

function* writeProse(
  words: Vocabulary,
  draw: (random: Random) => number,
  marks: Marks,
  random: Random,
  bytes: number,
): Generator<Uint8Array<ArrayBuffer>> {
  let page: Page = { bytes: new Uint8Array(CHUNK_BYTES + ROOM), end: 0, column: 0, left: 0 };
  for (let written = 0; written < bytes; ) {
    const room = Math.min(CHUNK_BYTES, bytes - written);
    while (page.end + ROOM <= room) writeWord(page, words, draw(random), marks, random);
    // The last bytes of a text are lines without words, so that its length is what was asked for.
    if (room < CHUNK_BYTES) {
      page.bytes.fill(0x0a, page.end, room);
      page.end = room;
    }
    written += page.end;
    yield page.bytes.subarray(0, page.end);
    page = { ...page, bytes: new Uint8Array(CHUNK_BYTES + ROOM), end: 0 };
  }
}

function writeWord(page: Page, words: Vocabulary, rank: number, marks: Marks, random: Random): void {
  const first = page.left === 0;
  if (first) page.left = 4 + random.below(20);
  const from = page.end;
  const dice = random.below(1_024);
  const quoted = dice < 12;
  if (quoted) put(page, marks.open);
  const start = page.end;
  putWord(page, words, rank);
  if (first || dice > 1_000) page.bytes[start]! -= 0x20;
  if (dice % 64 === 1) put(page, marks.accented);
  if (dice > 64 && dice < 76) put(page, marks.genitive);
  if (quoted) put(page, marks.close);
  page.left--;
  if (page.left === 0) page.bytes[page.end++] = SENTENCE_ENDS[random.below(SENTENCE_ENDS.length)]!;
  else if (dice > 100) put(page, markAfter(dice, marks));
  page.column += page.end - from + 1;
  if (page.left === 0 && random.below(8) === 0) page.bytes[page.end++] = endLine(page);
  page.bytes[page.end++] = page.column > LINE_COLUMNS || page.column === 0 ? endLine(page) : 0x20;
}

function putWord(page: Page, words: Vocabulary, rank: number): void {
  const { bytes, starts } = words;
  const last = starts[rank + 1]!;
  const target = page.bytes;
  let end = page.end;
  for (let i = starts[rank]!; i < last; i++) target[end++] = bytes[i]!;
  page.end = end;
}

function markAfter(dice: number, marks: Marks): Uint8Array {
  if (dice < 180) return marks.comma;
  if (dice > 200 && dice < 206) return marks.dash;
  return dice > 210 && dice < 216 ? marks.semicolon : marks.none;
}

function endLine(page: Page): number {
  page.column = 0;
  return 0x0a;
}

function put(page: Page, text: Uint8Array): void {
  for (let i = 0; i < text.length; i++) page.bytes[page.end++] = text[i]!;
}
