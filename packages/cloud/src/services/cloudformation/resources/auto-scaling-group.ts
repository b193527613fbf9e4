/** A group is made when the instances it asks for are in service; it is changed by rolling over its instances where the template says so. */
import type { AutoScalingGroup as Group, TagDescription } from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../../contract/service.ts';
import type { Tag } from '../state/stack-records.ts';
import { syncNotifications } from './group-notifications.ts';
import { createNamed, listIn, pick, tagsAreOurs, textIn, unless, untilTrue } from './handler-tools.ts';
import type {
  CreateRequest,
  Made,
  Properties,
  ResourceHandler,
  ResourceStep,
  UpdateRequest,
} from './resource-handler.ts';
import { rollOver } from './rolling-update.ts';

const SERVICE = 'autoscaling';
/** Approximation: AWS publishes no figure for how long a group may take to become stable. */
const STABLE_LIMIT_MS = 30 * 60_000;
const REMOVAL_LIMIT_MS = 60 * 60_000;
/** After so many failed launches in a row the group is given up. Approximation. */
const FAILED_LAUNCHES = 3;

const DIRECT = [
  'MinSize',
  'MaxSize',
  'DesiredCapacity',
  'LaunchTemplate',
  'LaunchConfigurationName',
  'MixedInstancesPolicy',
  'AvailabilityZones',
  'HealthCheckType',
  'HealthCheckGracePeriod',
  'TerminationPolicies',
  'NewInstancesProtectedFromScaleIn',
  'MaxInstanceLifetime',
  'CapacityRebalance',
  'DefaultInstanceWarmup',
  'InstanceMaintenancePolicy',
  'InstanceLifecyclePolicy',
  'TargetGroupARNs',
  'LoadBalancerNames',
];

interface GroupTag extends Tag {
  readonly PropagateAtLaunch: boolean;
}

export const autoScalingGroup: ResourceHandler = {
  type: 'AWS::AutoScaling::AutoScalingGroup',

  create: async (request, step) => {
    const name = textIn(request.properties, 'AutoScalingGroupName') ?? request.name();
    await createNamed(
      request,
      ['AlreadyExists*'],
      () => createGroup(name, request, step),
      async () => tagsAreOurs((await describe(name, step))?.Tags, step),
    );
    request.made(name);
    await enableMetrics(name, {}, request.properties, step);
    await syncNotifications(name, {}, request.properties, step);
    // With a creation policy it is the signals that tell when the group is ready; none comes where nothing can be launched.
    const serves = request.creationPolicy.ResourceSignal === undefined;
    await untilStable(name, step, request.begunMs, serves ? inService : launched);
    return madeOf(name, step);
  },

  update: async (request, step) => {
    const { physicalId: name, properties, previous } = request;
    await step.call(SERVICE, 'UpdateAutoScalingGroup', updateInput(request));
    await syncTags(name, groupTags(properties, request.tags), step);
    await syncHooks(name, previous, properties, step);
    await enableMetrics(name, previous, properties, step);
    await syncNotifications(name, previous, properties, step);
    await rollOver(request, step);
    return madeOf(name, step);
  },

  replaces: ({ updatePolicy, properties, previous }) =>
    updatePolicy.AutoScalingReplacingUpdate?.WillReplace === true && launchesDiffer(previous, properties),

  remove: async ({ physicalId: name }, step) => {
    const gone = await unless(['ValidationError', 'ResourceNotFound*'], () =>
      step.call(SERVICE, 'DeleteAutoScalingGroup', { AutoScalingGroupName: name, ForceDelete: true }),
    );
    if (gone === undefined && (await describe(name, step)) === undefined) return;
    await untilTrue(
      step,
      REMOVAL_LIMIT_MS,
      () => `the instances of group ${name} did not end`,
      async () => (await describe(name, step)) === undefined,
    );
  },
};

