/**
 * What happens when several policies are in force at once: the one that gives the largest capacity wins, out and in; target tracking
 * scales in only when every policy of its kind that may do so agrees.
 *
 * Alarms repeat their request every minute while they last. A proposal is therefore remembered for a little longer than that, as the
 * word of its policy: a scale-in is never decided against a scale-out that is still being asked for.
 */
import type { ScalingPolicy } from './scaling-policy.ts';

/** Approximation: how long a policy's last word counts, in seconds of the policies' time; alarms repeat every 60. */
export const PROPOSAL_LIFE_SECONDS = 75;

export interface Proposal {
  readonly policyName: string;
  readonly direction: 'out' | 'in';
  /** The capacity that the policy asks for, within the group's bounds. */
  readonly capacity: number;
  readonly atMs: number;
  /** Why, as the beginning of an activity's cause: `a monitor alarm ... triggered policy ...`. */
  readonly cause: string;
  readonly cooldownSeconds?: number;
}

/** The scale-in that the fresh proposals amount to, or undefined when they amount to none. */
export function decideScaleIn(
  fresh: readonly Proposal[],
  policies: ReadonlyMap<string, ScalingPolicy>,
  desired: number,
): Proposal | undefined {
  const requests = fresh.filter(({ direction }) => direction === 'in').filter(isHeard);
  if (requests.length === 0) return undefined;
  const largest = fresh.reduce((a, b) => (b.capacity > a.capacity ? b : a));
  if (largest.capacity >= desired) return undefined;
  return (
    requests.find(({ capacity }) => capacity === largest.capacity) ?? {
      ...requests[0]!,
      capacity: largest.capacity,
    }
  );

  function isHeard(proposal: Proposal): boolean {
    const policy = policies.get(proposal.policyName);
    if (policy?.type !== 'TargetTrackingScaling') return policy !== undefined;
    return [...policies.values()]
      .filter((other) => other.type === 'TargetTrackingScaling' && other.enabled && !other.disableScaleIn)
      .every((other) => fresh.some((one) => one.policyName === other.name && one.direction === 'in'));
  }
}
