/** The SDK's own client, over the wire. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AlreadyExistsFault,
  AutoScalingClient,
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  DescribePoliciesCommand,
  DescribeScalingActivitiesCommand,
  DescribeScheduledActionsCommand,
  EnterStandbyCommand,
  PutScalingPolicyCommand,
  PutScheduledUpdateGroupActionCommand,
  paginateDescribeAutoScalingGroups,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import { openWire, type WireFixture } from '../../wire/testing/wire-fixture.ts';
import { GROUP, TestCloud } from './testing/test-cloud.ts';

let cloud: TestCloud;
let wire: WireFixture;

before(async () => {
  cloud = await TestCloud.started();
  wire = await openWire([cloud.scaling.service]);
});

after(() => wire.close());

test("[U18] the SDK's client: groups, activities, policies and schedules there and back, errors as its classes", async () => {
  const client = new AutoScalingClient(wire.client);
  const create = new CreateAutoScalingGroupCommand({
    ...GROUP,
    DesiredCapacity: 2,
    Tags: [{ Key: 'k', Value: 'v', PropagateAtLaunch: true }],
    InstanceLifecyclePolicy: { RetentionTriggers: { TerminateHookAbandon: 'retain' } },
  });
  await client.send(create);
  await assert.rejects(client.send(create), AlreadyExistsFault);
  await cloud.clock.run(10_000);
  const groups: AutoScalingGroup[] = [];
  for await (const page of paginateDescribeAutoScalingGroups({ client }, {}))
    groups.push(...page.AutoScalingGroups!);
  const [group] = groups;
  assert.deepEqual(
    group?.Instances?.map(({ LifecycleState }) => LifecycleState),
    ['InService', 'InService'],
  );
  assert.deepEqual(
    group?.Tags?.map(({ Key, PropagateAtLaunch }) => [Key, PropagateAtLaunch]),
    [['k', true]],
  );
  assert.equal(group?.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon, 'retain');
  assert.ok(group?.CreatedTime instanceof Date);
  const AutoScalingGroupName = 'g';
  const { Activities } = await client.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName }));
  assert.deepEqual(
    Activities?.map(({ StatusCode, Progress }) => [StatusCode, Progress]),
    [
      ['Successful', 100],
      ['Successful', 100],
    ],
  );
  const TargetTrackingConfiguration = {
    TargetValue: 1.5,
    PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
  } as const;
  await client.send(
    new PutScalingPolicyCommand({
      AutoScalingGroupName,
      PolicyName: 'p',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration,
    }),
  );
  const { ScalingPolicies } = await client.send(new DescribePoliciesCommand({ AutoScalingGroupName }));
  assert.equal(ScalingPolicies?.[0]?.TargetTrackingConfiguration?.TargetValue, 1.5);
  const StartTime = new Date(cloud.clock.wallMs() + 60_000);
  await client.send(
    new PutScheduledUpdateGroupActionCommand({
      AutoScalingGroupName,
      ScheduledActionName: 's',
      StartTime,
      MinSize: 0,
    }),
  );
  const { ScheduledUpdateGroupActions } = await client.send(
    new DescribeScheduledActionsCommand({ AutoScalingGroupName }),
  );
  assert.deepEqual(ScheduledUpdateGroupActions?.[0]?.StartTime, StartTime);
  const InstanceIds = [group!.Instances![0]!.InstanceId!];
  const standby = await client.send(
    new EnterStandbyCommand({ AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity: true }),
  );
  assert.match(
    standby.Activities?.[0]?.Cause ?? '',
    /was moved to standby in response to a user request, shrinking the capacity from 2 to 1\./,
  );
  await assert.rejects(
    client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 99 })),
    /New SetDesiredCapacity value 99 is above max value 10/,
  );
  client.destroy();
});
