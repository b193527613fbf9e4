import { topWords, type WordCounts } from '../word-counts.ts';

/** The classic rules, said as plainly as they can be: what everything faster is compared with. It holds the whole text. */
export function referenceCount(bytes: Uint8Array, top = 10): WordCounts {
  const counts = new Map<string, number>();
  for (const field of Buffer.from(bytes)
    .toString('utf8')
    .split(/\p{White_Space}+/u)) {
    const lower = [...field].map((character) => (character === 'İ' ? 'i' : character.toLowerCase())).join('');
    if (Buffer.byteLength(lower) <= 4) continue;
    const word = lower.replace(/^[.,"'?!]+/, '').replace(/[.,"'?!]+$/, '');
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = topWords(
    [...counts].map(([word, count]) => ({ word, count })),
    top,
  );
  return { words, distinctWords: counts.size, bytes: bytes.length };
}
