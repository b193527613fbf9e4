/** How long instances and metrics take, where nothing else is said. */
import { QUEUE_METRICS_LEAD_MS } from '@crescendo/cloud/virtual';
import { parseDistribution } from '../load/distribution.ts';
import type { Timing } from './experiment.ts';

const none = (): never => {
  throw new Error('these distributions read no file');
};
const seconds = (text: string) => parseDistribution(text, 'delay', none);

/**
 * `aws`: assumptions, since AWS publishes no figures: a small Linux instance runs after some ten seconds, its programs work another half minute or
 * more later, and CloudWatch has a measurement half a minute after it was taken. `local`: measured on this project's local cloud (an instance was
 * in service 0.6 s after its order, its user data began 0.2 to 0.5 s after it; a Node.js program takes a second more).
 */
export const TIMINGS: Readonly<Record<'aws' | 'local', Timing>> = {
  aws: {
    launchDelay: seconds('20-40'),
    bootDelay: seconds('30-60'),
    endDelay: seconds('30-60'),
    metricDelayMs: 30_000,
    // SQS's measurements stand at full minutes, and so do those of groups: expressions of both have the same minutes.
    metricLeadMs: 0,
    basicSeconds: 300,
  },
  local: {
    launchDelay: seconds('0.5-0.8'),
    bootDelay: seconds('0.5-1.5'),
    endDelay: seconds('0.2-0.5'),
    metricDelayMs: 0,
    metricLeadMs: QUEUE_METRICS_LEAD_MS,
    basicSeconds: 60,
  },
};
