import type { Random } from './random.ts';

/** Words by rank, each different from all others. */
export interface Vocabulary {
  readonly size: number;
  /** The word of a rank lies in `bytes[starts[rank], starts[rank + 1])`, in lower case. */
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
}

/** How many words there can be: syllables to the third power and their endings. */
export const MAX_VOCABULARY = 5_000_000;

const ONSETS = [...'bcdfghjklmnpqrstvwyz'];
const VOWELS = [...'aeiou'];
const ENDINGS = ['', 'n', 's', 'r', 'th', 'ng', 'l', 'd'];

/**
 * Made-up words of syllables that end in a vowel and an ending that has none, so that no two are the same. Frequent words are short, as they
 * are in natural texts.
 */
export function vocabulary(size: number, random: Random): Vocabulary {
  const syllables = shuffled(
    ONSETS.flatMap((onset) => VOWELS.map((vowel) => onset + vowel)),
    random,
  );
  const bytes = new Uint8Array(size * 9);
  const starts = new Uint32Array(size + 1);
  let end = 0;
  for (let rank = 0; rank < size; rank++) {
    const word = spell(rank, syllables);
    for (let i = 0; i < word.length; i++) bytes[end++] = word.charCodeAt(i);
    starts[rank + 1] = end;
  }
  return { size, bytes: bytes.slice(0, end), starts };
}

/** The rank in mixed radix: the ending, then syllables, with one more syllable than the digits need for most words. */
function spell(rank: number, syllables: readonly string[]): string {
  const ending = ENDINGS[rank % ENDINGS.length]!;
  let rest = Math.floor(rank / ENDINGS.length);
  let word = syllables[rest % syllables.length]!;
  rest = Math.floor(rest / syllables.length);
  while (rest > 0) {
    rest--;
    word += syllables[rest % syllables.length]!;
    rest = Math.floor(rest / syllables.length);
  }
  return word + ending;
}

function shuffled(items: readonly string[], random: Random): string[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [copy[i], copy[other]] = [copy[other]!, copy[i]!];
  }
  return copy;
}