/** What is launched differs: the changes that rolling and replacing updates are for. */
export function launchesDiffer(previous: Properties, properties: Properties): boolean {
  const names = [
    'LaunchTemplate',
    'LaunchConfigurationName',
    'MixedInstancesPolicy',
    'VPCZoneIdentifier',
    'PlacementGroup',
  ];
  return JSON.stringify(pick(previous, names)) !== JSON.stringify(pick(properties, names));
}

export async function describe(name: string, step: ResourceStep): Promise<Group | undefined> {
  const answer = await step.call<{ AutoScalingGroups?: Group[] }>(SERVICE, 'DescribeAutoScalingGroups', {
    AutoScalingGroupNames: [name],
  });
  return answer.AutoScalingGroups?.[0];
}

async function madeOf(name: string, step: ResourceStep): Promise<Made> {
  const group = await describe(name, step);
  return { physicalId: name, attributes: { AutoScalingGroupARN: group?.AutoScalingGroupARN ?? '' } };
}

async function createGroup(name: string, request: CreateRequest, step: ResourceStep): Promise<void> {
  const { properties } = request;
  await step.call(SERVICE, 'CreateAutoScalingGroup', {
    ...groupInput(name, properties),
    LifecycleHookSpecificationList: listIn(properties, 'LifecycleHookSpecificationList'),
    Tags: groupTags(properties, request.tags).map((tag) => ({
      ...tag,
      ResourceId: name,
      ResourceType: 'auto-scaling-group',
    })),
  });
}

function groupInput(name: string, properties: Properties): Record<string, unknown> {
  const subnets = listIn(properties, 'VPCZoneIdentifier');
  return {
    AutoScalingGroupName: name,
    ...pick(properties, DIRECT),
    ...(properties['Cooldown'] !== undefined && { DefaultCooldown: properties['Cooldown'] }),
    ...(subnets.length > 0 && { VPCZoneIdentifier: subnets.join(',') }),
  };
}

/** Sizes that the template did not change are left as policies have set them, where the update policy says so; the desired one always. */
function updateInput({
  physicalId,
  properties,
  previous,
  updatePolicy,
}: UpdateRequest): Record<string, unknown> {
  const input = groupInput(physicalId, properties);
  const keep = updatePolicy.AutoScalingScheduledAction?.IgnoreUnmodifiedGroupSizeProperties === true;
  for (const size of ['MinSize', 'MaxSize', 'DesiredCapacity']) {
    if (keep && previous[size] === properties[size]) delete input[size];
  }
  for (const name of ['TargetGroupARNs', 'LoadBalancerNames']) delete input[name];
  return input;
}

/** The stack's tags and CloudFormation's own reach the instances too. */
function groupTags(properties: Properties, stackTags: readonly Tag[]): GroupTag[] {
  const own = listIn<GroupTag>(properties, 'Tags');
  const keys = new Set(own.map(({ Key }) => Key));
  return [
    ...own,
    ...stackTags.filter(({ Key }) => !keys.has(Key)).map((tag) => ({ ...tag, PropagateAtLaunch: true })),
  ];
}

async function syncTags(name: string, wanted: readonly GroupTag[], step: ResourceStep): Promise<void> {
  const given: readonly TagDescription[] = (await describe(name, step))?.Tags ?? [];
  const about = { ResourceId: name, ResourceType: 'auto-scaling-group' };
  const surplus = given.filter(({ Key }) => !wanted.some((tag) => tag.Key === Key));
  if (surplus.length > 0)
    await step.call(SERVICE, 'DeleteTags', { Tags: surplus.map(({ Key }) => ({ ...about, Key })) });
  const changed = wanted.filter(
    (tag) =>
      !given.some(
        (one) =>
          one.Key === tag.Key && one.Value === tag.Value && one.PropagateAtLaunch === tag.PropagateAtLaunch,
      ),
  );
  if (changed.length > 0)
    await step.call(SERVICE, 'CreateOrUpdateTags', { Tags: changed.map((tag) => ({ ...about, ...tag })) });
}

