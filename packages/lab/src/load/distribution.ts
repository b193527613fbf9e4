/** How long something takes: a number, a distribution, or measured values. */
import type { Random } from '@crescendo/base';
import { parseDuration } from './duration.ts';
import { isFileName, isRecordName, parseRows, type ReadText, recordedSeconds } from './rows.ts';
import { badSpec } from './spec-error.ts';

export interface Distribution {
  /** As it was given. */
  readonly text: string;
  readonly meanMs: number;
  draw(random: Random): number;
}

export const DISTRIBUTION_HELP =
  '12 (always), 10-19 (uniform), exp:12 (exponential, mean), lognormal:12,0.5 (mean, sigma of the logarithm), a file .csv of measured seconds, or a recorded run .json';

/** Numbers are seconds unless they have a unit. Fails with what is allowed. */
export function parseDistribution(text: string, what: string, read: ReadText): Distribution {
  if (isRecordName(text)) return empirical(text, recordedSeconds(read(text), 'ServiceSeconds', text));
  if (isFileName(text))
    return empirical(
      text,
      parseRows(read(text), 1, text).map(([seconds]) => seconds!),
    );
  const [, kind, rest = ''] = /^([a-z]+):(.*)$/.exec(text) ?? [];
  if (kind === 'exp') return exponential(text, parseDuration(rest, what));
  if (kind === 'lognormal') return logNormal(text, rest, what);
  if (kind !== undefined) throw badSpec(`"${text}" is no ${what}: give ${DISTRIBUTION_HELP}`);
  const [low, high, ...more] = text.split('-');
  if (more.length > 0 || low === '') throw badSpec(`"${text}" is no ${what}: give ${DISTRIBUTION_HELP}`);
  return high === undefined
    ? constant(parseDuration(low!, what), text)
    : uniform(text, parseDuration(low!, what), parseDuration(high, what));
}

export function constant(ms: number, text = `${ms / 1_000}`): Distribution {
  return { text, meanMs: ms, draw: () => ms };
}

function uniform(text: string, lowMs: number, highMs: number): Distribution {
  if (highMs < lowMs) throw badSpec(`"${text}" ends before it begins: give the smaller number first`);
  return {
    text,
    meanMs: (lowMs + highMs) / 2,
    draw: (random) => lowMs + (highMs - lowMs) * random.float(),
  };
}

function exponential(text: string, meanMs: number): Distribution {
  return { text, meanMs, draw: (random) => exponentialDraw(random, meanMs) };
}

export function exponentialDraw(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.float());
}

function logNormal(text: string, rest: string, what: string): Distribution {
  const [mean = '', spread = '', ...more] = rest.split(',');
  const sigma = Number(spread);
  if (more.length > 0 || spread === '' || !(sigma >= 0))
    throw badSpec(`"${text}" is no ${what}: give ${DISTRIBUTION_HELP}`);
  const meanMs = parseDuration(mean, what);
  const mu = Math.log(meanMs) - sigma ** 2 / 2;
  return { text, meanMs, draw: (random) => Math.exp(mu + sigma * normal(random)) };
}

/** Box and Muller's method. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
  return radius * Math.cos(2 * Math.PI * random.float());
}

function empirical(path: string, seconds: readonly number[]): Distribution {
  const values = seconds.map((second) => second * 1_000);
  if (values.some((value) => value < 0)) throw badSpec(`${path} holds a negative duration`);
  const meanMs = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { text: path, meanMs, draw: (random) => random.pick(values) };
}
