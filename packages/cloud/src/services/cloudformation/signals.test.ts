import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../../contract/service.ts';
import { planBatch } from './resources/rolling-batch.ts';
import { type StackBench, startedBench } from './testing/stack-bench.ts';

const GROUP = (image: string, more: string): string => `
Resources:
  Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {ImageId: ${image}}}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
${more}
    Properties:
      MinSize: 1
      MaxSize: 5
      DesiredCapacity: 3
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      AvailabilityZones: !GetAZs ''
`;
const CREATION = '    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT2M}}';

async function signal(bench: StackBench, UniqueId: string, Status: string): Promise<void> {
  await bench.call('SignalResource', { StackName: 'a', LogicalResourceId: 'Group', UniqueId, Status });
}

async function untilInitiated(bench: StackBench): Promise<void> {
  await bench.until(async () =>
    (await bench.reasons('a')).includes('Group') || bench.cloud.groups.groups.size > 0 ? true : undefined,
  );
}

test('[X21] a group with a creation policy is complete when its signals have come, each counted once', async () => {
  const bench = await startedBench();
  await bench.create('a', GROUP('one', CREATION));
  await untilInitiated(bench);
  await signal(bench, 'i-1', 'SUCCESS');
  await signal(bench, 'i-1', 'SUCCESS');
  await bench.clock.run(60_000);
  assert.equal((await bench.stack('a')).StackStatus, 'CREATE_IN_PROGRESS');
  await signal(bench, 'i-2', 'SUCCESS');
  assert.equal(await bench.settle('a'), 'CREATE_COMPLETE');
  assert.match(
    await bench.reasons('a'),
    /Received SUCCESS signal with UniqueId i-1\nReceived SUCCESS signal with UniqueId i-2/,
  );
});

test('[X21] too few signals in time, or too many failures, fail the creation', async () => {
  const late = await startedBench();
  await late.create('a', GROUP('one', CREATION));
  await untilInitiated(late);
  const startMs = late.clock.nowMs();
  await signal(late, 'i-1', 'SUCCESS');
  assert.equal(await late.settle('a'), 'ROLLBACK_COMPLETE');
  assert.match(
    await late.reasons('a'),
    /Failed to receive 1 resource signal\(s\) within the specified duration \(PT2M\)/,
  );
  assert.ok(late.clock.nowMs() - startMs >= 119_000 && late.clock.nowMs() - startMs < 140_000);
  const bad = await startedBench();
  await bad.create('a', GROUP('one', CREATION));
  await untilInitiated(bad);
  await signal(bad, 'i-1', 'FAILURE');
  assert.equal(await bad.settle('a'), 'ROLLBACK_COMPLETE');
  assert.match(
    await bad.reasons('a'),
    /Received 1 FAILURE signal\(s\) out of 2. Unable to satisfy 100% MinSuccessfulInstancesPercent/,
  );
});

test('[X21] signals of instances that cannot be launched are not waited for', async () => {
  const bench = await startedBench();
  bench.cloud.groups.launchesFail = true;
  await bench.create('a', GROUP('one', CREATION.replace('PT2M', 'PT1H')));
  const startMs = bench.clock.nowMs();
  assert.equal(await bench.settle('a'), 'ROLLBACK_COMPLETE');
  assert.match(await bench.reasons('a'), /Group did not stabilize. Last scaling activity: Launching/);
  assert.ok(bench.clock.nowMs() - startMs < 300_000);
});

test('[X21] a part of the signals is enough where the policy says so', async () => {
  const bench = await startedBench();
  const half = CREATION.replace(
    'Timeout: PT2M}',
    'Timeout: PT2M}, AutoScalingCreationPolicy: {MinSuccessfulInstancesPercent: 50}',
  );
  await bench.create('a', GROUP('one', half));
  await untilInitiated(bench);
  await signal(bench, 'i-1', 'FAILURE');
  await signal(bench, 'i-2', 'SUCCESS');
  assert.equal(await bench.settle('a'), 'CREATE_COMPLETE');
});

