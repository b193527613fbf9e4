/**
 * Words as readers see them: Unicode's word boundaries (UAX #29), full case folding, canonical composition. Boundaries and dictionaries are
 * those of the running Node's ICU.
 */
const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
const BYTE_ORDER_MARK = /^\ufeff/;

/**
 * The words of a text, by the rules WU1 and WU2.
 *
 * @param first whether the text begins here: a byte order mark is one only there
 */
export function* unicodeWords(text: string, first: boolean): Generator<string> {
  for (const { segment, isWordLike } of segmenter.segment(first ? text.replace(BYTE_ORDER_MARK, '') : text))
    if (isWordLike === true) yield foldWord(segment);
}

const ASCII_WORD = /^[\x20-\x7e]*$/;

/**
 * Full case folding, then composition. Lower case of upper case of lower case folds what the language's own lower case leaves apart (`ß`
 * and `ss`, `ς` and `σ`); each character for itself, so that the place in the word does not matter. Dotless `ı` stays, as in CaseFolding.txt.
 */
export function foldWord(word: string): string {
  if (ASCII_WORD.test(word)) return word.toLowerCase();
  let folded = '';
  for (const character of word) folded += character === 'ı' ? character : foldCharacter(character);
  return folded.normalize('NFC');
}

function foldCharacter(character: string): string {
  return [...[...character.toLowerCase()].map((one) => one.toUpperCase()).join('')]
    .map((one) => one.toLowerCase())
    .join('');
}