interface HookSpecification {
  readonly LifecycleHookName: string;
}

async function syncHooks(
  name: string,
  previous: Properties,
  properties: Properties,
  step: ResourceStep,
): Promise<void> {
  const wanted = listIn<HookSpecification>(properties, 'LifecycleHookSpecificationList');
  for (const { LifecycleHookName } of listIn<HookSpecification>(previous, 'LifecycleHookSpecificationList')) {
    if (wanted.some((hook) => hook.LifecycleHookName === LifecycleHookName)) continue;
    await unless(['ValidationError', 'ResourceNotFound*'], () =>
      step.call(SERVICE, 'DeleteLifecycleHook', { AutoScalingGroupName: name, LifecycleHookName }),
    );
  }
  for (const hook of wanted)
    await step.call(SERVICE, 'PutLifecycleHook', { AutoScalingGroupName: name, ...hook });
}

interface MetricsCollection {
  readonly Granularity: string;
  readonly Metrics?: readonly string[];
}

async function enableMetrics(
  name: string,
  previous: Properties,
  properties: Properties,
  step: ResourceStep,
): Promise<void> {
  const had = listIn<MetricsCollection>(previous, 'MetricsCollection');
  const wanted = listIn<MetricsCollection>(properties, 'MetricsCollection');
  if (JSON.stringify(had) === JSON.stringify(wanted)) return;
  if (had.length > 0) await step.call(SERVICE, 'DisableMetricsCollection', { AutoScalingGroupName: name });
  for (const collection of wanted) {
    await step.call(SERVICE, 'EnableMetricsCollection', { AutoScalingGroupName: name, ...collection });
  }
}

const launched = (group: Group | undefined): number => group?.Instances?.length ?? 0;
const inService = (group: Group | undefined): number =>
  group?.Instances?.filter(({ LifecycleState }) => LifecycleState === 'InService').length ?? 0;

/** Waits until as many instances count as the group wants, or launches keep failing. */
async function untilStable(
  name: string,
  step: ResourceStep,
  sinceMs: number,
  count: (group: Group | undefined) => number,
): Promise<void> {
  let group = await describe(name, step);
  await untilTrue(
    step,
    STABLE_LIMIT_MS,
    () => `Group did not stabilize. {current/minimum size: ${count(group)}/${group?.DesiredCapacity}}`,
    async () => {
      group = await describe(name, step);
      if (group === undefined) throw new AwsError('NotStabilized', `Group ${name} was deleted meanwhile`);
      if (count(group) >= (group.DesiredCapacity ?? 0)) return true;
      await assertLaunches(name, step, sinceMs);
      return false;
    },
  );
}

interface Activity {
  readonly StatusCode?: string;
  readonly StatusMessage?: string;
  readonly Description?: string;
  readonly StartTime?: Date;
}

/** Fails when nothing but failures came of the last launches since the given time. */
export async function assertLaunches(name: string, step: ResourceStep, sinceMs: number): Promise<void> {
  const { Activities = [] } = await step.call<{ Activities?: Activity[] }>(
    SERVICE,
    'DescribeScalingActivities',
    {
      AutoScalingGroupName: name,
      MaxRecords: 20,
    },
  );
  // An instance that dies before it serves leaves an activity for its end too.
  const recent = Activities.filter(
    ({ StartTime, Description = '' }) =>
      (StartTime?.getTime() ?? 0) >= sinceMs && Description.startsWith('Launching'),
  ).slice(0, FAILED_LAUNCHES);
  if (recent.length < FAILED_LAUNCHES || !recent.every(({ StatusCode }) => StatusCode === 'Failed')) return;
  const { Description = '', StatusMessage = '' } = recent[0]!;
  const reason = Description.includes(StatusMessage) ? '' : ` Status Reason: ${StatusMessage}`;
  throw new AwsError(
    'NotStabilized',
    `Group did not stabilize. Last scaling activity: ${Description}${reason}`,
  );
}