test('[X21] signals that came before a restart count after it', async () => {
  const bench = await startedBench();
  const stackId = await bench.create('a', GROUP('one', CREATION));
  await untilInitiated(bench);
  await signal(bench, 'i-1', 'SUCCESS');
  bench.restartAfterKill();
  await bench.start();
  await signal(bench, 'i-2', 'SUCCESS');
  assert.equal(await bench.settle(stackId), 'CREATE_COMPLETE');
});

test('[X21] a group whose launches fail is given up with the reason', async () => {
  const bench = await startedBench();
  bench.cloud.groups.launchesFail = true;
  await bench.create('a', GROUP('one', ''));
  assert.equal(await bench.settle('a'), 'ROLLBACK_COMPLETE');
  assert.match(
    await bench.reasons('a'),
    /Group did not stabilize. Last scaling activity: Launching a new EC2 instance Status Reason: no such image/,
  );
});

const ROLLING = (more = ''): string =>
  `    UpdatePolicy: {AutoScalingRollingUpdate: {MinInstancesInService: 3, MaxBatchSize: 2, SuspendProcesses: [AlarmNotification]${more}}}`;

async function groupAfterUpdate(
  policy: string,
): Promise<{ bench: StackBench; name: string; before: string[] }> {
  const bench = await startedBench();
  await bench.created('a', GROUP('one', policy));
  const [name] = [...bench.cloud.groups.groups.keys()];
  bench.cloud.groups.leastInService.clear();
  return {
    bench,
    name: name!,
    before: bench.cloud.groups.serving(name!).map(({ InstanceId }) => InstanceId),
  };
}

test('[X22] a rolling update replaces every instance and keeps the given number in service', async () => {
  const { bench, name, before } = await groupAfterUpdate(ROLLING());
  await bench.update('a', GROUP('two', ROLLING()));
  const suspended = new Set<string>();
  await bench.until(async () => {
    for (const process of bench.cloud.groups.groups.get(name)!.suspended) suspended.add(process);
    return (await bench.stack('a')).StackStatus === 'UPDATE_COMPLETE' ? true : undefined;
  });
  const after = bench.cloud.groups.serving(name).map(({ InstanceId }) => InstanceId);
  assert.equal(after.length, 3);
  assert.deepEqual(
    after.filter((id) => before.includes(id)),
    [],
  );
  assert.equal(bench.cloud.groups.leastInService.get(name), 3);
  assert.deepEqual([...suspended], ['AlarmNotification']);
  assert.deepEqual(bench.cloud.groups.groups.get(name)!.suspended, []);
  assert.match(
    await bench.reasons('a'),
    /Rolling update initiated. Terminating 3 obsolete instance\(s\) in batches of 2, while keeping at least 3 instance\(s\) in service/,
  );
});

test('[X22] a rolling update leaves suspended what its owner had suspended', async () => {
  const { bench, name } = await groupAfterUpdate(ROLLING(''));
  const group = bench.cloud.groups.groups.get(name)!;
  group.suspended = ['AlarmNotification', 'AZRebalance'];
  await bench.update('a', GROUP('two', ROLLING('')));
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE');
  assert.deepEqual(group.suspended, ['AlarmNotification', 'AZRebalance']);
});

test('[X22] a rolling update keeps the size that policies have set, where the template says so', async () => {
  const scheduled = '      AutoScalingScheduledAction: {IgnoreUnmodifiedGroupSizeProperties: true}';
  const policy = `    UpdatePolicy:\n      AutoScalingRollingUpdate: {MinInstancesInService: 3, MaxBatchSize: 1}\n${scheduled}`;
  const { bench, name } = await groupAfterUpdate(policy);
  bench.cloud.groups.groups.get(name)!.settings['DesiredCapacity'] = 4;
  await bench.update('a', GROUP('two', policy));
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE', await bench.reasons('a'));
  assert.equal(bench.cloud.groups.groups.get(name)!.settings['DesiredCapacity'], 4);
});

