export interface WordCount {
  readonly word: string;
  readonly count: number;
}

/** The words of one text. */
export interface WordCounts {
  /** By count, descending; words of one count by their UTF-8 bytes, ascending. */
  readonly words: WordCount[];
  /** How many different words were counted. */
  readonly distinctWords: number;
  /** How long the text was. */
  readonly bytes: number;
}

/** The order of words in an answer. */
export function compareWordCounts(a: WordCount, b: WordCount): number {
  return b.count - a.count || compareUtf8(a.word, b.word);
}

/** The order of the UTF-8 bytes, which is that of the code points; that of UTF-16 puts surrogates before U+E000 to U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The first `top` of all, in order. */
export function topWords(counts: Iterable<WordCount>, top: number): WordCount[] {
  let best: WordCount[] = [];
  let worst: WordCount | undefined;
  const room = 2 * top + 1_000;
  for (const one of counts) {
    if (worst !== undefined && compareWordCounts(one, worst) > 0) continue;
    best.push(one);
    if (best.length < room) continue;
    best = best.sort(compareWordCounts).slice(0, top);
    worst = best.at(-1);
  }
  return best.sort(compareWordCounts).slice(0, top);
}
