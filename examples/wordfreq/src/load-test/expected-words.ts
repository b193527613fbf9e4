/**
 * Another way to the same result, against which results are checked: the rules said as plainly as they can be, with a map, and nothing of
 * the engine in it.
 */
import type { ResultMessage } from '../worker/job-result.ts';

export type ExpectedWords = ReadonlyMap<string, number>;

/** The classic rules; the whole text is held. */
export function expectedWords(text: string): ExpectedWords {
  const counts = new Map<string, number>();
  for (const field of text.split(/\p{White_Space}+/u)) {
    const word = lowerCase(field);
    if (Buffer.byteLength(word) <= 4) continue;
    const trimmed = word.replace(/^[.,"'?!]+/, '').replace(/[.,"'?!]+$/, '');
    counts.set(trimmed, (counts.get(trimmed) ?? 0) + 1);
  }
  return counts;
}

/** Character by character, as the rules say: a sigma at the end of a word is one like any other. */
function lowerCase(field: string): string {
  if (/^[\x21-\x7e]*$/.test(field)) return field.toLowerCase();
  return [...field].map((character) => (character === 'İ' ? 'i' : character.toLowerCase())).join('');
}

/** Says what is wrong with a result's words, or nothing. */
export function findWrongWords(
  words: ResultMessage['Words'],
  expected: ExpectedWords,
  top: number,
): string | undefined {
  const least = [...expected.values()].sort((a, b) => b - a)[top - 1] ?? 0;
  const best = [...expected]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const wanted = best.slice(0, top).map(([Word, Count]) => ({ Word, Count }));
  const got = JSON.stringify(words.map(({ Word, Count }) => ({ Word, Count })));
  return got === JSON.stringify(wanted) ? undefined : `${got} instead of ${JSON.stringify(wanted)}`;
}