test('[X22] new instances that must signal and do not, take the update back', async () => {
  const waiting = ROLLING(', WaitOnResourceSignals: true, PauseTime: PT1M');
  const { bench, name } = await groupAfterUpdate(waiting);
  await bench.update('a', GROUP('two', waiting));
  // Those of the rollback find their voice again.
  let speak = false;
  bench.cloud.groups.onServing = (_group, id) => {
    if (speak) void signal(bench, id, 'SUCCESS');
  };
  await bench.until(async () => {
    speak = (await bench.stack('a')).StackStatus === 'UPDATE_ROLLBACK_IN_PROGRESS';
    return (await bench.stack('a')).StackStatus === 'UPDATE_ROLLBACK_COMPLETE' ? true : undefined;
  });
  assert.match(
    await bench.reasons('a'),
    /Failed to receive resource signal\(s\) of 2 new instance\(s\) within PT1M/,
  );
  assert.equal(bench.cloud.groups.serving(name).length, 3);
  assert.deepEqual(bench.cloud.groups.groups.get(name)!.suspended, []);
});

test('[X22] new instances that cannot be launched take the update back', async () => {
  const { bench, name } = await groupAfterUpdate(ROLLING());
  const startMs = bench.clock.nowMs();
  // Of the new version nothing can be launched; the rollback makes one like the old.
  bench.cloud.fault = ({ operation, input }) => {
    if (operation === 'CreateLaunchTemplateVersion')
      bench.cloud.groups.launchesFail = JSON.stringify(input).includes('"two"');
    return undefined;
  };
  await bench.update('a', GROUP('two', ROLLING()));
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE', await bench.reasons('a'));
  assert.match(
    await bench.reasons('a'),
    /Group did not stabilize. Last scaling activity: Launching a new EC2 instance/,
  );
  assert.equal(bench.cloud.groups.serving(name).length, 3);
  assert.ok(bench.clock.nowMs() - startMs < 60_000);
});

test('[X22] a rollback waits for its instances also when no old one is left', async () => {
  const policy = '    UpdatePolicy: {AutoScalingRollingUpdate: {MinInstancesInService: 0, MaxBatchSize: 3}}';
  const { bench, name } = await groupAfterUpdate(policy);
  bench.cloud.fault = ({ operation, input }) => {
    if (operation === 'CreateLaunchTemplateVersion') {
      bench.cloud.groups.launchesFail = JSON.stringify(input).includes('"two"');
      // What could not be launched is no instance of the group.
      bench.cloud.groups.groups.get(name)!.instances = [];
    }
    return undefined;
  };
  await bench.update('a', GROUP('two', policy));
  assert.equal(await bench.settle('a'), 'UPDATE_ROLLBACK_COMPLETE', await bench.reasons('a'));
  assert.equal(bench.cloud.groups.serving(name).length, 3);
});

test('[X22] new instances that signal let the update go on', async () => {
  const waiting = ROLLING(', WaitOnResourceSignals: true, PauseTime: PT1M');
  const { bench, name } = await groupAfterUpdate(waiting);
  bench.cloud.groups.onServing = (_group, id) => void signal(bench, id, 'SUCCESS');
  await bench.update('a', GROUP('two', waiting));
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE', await bench.reasons('a'));
  assert.equal(bench.cloud.groups.serving(name).length, 3);
});

test('[X22] a replacing update makes a second group before the first one goes', async () => {
  const replacing = '    UpdatePolicy: {AutoScalingReplacingUpdate: {WillReplace: true}}';
  const { bench, name } = await groupAfterUpdate(replacing);
  await bench.update('a', GROUP('two', replacing));
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE');
  const [other] = [...bench.cloud.groups.groups.keys()];
  assert.equal(bench.cloud.groups.groups.size, 1);
  assert.notEqual(other, name);
  const story = await bench.story('a');
  assert.ok(story.lastIndexOf('Group UPDATE_COMPLETE') < story.indexOf('Group DELETE_IN_PROGRESS'));
});

