/** Groups: made, changed, described, deleted; and their desired capacity. */
import type {
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  CreateAutoScalingGroupType,
  DeleteAutoScalingGroupType,
  Filter,
  SetDesiredCapacityType,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { clampCapacity, type GroupInput } from '@crescendo/scaling';
import { AwsError } from '../../../contract/service.ts';
import { checkName, checkRange, invalid, required } from '../checks.ts';
import { readGroup, readPlace, readTag } from '../group-input.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { describeGroup } from '../group-view.ts';
import { readHook } from '../hook-input.ts';
import { pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

/** AWS's own limit for an account. */
export const MAX_GROUPS = 500;

export const groupOperations: MakeOperations = (keeper) =>
  operationSet({
    CreateAutoScalingGroup: (input: CreateAutoScalingGroupType) => create(keeper, input),
    UpdateAutoScalingGroup: (input: UpdateAutoScalingGroupType) => update(keeper, input),
    DeleteAutoScalingGroup: (input: DeleteAutoScalingGroupType) => remove(keeper, input),
    DescribeAutoScalingGroups: (input: AutoScalingGroupNamesType) => describe(keeper, input),
    SetDesiredCapacity: (input: SetDesiredCapacityType) => setDesired(keeper, input),
  });

async function create(keeper: GroupKeeper, input: CreateAutoScalingGroupType): Promise<void> {
  const name = checkName(input.AutoScalingGroupName, 'autoScalingGroupName');
  required(input.MinSize, 'minSize');
  required(input.MaxSize, 'maxSize');
  const { settings, details } = readGroup(keeper, name, input, await readPlace(keeper, input), undefined);
  // Looked at only now: while the subnets were asked for, somebody else may have made the group.
  if (keeper.groups.has(name)) {
    throw new AwsError(
      'AlreadyExists',
      `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
    );
  }
  if (keeper.groups.size >= MAX_GROUPS) {
    throw new AwsError(
      'LimitExceeded',
      `The account may have ${MAX_GROUPS} AutoScalingGroups, and has them.`,
    );
  }
  const desired = input.DesiredCapacity ?? settings.min;
  if (clampCapacity(desired, settings) !== desired) {
    throw invalid(
      `Desired capacity:${desired} must be between the specified min size:${settings.min} and max size:${settings.max}`,
    );
  }
  const hooks = (input.LifecycleHookSpecificationList ?? []).map(
    (hook): GroupInput => ({ type: 'hook-put', hook: readHook(hook, undefined) }),
  );
  const tags = (input.Tags ?? []).map(readTag);
  keeper.create(settings, { ...details, id: keeper.newId(), tags, enabledMetrics: [] }, [
    ...hooks,
    { type: 'created', desired },
  ]);
}

async function update(keeper: GroupKeeper, input: UpdateAutoScalingGroupType): Promise<void> {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.find(name);
  const place = await readPlace(keeper, input);
  const { state, details: before } = keeper.find(name);
  const { settings, details } = readGroup(keeper, name, input, place, {
    settings: state.settings,
    details: before,
  });
  keeper.apply(name, {
    type: 'settings-changed',
    settings,
    ...(input.DesiredCapacity === undefined ? {} : { desired: input.DesiredCapacity }),
  });
  const { id, tags, enabledMetrics } = keeper.find(name).details;
  keeper.replaceDetails(name, { ...details, id, tags, enabledMetrics });
}

function remove(keeper: GroupKeeper, input: DeleteAutoScalingGroupType): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const force = input.ForceDelete === true;
  const protection = keeper.find(name).details.inert['DeletionProtection'];
  if (protection === 'prevent-all-deletion' || (force && protection === 'prevent-force-deletion')) {
    throw invalid(
      `AutoScalingGroup ${name} cannot be deleted while its DeletionProtection is ${protection}.`,
    );
  }
  keeper.apply(name, { type: 'deletion-requested', force });
}

function setDesired(keeper: GroupKeeper, input: SetDesiredCapacityType): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const desired = required(
    checkRange(input.DesiredCapacity, 'DesiredCapacity', 0, 100_000),
    'desiredCapacity',
  );
  keeper.apply(name, { type: 'desired-set', desired, honorCooldown: input.HonorCooldown === true });
}

function describe(keeper: GroupKeeper, input: AutoScalingGroupNamesType) {
  const wanted = input.AutoScalingGroupNames ?? [];
  const groups = [...keeper.groups]
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => describeGroup(keeper.ports, group, input.IncludeInstances !== false))
    .filter((group) => (input.Filters ?? []).every((filter) => passes(group, filter)));
  const { items, NextToken } = pageOf(groups, (group) => group.AutoScalingGroupName!, input);
  return { AutoScalingGroups: items, NextToken };
}

/** Each filter must find one of its values. */
function passes(group: AutoScalingGroup, { Name: name = '', Values: values = [] }: Filter): boolean {
  const tags = group.Tags ?? [];
  if (name === 'tag-key') return tags.some(({ Key }) => values.includes(Key ?? ''));
  if (name === 'tag-value') return tags.some(({ Value }) => values.includes(Value ?? ''));
  if (name.startsWith('tag:')) {
    return tags.some(({ Key, Value }) => Key === name.slice('tag:'.length) && values.includes(Value ?? ''));
  }
  throw invalid(`The filter '${name}' is not supported; the filters are tag-key, tag-value and tag:<key>.`);
}
