/** Zones: where the next instance goes, and where one too many stands. */
import { countsTowardDesired, isMember } from './capacity.ts';
import type { GroupInstance, GroupState, Subnet } from './group-state.ts';

/** Instances and launches in each zone of the group, those beyond the desired capacity included. */
export function zoneCounts(state: GroupState): Map<string, number> {
  const counts = new Map(state.settings.zones.map((zone) => [zone, 0]));
  const add = (zone: string): void => {
    counts.set(zone, (counts.get(zone) ?? 0) + 1);
  };
  for (const instance of state.instances.values()) {
    if (countsTowardDesired(state, instance) || (isMember(instance) && instance.surplus !== undefined)) {
      add(instance.zone);
    }
  }
  for (const launch of state.launches.values()) add(launch.zone);
  return counts;
}

/** The zone with the fewest instances, the first of them in the group's order. */
export function emptiestZone(state: GroupState): string {
  const counts = zoneCounts(state);
  const order = state.settings.zones;
  return order.reduce((best, zone) => (counts.get(zone)! < counts.get(best)! ? zone : best), order[0]!);
}

export function subnetIn(state: GroupState, zone: string): Subnet | undefined {
  return state.settings.subnets.find((subnet) => subnet.zone === zone);
}

/** Those candidates that stand in the zones with the most instances, of the zones that have a candidate. */
export function inFullestZones(
  state: GroupState,
  candidates: readonly GroupInstance[],
): readonly GroupInstance[] {
  const counts = zoneCounts(state);
  const enabled = new Set(state.settings.zones);
  const weight = (zone: string): number =>
    enabled.has(zone) ? (counts.get(zone) ?? 0) : Number.POSITIVE_INFINITY;
  const most = Math.max(...candidates.map(({ zone }) => weight(zone)));
  return candidates.filter(({ zone }) => weight(zone) === most);
}

/** The fullest and the emptiest zone when they differ by two or more, or when a zone holds instances that is the group's no more. */
export function imbalance(state: GroupState): { readonly from: string; readonly to: string } | undefined {
  const counts = zoneCounts(state);
  const to = emptiestZone(state);
  const enabled = new Set(state.settings.zones);
  const foreign = [...counts.keys()].find((zone) => !enabled.has(zone) && counts.get(zone)! > 0);
  if (foreign !== undefined) return { from: foreign, to };
  const from = state.settings.zones.reduce((a, b) => (counts.get(b)! > counts.get(a)! ? b : a));
  return counts.get(from)! - counts.get(to)! >= 2 ? { from, to } : undefined;
}
