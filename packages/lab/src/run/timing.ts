/** How long instances and metrics take, where nothing else is said. */
import { parseDistribution } from '../load/distribution.ts';
import type { Timing } from './experiment.ts';

const none = (): never => {
  throw new Error('these distributions read no file');
};
const seconds = (text: string) => parseDistribution(text, 'delay', none);

/**
 * `aws`: EC2's own words and published measurements put a small Linux instance at some ten seconds to a minute until it runs, and its
 * programs at another half minute or more; CloudWatch has a measurement half a minute after it was taken. `local`: measured on this cloud.
 */
export const TIMINGS: Readonly<Record<'aws' | 'local', Timing>> = {
  aws: {
    launchDelay: seconds('20-40'),
    bootDelay: seconds('30-60'),
    endDelay: seconds('30-60'),
    metricDelayMs: 30_000,
    basicSeconds: 300,
  },
  local: {
    launchDelay: seconds('0.3-1'),
    bootDelay: seconds('0.5-1.5'),
    endDelay: seconds('0.1-1'),
    metricDelayMs: 0,
    basicSeconds: 60,
  },
};
