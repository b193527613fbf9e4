/** The instances of groups: described, ended, moved, marked; and the activities that all of it leaves. */
import type {
  AttachInstancesQuery,
  DescribeAutoScalingInstancesType,
  DescribeScalingActivitiesType,
  DetachInstancesQuery,
  EnterStandbyQuery,
  ExitStandbyQuery,
  SetInstanceHealthQuery,
  SetInstanceProtectionQuery,
  TerminateInstanceInAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import type { GroupInput } from '@crescendo/scaling';
import { checkOneOf, invalid, required } from '../checks.ts';
import { launchedInstance } from '../effect-runner.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { describeActivity, describeInstanceDetails } from '../group-view.ts';
import { originOf } from '../launch-source-input.ts';
import { pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

export const instanceOperations: MakeOperations = (keeper) =>
  operationSet({
    DescribeAutoScalingInstances: (input: DescribeAutoScalingInstancesType) => describe(keeper, input),
    TerminateInstanceInAutoScalingGroup: (input: TerminateInstanceInAutoScalingGroupType) =>
      end(keeper, input),
    AttachInstances: (input: AttachInstancesQuery) => attach(keeper, input),
    DetachInstances: (input: DetachInstancesQuery) => ({
      Activities: move(keeper, input, 'instances-detached', input.ShouldDecrementDesiredCapacity),
    }),
    EnterStandby: (input: EnterStandbyQuery) => ({
      Activities: move(keeper, input, 'standby-entered', input.ShouldDecrementDesiredCapacity),
    }),
    ExitStandby: (input: ExitStandbyQuery) => ({ Activities: exitStandby(keeper, input) }),
    SetInstanceHealth: (input: SetInstanceHealthQuery) => setHealth(keeper, input),
    SetInstanceProtection: (input: SetInstanceProtectionQuery) => protect(keeper, input),
    DescribeScalingActivities: (input: DescribeScalingActivitiesType) => describeActivities(keeper, input),
  });

function describe(keeper: GroupKeeper, input: DescribeAutoScalingInstancesType) {
  const wanted = input.InstanceIds ?? [];
  const all = [...keeper.groups].flatMap(([name, { state }]) =>
    [...state.instances.values()]
      .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
      .map((instance) => describeInstanceDetails(name, instance)),
  );
  const { items, NextToken } = pageOf(all, (one) => one.InstanceId!, input, { usual: 50, most: 50 });
  return { AutoScalingInstances: items, NextToken };
}

/** The name of the group that the instance belongs to. */
function groupOf(keeper: GroupKeeper, instanceId: string): string {
  for (const [name, { state }] of keeper.groups) if (state.instances.has(instanceId)) return name;
  throw invalid(`Instance Id not found - No managed instance found for instance ID: ${instanceId}`);
}

/** Applies the input and returns the activities that it began, in their order. */
function activitiesOf(keeper: GroupKeeper, name: string, input: GroupInput) {
  const before = new Set(keeper.find(name).state.activities.keys());
  keeper.apply(name, input);
  const group = keeper.find(name);
  return [...group.state.activities.values()]
    .filter(({ id }) => !before.has(id))
    .map((activity) => describeActivity(keeper.ports, group, activity));
}

function end(keeper: GroupKeeper, input: TerminateInstanceInAutoScalingGroupType) {
  const decrement = required(input.ShouldDecrementDesiredCapacity, 'shouldDecrementDesiredCapacity');
  const ids = input.InstanceIds ?? [required(input.InstanceId, 'instanceId')];
  const groups = ids.map((id) => groupOf(keeper, id));
  const activities = ids.flatMap((instanceId, index) =>
    activitiesOf(keeper, groups[index]!, { type: 'instance-terminated', instanceId, decrement }).slice(0, 1),
  );
  return input.InstanceIds === undefined ? { Activity: activities[0] } : { Activities: activities };
}

function move(
  keeper: GroupKeeper,
  input: DetachInstancesQuery | EnterStandbyQuery,
  type: 'instances-detached' | 'standby-entered',
  decrementGiven: boolean | undefined,
) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const decrement = required(decrementGiven, 'shouldDecrementDesiredCapacity');
  const activities = activitiesOf(keeper, name, { type, instanceIds: input.InstanceIds ?? [], decrement });
  return activities.slice(0, new Set(input.InstanceIds).size);
}

function exitStandby(keeper: GroupKeeper, input: ExitStandbyQuery) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  return activitiesOf(keeper, name, { type: 'standby-exited', instanceIds: input.InstanceIds ?? [] });
}

function attach(keeper: GroupKeeper, input: AttachInstancesQuery): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const { settings } = keeper.find(name).state;
  const origin = originOf(keeper, settings.source);
  const instances = [...new Set(input.InstanceIds ?? [])].map((id) => {
    const owner = [...keeper.groups].find(([, { state }]) => state.instances.has(id))?.[0];
    if (owner !== undefined) throw invalid(`Instance ${id} is already part of AutoScalingGroup:${owner}`);
    const instance = keeper.ports.compute.describe(id);
    if (instance === undefined) throw invalid(`Invalid Instance ID(s): [${id}]`);
    if (instance.state !== 'running') {
      throw invalid(`Instance ${id} is not in correct state. Instance(s) must be in 'running' state.`);
    }
    if (!settings.zones.includes(instance.zone)) {
      throw invalid(
        `Instance ${id} is in ${instance.zone}, which is not a zone of the AutoScalingGroup ${name}.`,
      );
    }
    return launchedInstance(instance, origin, false);
  });
  keeper.apply(name, { type: 'instances-attached', instances });
}

function setHealth(keeper: GroupKeeper, input: SetInstanceHealthQuery): void {
  const instanceId = required(input.InstanceId, 'instanceId');
  const status = required(input.HealthStatus, 'healthStatus');
  const health = checkOneOf(status, 'healthStatus', ['Healthy', 'Unhealthy'])!;
  const respectGracePeriod = input.ShouldRespectGracePeriod !== false;
  keeper.apply(groupOf(keeper, instanceId), { type: 'health-set', instanceId, health, respectGracePeriod });
}

function protect(keeper: GroupKeeper, input: SetInstanceProtectionQuery): object {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const isProtected = required(input.ProtectedFromScaleIn, 'protectedFromScaleIn');
  keeper.apply(name, { type: 'protection-set', instanceIds: input.InstanceIds ?? [], isProtected });
  return {};
}

/** Newest first. */
function describeActivities(keeper: GroupKeeper, input: DescribeScalingActivitiesType) {
  const name = input.AutoScalingGroupName;
  if ((input.Filters ?? []).length > 0) {
    throw invalid('Activities are not filtered here: give AutoScalingGroupName or ActivityIds.');
  }
  if (name !== undefined && input.IncludeDeletedGroups !== true) keeper.find(name);
  const wanted = new Set(input.ActivityIds ?? []);
  const all = [...keeper.groups]
    .filter(([one]) => name === undefined || one === name)
    .flatMap(([, group]) =>
      [...group.state.activities.values()]
        .filter(({ id }) => wanted.size === 0 || wanted.has(id))
        .reverse()
        .map((activity) => describeActivity(keeper.ports, group, activity)),
    );
  if (name === undefined) all.sort((a, b) => b.StartTime!.getTime() - a.StartTime!.getTime());
  const { items, NextToken } = pageOf(all, (one) => one.ActivityId!, input, { usual: 100, most: 100 });
  return { Activities: items, NextToken };
}
