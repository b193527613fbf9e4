/** The machine's clock and randomness, without the rest of the daemon. */
export { realClock } from './clock.ts';
export { realRandom } from './random.ts';