test('[X22] sizes that policies have changed are kept where the template says so', async () => {
  const keep = '    UpdatePolicy: {AutoScalingScheduledAction: {IgnoreUnmodifiedGroupSizeProperties: true}}';
  const { bench, name } = await groupAfterUpdate(keep);
  bench.cloud.groups.groups.get(name)!.settings['DesiredCapacity'] = 4;
  await bench.update('a', GROUP('one', keep).replace('MaxSize: 5', 'MaxSize: 6'));
  assert.equal(await bench.settle('a'), 'UPDATE_COMPLETE');
  const { settings } = bench.cloud.groups.groups.get(name)!;
  assert.deepEqual([settings['DesiredCapacity'], settings['MaxSize']], [4, 6]);
});

test('[X22] batches: what is not in service goes first, room is made where none is', () => {
  const base = { old: 3, oldInService: 3, inService: 3, desired: 3, most: 5, least: 2, batchSize: 1 };
  assert.deepEqual(planBatch(base), { terminate: 1, desired: 3 });
  assert.deepEqual(planBatch({ ...base, least: 3 }), { terminate: 0, desired: 4 });
  assert.deepEqual(planBatch({ ...base, least: 3, inService: 4 }), { terminate: 1, desired: 4 });
  assert.deepEqual(planBatch({ ...base, oldInService: 0, inService: 0, least: 3, batchSize: 2 }), {
    terminate: 2,
    desired: 5,
  });
  assert.deepEqual(planBatch({ ...base, batchSize: 9, least: 0 }), { terminate: 3, desired: 3 });
  assert.deepEqual(planBatch({ ...base, least: 4, most: 5, batchSize: 3 }), { terminate: 0, desired: 5 });
});

const WAIT = `
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 60, Count: 2}}
Outputs: {Data: {Value: !GetAtt Wait.Data}, Url: {Value: !Ref Handle}}
`;

async function handleToken(bench: StackBench): Promise<string> {
  return await bench.until(async () => {
    const waits = (await bench.story('a')).includes('Wait CREATE_IN_PROGRESS');
    const event = (await bench.events('a')).find(({ PhysicalResourceId }) =>
      PhysicalResourceId.startsWith('http'),
    );
    return waits ? event?.PhysicalResourceId.split('/').at(-1) : undefined;
  });
}

test('[X23] a wait condition goes on with the data that was sent to its handle', async () => {
  const bench = await startedBench();
  await bench.create('a', WAIT);
  const token = await handleToken(bench);
  assert.throws(() => bench.service.receiveWaitSignal(token, 'nonsense'), AwsError);
  bench.service.receiveWaitSignal(token, '{"Status":"SUCCESS","UniqueId":"1","Data":"x","Reason":"r"}');
  bench.service.receiveWaitSignal(token, '{"Status":"SUCCESS","UniqueId":"2","Data":"y"}');
  assert.equal(await bench.settle('a'), 'CREATE_COMPLETE');
  assert.equal((await bench.stack('a')).Outputs[0]!.OutputValue, '{"1":"x","2":"y"}');
});

test('[X23] a wait condition fails by time or by a failure', async () => {
  const late = await startedBench();
  await late.create('a', WAIT);
  assert.equal(await late.settle('a'), 'ROLLBACK_COMPLETE');
  assert.match(await late.reasons('a'), /WaitCondition timed out. Received 0 conditions when expecting 2/);
  const bad = await startedBench();
  await bad.create('a', WAIT);
  bad.service.receiveWaitSignal(
    await handleToken(bad),
    '{"Status":"FAILURE","UniqueId":"1","Reason":"broken disk"}',
  );
  assert.equal(await bad.settle('a'), 'ROLLBACK_COMPLETE');
  assert.match(
    await bad.reasons('a'),
    /WaitCondition received failed message: 'broken disk' for uniqueId: 1/,
  );
});
