/**
 * A simulated run beside one that happened: what each group did, step by step. Both are read from the group's activities alone, so the same
 * is compared with the same.
 */
import type { ActivityPoint } from '../run/run-result.ts';

/** What changes the fleet: an order to launch, an instance that came into service, an order to end. */
export interface FleetStep {
  readonly kind: 'launch ordered' | 'in service' | 'end ordered';
  readonly atSeconds: number;
}

export interface StepPair {
  readonly kind: FleetStep['kind'];
  /** Which of its kind, from 1. */
  readonly number: number;
  readonly liveSeconds: number | undefined;
  readonly simulatedSeconds: number | undefined;
}

export interface Comparison {
  readonly pairs: readonly StepPair[];
  /** The same orders in the same order. */
  readonly sameSteps: boolean;
  /** Largest difference in the time of an order. */
  readonly ordersApartSeconds: number;
  /** Largest difference in how long an instance took from its order into service: launch jitter. */
  readonly launchJitterSeconds: number;
}

const ORDERS: readonly FleetStep['kind'][] = ['launch ordered', 'end ordered'];

export function layBeside(live: readonly ActivityPoint[], simulated: readonly ActivityPoint[]): Comparison {
  const [liveSteps, simulatedSteps] = [stepsOf(live), stepsOf(simulated)];
  const kinds: readonly FleetStep['kind'][] = ['launch ordered', 'in service', 'end ordered'];
  const pairs = kinds.flatMap((kind) => pairsOf(kind, liveSteps, simulatedSteps));
  return {
    pairs: pairs.sort((one, other) => timeOf(one) - timeOf(other)),
    sameSteps: ordersOf(liveSteps) === ordersOf(simulatedSteps),
    ordersApartSeconds: apart(pairs.filter(({ kind }) => ORDERS.includes(kind))),
    launchJitterSeconds: jitter(live, simulated),
  };
}

function stepsOf(activities: readonly ActivityPoint[]): FleetStep[] {
  const steps = activities.flatMap(({ kind, atSeconds, endSeconds, status }): FleetStep[] => {
    if (kind === 'terminate') return [{ kind: 'end ordered', atSeconds }];
    if (kind !== 'launch') return [];
    const ordered = { kind: 'launch ordered', atSeconds } as const;
    const serves = endSeconds !== undefined && status === 'Successful';
    return serves ? [ordered, { kind: 'in service', atSeconds: endSeconds }] : [ordered];
  });
  return steps.sort((one, other) => one.atSeconds - other.atSeconds);
}

function ordersOf(steps: readonly FleetStep[]): string {
  return steps
    .filter(({ kind }) => ORDERS.includes(kind))
    .map(({ kind }) => kind)
    .join();
}

function pairsOf(
  kind: FleetStep['kind'],
  live: readonly FleetStep[],
  simulated: readonly FleetStep[],
): StepPair[] {
  const [first, second] = [live, simulated].map((steps) => steps.filter((step) => step.kind === kind));
  return Array.from({ length: Math.max(first!.length, second!.length) }, (_, index) => ({
    kind,
    number: index + 1,
    liveSeconds: first![index]?.atSeconds,
    simulatedSeconds: second![index]?.atSeconds,
  }));
}

function timeOf({ liveSeconds, simulatedSeconds }: StepPair): number {
  return liveSeconds ?? simulatedSeconds ?? 0;
}

/** Infinity when one of a pair is missing. */
function apart(pairs: readonly StepPair[]): number {
  return pairs.reduce(
    (most, { liveSeconds, simulatedSeconds }) =>
      Math.max(most, Math.abs((liveSeconds ?? Number.POSITIVE_INFINITY) - (simulatedSeconds ?? 0))),
    0,
  );
}

function jitter(live: readonly ActivityPoint[], simulated: readonly ActivityPoint[]): number {
  const delays = (activities: readonly ActivityPoint[]): number[] =>
    activities
      .filter(({ kind, endSeconds }) => kind === 'launch' && endSeconds !== undefined)
      .map(({ atSeconds, endSeconds }) => endSeconds! - atSeconds);
  const [first, second] = [delays(live), delays(simulated)];
  return first.reduce((most, delay, index) => Math.max(most, Math.abs(delay - (second[index] ?? delay))), 0);
}
