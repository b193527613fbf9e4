import type { VirtualQueue } from '@crescendo/cloud/virtual';
import type { QueueRules } from '../work/work-system.ts';

const DEFAULT_VISIBILITY_SECONDS = 30;
const DEFAULT_RETENTION_SECONDS = 345_600;

/** The rules of the template's queue; SQS's own where it says nothing. */
export function queueRulesOf(queue: VirtualQueue | undefined, givesBack: boolean): QueueRules {
  const properties = queue?.properties ?? {};
  return {
    givesBack,
    visibilityMs: numberOf(properties['VisibilityTimeout'], DEFAULT_VISIBILITY_SECONDS) * 1_000,
    retentionMs: numberOf(properties['MessageRetentionPeriod'], DEFAULT_RETENTION_SECONDS) * 1_000,
    maxReceives: maxReceives(properties['RedrivePolicy']),
  };
}

function numberOf(value: unknown, fallback: number): number {
  const number = Number(value ?? fallback);
  return Number.isFinite(number) ? number : fallback;
}

/** Templates give the policy as an object, or as its JSON. */
function maxReceives(policy: unknown): number | undefined {
  const object: unknown = typeof policy === 'string' ? JSON.parse(policy) : policy;
  if (typeof object !== 'object' || object === null) return undefined;
  const most = Number(Reflect.get(object, 'maxReceiveCount'));
  return Number.isFinite(most) && most > 0 ? most : undefined;
}
