/** A source of randomness that is handed in, so that one seed gives one history. */
export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  float(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
  /** Uniform element; the list must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** A new list in random order. */
  shuffle<T>(list: readonly T[]): T[];
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** An independent stream derived from this one and a label. */
  fork(label: string): Random;
}

/** Mixes a label into a 32-bit seed (FNV-1a with a final avalanche). */
function mix(seed: number, label: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Random numbers from any source of uniform 32-bit words. */
export function randomFromWords(nextWord: () => number, forkSeed: number): Random {
  const float = (): number => (nextWord() * 2 ** 21 + (nextWord() >>> 11)) / 2 ** 53;
  const int = (bound: number): number => Math.floor(float() * bound);
  let forks = 0;
  return {
    float,
    int,
    pick: (list) => list[int(list.length)]!,
    shuffle: (list) => {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    chance: (probability) => float() < probability,
    bytes: (length) => Uint8Array.from({ length }, () => nextWord() & 0xff),
    fork: (label) => seededRandom(mix(forkSeed, `${label}#${forks++}`)),
  };
}

/** The small fast counting generator (sfc32, 128 bits of state), seeded from one number. */
export function seededRandom(seed: number): Random {
  let a = mix(seed >>> 0, 'a');
  let b = mix(Math.floor(seed / 2 ** 32) >>> 0, 'b');
  let c = mix(seed >>> 0, 'c');
  let counter = 1;
  const nextWord = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) nextWord();
  return randomFromWords(nextWord, seed >>> 0);
}
