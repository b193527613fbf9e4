import { randomFillSync } from 'node:crypto';
import { type Random, randomFromWords } from '@crescendo/base';

/** Random numbers from the system's generator, drawn in blocks. */
export function realRandom(): Random {
  const words = new Uint32Array(256);
  let next = words.length;
  const nextWord = (): number => {
    if (next === words.length) {
      randomFillSync(words);
      next = 0;
    }
    return words[next++]!;
  };
  return randomFromWords(nextWord, nextWord());
}
