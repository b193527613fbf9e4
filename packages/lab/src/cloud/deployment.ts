/** Puts a template on a virtual cloud as `deploy` would, and finds what scales in it. */
import { PUBLIC_PARAMETERS, type VirtualCloud, type VirtualQueue } from '@crescendo/cloud/virtual';
import { badSpec } from '../load/spec-error.ts';
import type { AlarmAnswer, GroupAnswer, ResourceAnswer, StackAnswer } from './answers.ts';
import { type LabTemplate, storedParameters } from './lab-template.ts';

export interface Deployment {
  readonly group: GroupAnswer;
  /** Those that call a policy of the group, or name its queue. */
  readonly alarms: readonly AlarmAnswer[];
  readonly launchHooks: readonly string[];
}

const STACK = 'lab';
const BUCKET = 'lab';
const BODY_BYTES = 51_200;
const MINUTE_MS = 60_000;
/** Longest time that a stack may take, in virtual time. */
const PATIENCE_MS = 3 * 3_600_000;

/** What `VirtualCloudOptions.templateAt` is answered with for a template that is too large for a request. */
export function templateSource({ text }: LabTemplate): {
  readonly request: object;
  readonly templateAt: (bucket: string) => string | undefined;
} {
  const isLarge = Buffer.byteLength(text) > BODY_BYTES;
  return {
    request: isLarge ? { TemplateURL: `s3://${BUCKET}/template` } : { TemplateBody: text },
    templateAt: (bucket) => (bucket === BUCKET ? text : undefined),
  };
}

/** Resolves when the stack stands. Fails with the reason of the resource that could not be made. */
export async function deploy(
  cloud: VirtualCloud,
  source: LabTemplate,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  await putStoredParameters(cloud, source, values);
  const { clock, services } = cloud;
  try {
    await services.call('cloudformation', 'CreateStack', {
      StackName: STACK,
      ...templateSource(source).request,
      Parameters: Object.entries(values).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
      OnFailure: 'DO_NOTHING',
    });
  } catch (error) {
    throw badSpec(`${source.path} cannot be simulated: ${error instanceof Error ? error.message : error}`);
  }
  const untilMs = clock.nowMs() + PATIENCE_MS;
  while ((await statusOf(cloud)).endsWith('_IN_PROGRESS') && clock.nowMs() < untilMs)
    await clock.runUntil(clock.nowMs() + MINUTE_MS / 6);
  const status = await statusOf(cloud);
  if (status !== 'CREATE_COMPLETE')
    throw badSpec(`${source.path} cannot be simulated: ${await failureOf(cloud, status)}`);
}

async function statusOf({ services }: VirtualCloud): Promise<string> {
  const answer = await services.call<{ Stacks?: readonly StackAnswer[] }>(
    'cloudformation',
    'DescribeStacks',
    {
      StackName: STACK,
    },
  );
  return answer.Stacks?.[0]?.StackStatus ?? '';
}

async function failureOf(cloud: VirtualCloud, status: string): Promise<string> {
  const failed = (await resourcesOf(cloud)).find(
    ({ ResourceStatus, ResourceStatusReason }) =>
      ResourceStatus.endsWith('_FAILED') && !/cancelled/.test(ResourceStatusReason ?? ''),
  );
  if (failed !== undefined) return `${failed.LogicalResourceId}: ${failed.ResourceStatusReason}`;
  return `its stack is in ${status} after ${PATIENCE_MS / 3_600_000} hours: instances may never have signalled`;
}

export async function resourcesOf({ services }: VirtualCloud): Promise<readonly ResourceAnswer[]> {
  const answer = await services.call<{ StackResources?: readonly ResourceAnswer[] }>(
    'cloudformation',
    'DescribeStackResources',
    { StackName: STACK },
  );
  return answer.StackResources ?? [];
}

/** Parameters of the store that the cloud does not know by itself are images of somebody's own. */
async function putStoredParameters(
  { services }: VirtualCloud,
  source: LabTemplate,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  for (const Name of new Set(storedParameters(source, values))) {
    if (PUBLIC_PARAMETERS.has(Name)) continue;
    await services.call('ssm', 'PutParameter', {
      Name,
      Value: 'ami-crescendo',
      Type: 'String',
      Overwrite: true,
    });
  }
}

/** The group that is looked at: the one that is named, or the only one that policies scale. */
export async function findGroup(
  cloud: VirtualCloud,
  { path }: LabTemplate,
  wanted: string | undefined,
): Promise<Deployment> {
  const { services } = cloud;
  const { AutoScalingGroups = [] } = await services.call<{ AutoScalingGroups?: readonly GroupAnswer[] }>(
    'autoscaling',
    'DescribeAutoScalingGroups',
    {},
  );
  const logicalIds = new Map(
    (await resourcesOf(cloud)).map((one) => [one.PhysicalResourceId ?? '', one.LogicalResourceId] as const),
  );
  const alarms = await alarmsOf(cloud);
  const group = chooseGroup(AutoScalingGroups, alarms, logicalIds, wanted, path);
  const own = alarms.filter((alarm) => callsGroup(alarm, group.AutoScalingGroupName));
  return { group, alarms: own, launchHooks: await launchHooksOf(cloud, group) };
}

