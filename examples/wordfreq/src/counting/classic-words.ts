import { lowerCasePairs } from './simple-lower-case.ts';

const LOWER = new Map(
  lowerCasePairs().map(([from, to]) => [String.fromCodePoint(from), String.fromCodePoint(to)]),
);
const MIN_BYTES = 5;

/** Adds the words of a text to the counts, by the rules WC1 to WC5. */
export function countClassicWords(text: string, counts: Map<string, number>): void {
  for (const field of text.split(/\p{White_Space}+/u)) {
    const lower = lowerCase(field);
    if (Buffer.byteLength(lower) < MIN_BYTES) continue;
    const word = lower.replace(/^[.,"'?!]+/, '').replace(/[.,"'?!]+$/, '');
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
}

export function lowerCase(field: string): string {
  let lower = '';
  for (const character of field) lower += LOWER.get(character) ?? character;
  return lower;
}
