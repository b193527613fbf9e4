/** RunInstances, and what changes or shows instances. */
import type {
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  InstanceStateChange,
  Reservation,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2';
import type { RequestContext } from '../../../contract/service.ts';
import { AwsError } from '../../../contract/service.ts';
import { allOf } from '../ec2-state.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { incorrectState, missingParameter, notFound } from '../errors.ts';
import { filtered } from '../filters.ts';
import type { InstanceRecord } from '../instance-record.ts';
import { STATE_CODES } from '../instance-record.ts';
import type { StateChange } from '../instance-states.ts';
import { assertTerminable, isLive, started, stopped, terminated } from '../instance-states.ts';
import { privateDnsName, reservationViews, stateView, statusOf, statusView } from '../instance-views.ts';
import { launchDataOf } from '../launch-settings.ts';
import { VPC_ID } from '../network.ts';
import { assertNoIdsWithPaging, pageOf } from '../paging.ts';

interface Ids {
  readonly InstanceIds?: readonly string[] | undefined;
}

export function instanceOperations(world: Ec2World): Operations {
  return {
    RunInstances: (input: RunInstancesRequest, context: RequestContext) =>
      runInstances(world, input, context),
    DescribeInstances: (input: DescribeInstancesRequest) => describeInstances(world, input),
    DescribeInstanceStatus: (input: DescribeInstanceStatusRequest) => describeStatus(world, input),
    TerminateInstances: (input: Ids) => terminateInstances(world, input),
    StopInstances: (input: Ids) => stopInstances(world, input),
    StartInstances: (input: Ids) => changeAll(world, named(world, input), 'StartingInstances', started),
    RebootInstances: (input: Ids) => rebootInstances(world, input),
  };
}

async function runInstances(
  world: Ec2World,
  input: RunInstancesRequest,
  context: RequestContext,
): Promise<Reservation> {
  if (input.MinCount === undefined || input.MaxCount === undefined)
    throw missingParameter('MinCount or MaxCount');
  const template = input.LaunchTemplate;
  const records = await world.launcher.launch({
    launchTemplate:
      template === undefined
        ? undefined
        : {
            ...(template.LaunchTemplateId === undefined
              ? {}
              : { launchTemplateId: template.LaunchTemplateId }),
            ...(template.LaunchTemplateName === undefined
              ? {}
              : { launchTemplateName: template.LaunchTemplateName }),
            ...(template.Version === undefined ? {} : { version: template.Version }),
          },
    data: launchDataOf(input),
    minimum: input.MinCount,
    maximum: input.MaxCount,
    clientToken: input.ClientToken,
    accessKeyId: context.accessKeyId,
  });
  return reservationViews(records, world)[0]!;
}

function describeInstances(world: Ec2World, input: DescribeInstancesRequest): DescribeInstancesResult {
  assertNoIdsWithPaging('instancesSet', input.InstanceIds, input);
  const found = select(world, input);
  const page = pageOf(found, ({ reservationId, instanceId }) => `${reservationId}/${instanceId}`, input);
  return { Reservations: reservationViews(page.items, world), NextToken: page.nextToken };
}

function describeStatus(world: Ec2World, input: DescribeInstanceStatusRequest): DescribeInstanceStatusResult {
  assertNoIdsWithPaging('InstanceIds', input.InstanceIds, input);
  const found = select(world, input).filter(
    ({ state }) => input.IncludeAllInstances === true || state === 'running',
  );
  const page = pageOf(found, ({ instanceId }) => instanceId, input);
  return {
    InstanceStatuses: page.items.map((record) => statusView(record, world)),
    NextToken: page.nextToken,
  };
}

/** All instances, or those that are named, that pass the filters. */
function select(world: Ec2World, input: Ids & Pick<DescribeInstancesRequest, 'Filters'>): InstanceRecord[] {
  const records = input.InstanceIds?.length ? named(world, input) : allOf(world.state.instances);
  const tagged = records.map((record) => ({ record, tags: world.state.tagsOf(record.instanceId) }));
  return filtered(tagged, input.Filters, filterTable(world)).map(({ record }) => record);
}

function filterTable(world: Ec2World) {
  type Candidate = { readonly record: InstanceRecord };
  const groupNames = ({ record }: Candidate) =>
    record.settings.securityGroupIds.map((id) => world.state.securityGroups.get(id)?.name ?? '');
  const groupIds = ({ record }: Candidate) => record.settings.securityGroupIds;
  return {
    'instance-id': ({ record }: Candidate) => record.instanceId,
    'instance-state-name': ({ record }: Candidate) => record.state,
    'instance-state-code': ({ record }: Candidate) => String(STATE_CODES[record.state]),
    'instance-type': ({ record }: Candidate) => record.settings.instanceType,
    'image-id': ({ record }: Candidate) => record.settings.imageId,
    'availability-zone': ({ record }: Candidate) => record.settings.zone,
    'subnet-id': ({ record }: Candidate) => record.settings.subnetId,
    'vpc-id': () => VPC_ID,
    'private-ip-address': ({ record }: Candidate) => record.address.host,
    'private-dns-name': ({ record }: Candidate) => privateDnsName(record.address.host, world.region),
    'key-name': ({ record }: Candidate) => record.settings.keyName,
    'client-token': ({ record }: Candidate) => record.clientToken,
    'reservation-id': ({ record }: Candidate) => record.reservationId,
    'instance-lifecycle': ({ record }: Candidate) =>
      record.settings.spot === undefined ? undefined : 'spot',
    'iam-instance-profile.arn': ({ record }: Candidate) => record.settings.instanceProfileArn,
    'launch-time': ({ record }: Candidate) => new Date(record.launchTimeMs).toISOString(),
    'owner-id': () => world.accountId,
    'group-id': groupIds,
    'instance.group-id': groupIds,
    'instance.group-name': groupNames,
    'instance-status.status': ({ record }: Candidate) => statusOf(record, world),
    'block-device-mapping.volume-id': ({ record }: Candidate) =>
      record.volumes.map(({ volumeId }) => volumeId),
  };
}

/** In the order of the request; throws when one is unknown. */
export function named(world: Ec2World, { InstanceIds: ids }: Ids): InstanceRecord[] {
  if (ids === undefined || ids.length === 0) throw missingParameter('InstanceId');
  for (const id of ids) {
    if (/^i-[0-9a-f]{8,17}$/.test(id)) continue;
    throw new AwsError(
      'InvalidInstanceID.Malformed',
      `Invalid id: "${id}" (expecting "i-..." with 17 hexadecimal digits)`,
    );
  }
  const missing = ids.filter((id) => world.state.instances.get(id) === undefined);
  if (missing.length === 0) return [...new Set(ids)].map((id) => world.state.instances.get(id)!);
  throw notFound('InvalidInstanceID.NotFound', 'instance ID', missing);
}

function terminateInstances(world: Ec2World, input: Ids) {
  const records = named(world, input);
  for (const record of records) assertTerminable(record);
  return changeAll(world, records, 'TerminatingInstances', terminated);
}

function stopInstances(world: Ec2World, input: Ids) {
  const records = named(world, input);
  const guarded = records.find(({ settings }) => settings.disableApiStop);
  if (guarded === undefined) return changeAll(world, records, 'StoppingInstances', stopped);
  const message = `The instance '${guarded.instanceId}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`;
  throw new AwsError('OperationNotPermitted', message);
}

/** All of them or none. */
function changeAll(
  world: Ec2World,
  records: readonly InstanceRecord[],
  member: string,
  change: (record: InstanceRecord, nowMs: number) => StateChange | 'incorrect',
): Record<string, InstanceStateChange[]> {
  const changes = records.map((record) => {
    const wanted = change(record, world.nowMs());
    if (wanted === 'incorrect') throw incorrectState(record.instanceId);
    return { record, wanted };
  });
  const views = changes.map(({ record, wanted }) => {
    if (wanted !== undefined) world.state.changeInstance(record.instanceId, wanted);
    const after = wanted === undefined ? record : { ...record, ...wanted };
    return {
      InstanceId: record.instanceId,
      PreviousState: stateView(record),
      CurrentState: stateView(after),
    };
  });
  return { [member]: views };
}

function rebootInstances(world: Ec2World, input: Ids): void {
  const records = named(world, input);
  const wrong = records.find(({ state }) => !isLive(state));
  if (wrong !== undefined) throw incorrectState(wrong.instanceId);
  for (const { instanceId } of records) world.runner.reboot(instanceId);
}
