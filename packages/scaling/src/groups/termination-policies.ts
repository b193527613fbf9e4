/** Who goes when a group becomes smaller: the zones in balance first, always; then the policies in their order; then chance. */
import type { Random } from '@crescendo/base';
import type { GroupInstance, GroupState } from './group-state.ts';
import { isSpotInExcess } from './purchase.ts';
import { inFullestZones } from './zones.ts';

export const TERMINATION_POLICIES = [
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'Default',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
] as const;

export type TerminationPolicy = (typeof TERMINATION_POLICIES)[number];

const HOUR_MS = 3_600_000;

interface Choice {
  readonly state: GroupState;
  readonly nowMs: number;
}

type Filter = (candidates: readonly GroupInstance[], choice: Choice) => readonly GroupInstance[];

const FILTERS: Readonly<Record<Exclude<TerminationPolicy, 'Default'>, Filter>> = {
  AllocationStrategy: (candidates, { state }) => offShare(candidates, state),
  ClosestToNextInstanceHour: (candidates, { nowMs }) =>
    least(candidates, ({ launchedMs }) => -((nowMs - launchedMs) % HOUR_MS)),
  NewestInstance: (candidates) => least(candidates, ({ launchedMs }) => -launchedMs),
  OldestInstance: (candidates) => least(candidates, ({ launchedMs }) => launchedMs),
  OldestLaunchConfiguration: (candidates) => oldestConfiguration(candidates),
  OldestLaunchTemplate: (candidates, { state }) => oldestTemplate(candidates, state),
};

/** Launch configurations, other templates and old versions first; then whose hour ends first. */
const DEFAULT_ORDER = [
  'AllocationStrategy',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
  'ClosestToNextInstanceHour',
] as const;

/** One of the candidates, which must not be none. */
export function chooseVictim(
  state: GroupState,
  candidates: readonly GroupInstance[],
  context: { readonly nowMs: number; readonly random: Random },
): GroupInstance {
  const order = state.settings.terminationPolicies.flatMap((policy) =>
    policy === 'Default' ? DEFAULT_ORDER : [policy],
  );
  let left = inFullestZones(state, candidates);
  for (const policy of order) {
    if (left.length === 1) break;
    left = FILTERS[policy](left, { state, nowMs: context.nowMs });
  }
  return left.length === 1 ? left[0]! : context.random.pick(left);
}

function least(
  candidates: readonly GroupInstance[],
  measure: (instance: GroupInstance) => number,
): readonly GroupInstance[] {
  const lowest = Math.min(...candidates.map(measure));
  return candidates.filter((instance) => measure(instance) === lowest);
}

function oldestConfiguration(candidates: readonly GroupInstance[]): readonly GroupInstance[] {
  const configured = candidates.filter(({ origin }) => origin.kind === 'configuration');
  if (configured.length === 0) return candidates;
  return least(configured, ({ origin }) => (origin.kind === 'configuration' ? origin.createdMs : 0));
}

/** Those from another template than the group's; else those from the lowest version of it. */
function oldestTemplate(candidates: readonly GroupInstance[], state: GroupState): readonly GroupInstance[] {
  const templated = candidates.filter(({ origin }) => origin.kind === 'template');
  if (templated.length === 0) return candidates;
  const foreign = templated.filter((instance) => !isFromCurrentTemplate(instance, state));
  if (foreign.length > 0) return foreign;
  return least(templated, ({ origin }) => (origin.kind === 'template' ? Number(origin.version) : 0));
}

function isFromCurrentTemplate({ origin }: GroupInstance, state: GroupState): boolean {
  const { source } = state.settings;
  if (source.kind === 'configuration' || origin.kind !== 'template') return false;
  const templates = [
    source.template,
    ...(source.kind === 'mixed' ? source.overrides.map(({ template }) => template) : []),
  ];
  return templates.some(
    (template) =>
      template !== undefined &&
      (template.launchTemplateId === origin.launchTemplateId ||
        template.launchTemplateName === origin.launchTemplateName),
  );
}

/** Instances of the way of buying of which there are too many; all when the shares are as wanted. */
function offShare(candidates: readonly GroupInstance[], state: GroupState): readonly GroupInstance[] {
  if (state.settings.source.kind !== 'mixed') return candidates;
  const isSpot = isSpotInExcess(state);
  const matching = candidates.filter(({ spot }) => spot === isSpot);
  return matching.length > 0 ? matching : candidates;
}
