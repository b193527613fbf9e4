/**
 * Mixed instances: whether the next instance is spot or on-demand, and of which type.
 *
 * Weighted capacities, pools and price limits are not followed: every instance weighs one. AWS's prices are not known here, so the
 * "lowest price" is the smallest size (approximation), the first in the list among equals.
 */
import { isMember } from './capacity.ts';
import type { GroupState, PendingLaunch } from './group-state.ts';
import type { LaunchSource, PurchaseShares, TypeOverride } from './launch-source.ts';

const SIZES = ['nano', 'micro', 'small', 'medium', 'large'];
const EXTRA_LARGE = /^(\d*)xlarge$/;
/** A size that is not known counts as dearer than all that are. */
const UNKNOWN_SIZE = 1e6;

/** Approximation of price: AWS doubles it with each size of a family. */
export function relativePrice(instanceType: string): number {
  const size = instanceType.slice(instanceType.indexOf('.') + 1);
  const small = SIZES.indexOf(size);
  if (small >= 0) return 2 ** small;
  const extra = EXTRA_LARGE.exec(size);
  return extra === null ? UNKNOWN_SIZE : 2 ** SIZES.length * Number(extra[1] || 1);
}

/** How many of `total` instances are to be on-demand: the base, and the share above it, rounded up. */
export function onDemandWanted(shares: PurchaseShares, total: number): number {
  const above = Math.max(0, total - shares.onDemandBase);
  return Math.min(total, shares.onDemandBase) + Math.ceil((above * shares.onDemandPercentAboveBase) / 100);
}

function countMembers(state: GroupState): { onDemand: number; total: number } {
  const spots = [
    ...[...state.instances.values()].filter(isMember).map(({ spot }) => spot),
    ...[...state.launches.values()].map(({ spot }) => spot),
  ];
  return { onDemand: spots.filter((spot) => !spot).length, total: spots.length };
}

/** Whether a group that loses one instance loses a spot one to keep its shares. */
export function isSpotInExcess(state: GroupState): boolean {
  const { source } = state.settings;
  if (source.kind !== 'mixed') return false;
  const { onDemand, total } = countMembers(state);
  return onDemand <= onDemandWanted(source.shares, total - 1);
}

/** What a launch is made of. */
export function choosePurchase(
  state: GroupState,
  source: LaunchSource,
): Pick<PendingLaunch, 'spot' | 'override'> {
  if (source.kind !== 'mixed') return { spot: false };
  const { onDemand, total } = countMembers(state);
  const spot = onDemand >= onDemandWanted(source.shares, total + 1);
  const override = chooseOverride(source.overrides, spot, source.shares);
  return override === undefined ? { spot } : { spot, override };
}

function chooseOverride(
  overrides: readonly TypeOverride[],
  spot: boolean,
  shares: PurchaseShares,
): TypeOverride | undefined {
  const byPrice = spot
    ? ['lowest-price', 'price-capacity-optimized'].includes(shares.spotStrategy)
    : shares.onDemandStrategy === 'lowest-price';
  if (!byPrice || overrides.length === 0) return overrides[0];
  return overrides.reduce((best, one) => (priceOf(one) < priceOf(best) ? one : best));
}

function priceOf({ instanceType }: TypeOverride): number {
  return instanceType === undefined ? UNKNOWN_SIZE : relativePrice(instanceType);
}
