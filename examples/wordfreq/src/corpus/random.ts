/** A source of randomness that is the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `bound` - 1; `bound` is at most 2 ** 32. */
  below(bound: number): number;
}

/** Chris Doty-Humphrey's sfc32: 128 bits of state, so that a long stream does not come round. */
export function randomFrom(seed: number): Random {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, (seed / 2 ** 32) | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return { below: (bound) => Math.floor((next() / 2 ** 32) * bound) };
}
