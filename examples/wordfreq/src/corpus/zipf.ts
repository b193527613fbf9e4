import type { Random } from './random.ts';

/** Added to a rank before its weight is taken: the flattened head that Mandelbrot found in natural texts. */
const HEAD = 2.7;

/**
 * Draws ranks from 0 to `count` - 1 with weights of about 1 / (rank + 1 + HEAD), by inverting the integral of that function. Without a table: at a
 * million ranks a table would be read from memory at each draw.
 */
export function zipfRanks(count: number): (random: Random) => number {
  const first = HEAD + 0.5;
  const span = Math.log((count + first) / first);
  return (random) => Math.floor(first * (Math.exp((random.below(2 ** 32) / 2 ** 32) * span) - 1));
}