function chooseGroup(
  groups: readonly GroupAnswer[],
  alarms: readonly AlarmAnswer[],
  logicalIds: ReadonlyMap<string, string>,
  wanted: string | undefined,
  path: string,
): GroupAnswer {
  const nameOf = ({ AutoScalingGroupName }: GroupAnswer): string =>
    logicalIds.get(AutoScalingGroupName) ?? AutoScalingGroupName;
  const all = groups.map(nameOf).join(', ');
  if (groups.length === 0) throw badSpec(`${path} makes no Auto Scaling group: there is nothing to simulate`);
  if (wanted !== undefined) {
    const found = groups.find((group) => [nameOf(group), group.AutoScalingGroupName].includes(wanted));
    if (found !== undefined) return found;
    throw badSpec(`${path} makes no Auto Scaling group ${wanted}: its groups are ${all}`);
  }
  const scaled = groups.filter(({ AutoScalingGroupName }) =>
    alarms.some((alarm) => callsGroup(alarm, AutoScalingGroupName)),
  );
  const [only, ...others] = scaled.length > 0 ? scaled : groups;
  if (others.length === 0) return only!;
  throw badSpec(`${path} makes several Auto Scaling groups: name one with --group, of ${all}`);
}

export async function alarmsOf({ services }: VirtualCloud): Promise<readonly AlarmAnswer[]> {
  const { MetricAlarms = [] } = await services.call<{ MetricAlarms?: readonly AlarmAnswer[] }>(
    'monitoring',
    'DescribeAlarms',
    { MaxRecords: 100 },
  );
  return MetricAlarms;
}

function callsGroup(alarm: AlarmAnswer, groupName: string): boolean {
  const actions = [alarm.AlarmActions, alarm.OKActions, alarm.InsufficientDataActions].flatMap(
    (one) => one ?? [],
  );
  return actions.some((action) => action.includes(`:autoScalingGroupName/${groupName}:`));
}

interface HookAnswer {
  readonly LifecycleHookName: string;
  readonly LifecycleTransition: string;
}

async function launchHooksOf(
  { services }: VirtualCloud,
  { AutoScalingGroupName }: GroupAnswer,
): Promise<readonly string[]> {
  const { LifecycleHooks = [] } = await services.call<{ LifecycleHooks?: readonly HookAnswer[] }>(
    'autoscaling',
    'DescribeLifecycleHooks',
    { AutoScalingGroupName },
  );
  return LifecycleHooks.filter(
    ({ LifecycleTransition }) => LifecycleTransition === 'autoscaling:EC2_INSTANCE_LAUNCHING',
  ).map(({ LifecycleHookName }) => LifecycleHookName);
}

/** The queue that the group works on: the one that is named, or the one that its alarms watch. */
export function chooseQueue(
  queues: readonly VirtualQueue[],
  alarms: readonly AlarmAnswer[],
  wanted: string | undefined,
): VirtualQueue | undefined {
  const watched = [...new Set(alarms.flatMap(queueNamesOf))];
  const known = (name: string): VirtualQueue =>
    queues.find((queue) => queue.name === name) ?? { name, logicalId: name, properties: {} };
  if (wanted !== undefined) {
    const found = queues.find(({ name, logicalId }) => name === wanted || logicalId === wanted);
    if (found !== undefined || watched.includes(wanted)) return found ?? known(wanted);
    const all = [...new Set([...queues.map(({ logicalId }) => logicalId), ...watched])].join(', ');
    throw badSpec(`there is no queue ${wanted}: the template has ${all === '' ? 'none' : all}`);
  }
  if (watched.length > 1)
    throw badSpec(
      `the alarms of the group watch several queues: name one with --queue, of ${watched.join(', ')}`,
    );
  return watched[0] === undefined ? undefined : known(watched[0]);
}

function queueNamesOf(alarm: AlarmAnswer): string[] {
  return metricsOf(alarm)
    .filter(({ Namespace }) => Namespace === 'AWS/SQS')
    .flatMap(({ Dimensions = [] }) => Dimensions.filter(({ Name }) => Name === 'QueueName'))
    .map(({ Value }) => Value);
}

/** Every metric that the alarm reads. */
export function metricsOf(
  alarm: AlarmAnswer,
): Pick<AlarmAnswer, 'Namespace' | 'MetricName' | 'Dimensions'>[] {
  const inMath = (alarm.Metrics ?? []).flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
  return alarm.MetricName === undefined ? inMath : [alarm];
}
