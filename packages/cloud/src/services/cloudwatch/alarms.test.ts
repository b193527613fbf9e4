import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  AlarmHistoryItem,
  DescribeAlarmsCommandOutput,
  MetricAlarm,
  PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../contract/service.ts';
import { CloudWatchFixture, MINUTE, POLICY, started, TOPIC } from './testing/cloudwatch-fixture.ts';

const isError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof AwsError && error.code === code && message.test(error.message);

const describe = (fixture: CloudWatchFixture, input: object = {}): Promise<DescribeAlarmsCommandOutput> =>
  fixture.call('DescribeAlarms', input);

async function names(fixture: CloudWatchFixture, input: object): Promise<string[]> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await describe(fixture, input);
  return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName!);
}

async function history(fixture: CloudWatchFixture, input: object = {}): Promise<(string | undefined)[]> {
  const answer = await fixture.call<{ AlarmHistoryItems: AlarmHistoryItem[] }>('DescribeAlarmHistory', {
    ...{ ScanBy: 'TimestampAscending', ...input },
  });
  return answer.AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary);
}

test('[C20] an alarm is described as it was put', async () => {
  const fixture = await started();
  const input: Partial<PutMetricAlarmCommandInput> = {
    ...{ AlarmDescription: 'd', ExtendedStatistic: 'p99', Unit: 'Percent', EvaluationPeriods: 3 },
    ...{ DatapointsToAlarm: 2, TreatMissingData: 'ignore', EvaluateLowSampleCountPercentile: 'ignore' },
    ...{ AlarmActions: [POLICY], OKActions: [TOPIC], Dimensions: [{ Name: 'Host', Value: 'a' }] },
  };
  await fixture.putAlarm({ ...input, Statistic: undefined });
  const [alarm] = (await describe(fixture)).MetricAlarms!;
  const now = new Date(fixture.startMs);
  assert.deepEqual(alarm, {
    ...{ AlarmName: 'cpu', Namespace: 'App', MetricName: 'Load', Period: 60, Threshold: 5, ...input },
    ComparisonOperator: 'GreaterThanThreshold',
    ...{ ActionsEnabled: true, InsufficientDataActions: [] },
    AlarmArn: 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu',
    ...{
      AlarmConfigurationUpdatedTimestamp: now,
      StateUpdatedTimestamp: now,
      StateTransitionedTimestamp: now,
    },
    ...{ StateValue: 'INSUFFICIENT_DATA', StateReason: 'Unchecked: Initial alarm creation' },
  });
});

test('[C20] an alarm on expressions is described as it was put', async () => {
  const fixture = await started();
  const Metrics = [
    { Id: 'e', Expression: 'm * 2', Label: 'twice', ReturnData: true },
    {
      Id: 'm',
      MetricStat: {
        Metric: { Namespace: 'App', MetricName: 'Load', Dimensions: [] },
        Period: 60,
        Stat: 'Sum',
      },
      ReturnData: false,
    },
  ];
  const none = { Namespace: undefined, MetricName: undefined, Statistic: undefined, Period: undefined };
  await fixture.putAlarm({ ...none, Metrics });
  const [alarm] = (await describe(fixture)).MetricAlarms!;
  assert.deepEqual(alarm?.Metrics, Metrics);
  await fixture.minute(3);
  assert.equal(await fixture.state(), 'ALARM');
});

test('[C21] PutMetricAlarm refuses what AWS refuses', async () => {
  const fixture = await started();
  const metrics = [{ Id: 'm', Expression: 'TIME_SERIES(1)' }];
  const wrong: readonly (readonly [Partial<PutMetricAlarmCommandInput>, string, RegExp])[] = [
    [{ AlarmName: '' }, 'MissingParameter', /AlarmName/],
    [{ Period: 45 }, 'ValidationError', /Period must be 10, 20, 30 or a multiple of 60, and is 45/],
    [{ EvaluationPeriods: 1_500 }, 'ValidationError', /<= 86400/],
    [{ EvaluationPeriods: undefined }, 'MissingParameter', /EvaluationPeriods/],
    [{ Threshold: undefined }, 'MissingParameter', /Threshold/],
    [{ ComparisonOperator: undefined }, 'MissingParameter', /ComparisonOperator/],
    [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'ValidationError', /GreaterThanUpperThreshold/],
    [{ Statistic: undefined }, 'InvalidParameterCombination', /Exactly one of Statistic/],
    [{ ExtendedStatistic: 'p9' }, 'InvalidParameterCombination', /mutually exclusive/],
    [{ Metrics: metrics }, 'InvalidParameterCombination', /Metrics and MetricName/],
    [{ TreatMissingData: 'bad' }, 'InvalidParameterValue', /TreatMissingData is bad/],
    [{ ThresholdMetricId: 'x' }, 'ValidationError', /ThresholdMetricId is not supported by the local cloud/],
    [{ AlarmActions: ['no-arn'] }, 'ValidationError', /Invalid arn syntax: no-arn/],
    [{ DatapointsToAlarm: 2 }, 'ValidationError', /DatapointsToAlarm is 2/],
  ];
  for (const [part, code, message] of wrong)
    await assert.rejects(fixture.putAlarm(part), isError(code, message), JSON.stringify(part));
  assert.deepEqual(await names(fixture, {}), []);
});

test('[C22] the clock drives alarms, and actions reach whoever carries them out', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmActions: [POLICY, TOPIC] });
  await fixture.minute(9);
  await fixture.minute(8);
  assert.equal(await fixture.state(), 'ALARM');
  assert.deepEqual(
    fixture.events.map(({ actionArn, repeated, metricValue, threshold }) => [
      actionArn,
      repeated,
      metricValue,
      threshold,
    ]),
    [
      [POLICY, false, 9, 5],
      [TOPIC, false, 9, 5],
      [POLICY, true, 8, 5],
    ],
  );
  assert.equal(fixture.events[0]?.alarmArn, 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu');
  assert.deepEqual(await history(fixture), [
    'Alarm "cpu" created',
    'Alarm updated from INSUFFICIENT_DATA to ALARM',
    `Successfully executed action ${POLICY}`,
    `Successfully executed action ${TOPIC}`,
  ]);
});

test('[C22] an action that fails stands in the history with its reason', async () => {
  const fixture = await started();
  fixture.answer = () => {
    throw new AwsError('NotFound', 'no such topic');
  };
  await fixture.putAlarm({ AlarmActions: [TOPIC] });
  await fixture.minute(9);
  assert.equal(
    (await history(fixture)).at(-1),
    `Failed to execute action ${TOPIC}. Received error: "no such topic"`,
  );
});

test('[C23] nothing is evaluated before the start, after the stop, or while there is no alarm', async () => {
  const fixture = new CloudWatchFixture();
  await fixture.putAlarm();
  await fixture.minute(9);
  assert.equal(await fixture.state(), 'INSUFFICIENT_DATA');
  assert.equal(fixture.clock.pendingCount, 0);
  await fixture.cloudWatch.start();
  assert.equal(await fixture.state(), 'ALARM');
  assert.equal(fixture.clock.pendingCount, 1);
  await fixture.cloudWatch.stop();
  assert.equal(fixture.clock.pendingCount, 0);
});

test('[C24] after a crash alarms keep their states, repeated actions go on and no transition is told again', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmActions: [POLICY, TOPIC] });
  await fixture.minute(9);
  const before = await describe(fixture);
  const told = await history(fixture);
  await fixture.crash();
  assert.deepEqual(await describe(fixture), before);
  await fixture.cloudWatch.start();
  await fixture.minute(9);
  assert.deepEqual(
    fixture.events.slice(2).map(({ actionArn, repeated }) => [actionArn, repeated]),
    [
      [POLICY, true],
      [POLICY, true],
    ],
  );
  assert.deepEqual(await history(fixture), told);
});

test('[C24] an action that was recorded and not carried out is carried out by the next process, once', async () => {
  const fixture = new CloudWatchFixture();
  await fixture.putAlarm({ AlarmActions: [TOPIC] });
  await fixture.call('SetAlarmState', { AlarmName: 'cpu', StateValue: 'ALARM', StateReason: 'drill' });
  assert.deepEqual(fixture.events, []);
  await fixture.crash();
  await fixture.cloudWatch.start();
  await fixture.clock.run(1);
  assert.deepEqual(
    fixture.events.map(({ actionArn, state, silent }) => [actionArn, state, silent]),
    [[TOPIC, 'ALARM', true]],
  );
  await fixture.records.durable();
  await fixture.crash();
  await fixture.cloudWatch.start();
  await fixture.clock.run(1);
  assert.equal(fixture.events.filter(({ state }) => state === 'ALARM').length, 1);
});

test('[C24] an action is told only when its transition is on disk', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmActions: [TOPIC] });
  await fixture.put(9);
  const onDisk = Promise.withResolvers<void>();
  fixture.records.durable = () => onDisk.promise;
  await fixture.clock.run(MINUTE);
  assert.deepEqual(fixture.events, []);
  onDisk.resolve();
  await fixture.clock.run(1);
  assert.equal(fixture.events.length, 1);
});

test('[C24] nothing is told and nothing looked at once the disk refuses', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmActions: [TOPIC] });
  await fixture.put(9);
  fixture.records.failWith(new Error('the disk is full'));
  await fixture.clock.run(10 * MINUTE);
  assert.deepEqual(fixture.events, []);
  assert.equal(fixture.clock.pendingCount, 0, 'what cannot be recorded is not looked at any more');
});

test('[C24] an action that does not answer holds no other back', async () => {
  const fixture = await started();
  const answered: string[] = [];
  fixture.answer = ({ alarmName }) =>
    alarmName === 'slow' ? new Promise(() => {}) : void answered.push(alarmName);
  for (const AlarmName of ['slow', 'quick']) await fixture.putAlarm({ AlarmName, AlarmActions: [TOPIC] });
  await fixture.minute(9);
  await fixture.minute(1);
  await fixture.minute(9);
  assert.deepEqual(answered, ['quick', 'quick']);
  const pending = [...fixture.records.table<{ alarmName: string }>('cloudwatch/actions').entries()];
  assert.deepEqual(
    pending.map(([, { alarmName }]) => alarmName),
    ['slow', 'slow'],
  );
});

test('[C25] DescribeAlarms: names, prefixes, states, types, actions and pages', async () => {
  const fixture = await started();
  for (let i = 0; i < 7; i++)
    await fixture.putAlarm({ AlarmName: `a${i}`, ...(i === 3 ? { OKActions: [TOPIC] } : {}) });
  await fixture.putAlarm({ AlarmName: 'b', TreatMissingData: 'breaching' });
  await fixture.call('PutCompositeAlarm', { AlarmName: 'c', AlarmRule: 'ALARM(b) OR ALARM(a1)' });
  await fixture.minute();
  assert.deepEqual(await names(fixture, { AlarmNames: ['a2', 'b', 'unknown'] }), ['a2', 'b']);
  assert.deepEqual(await names(fixture, { AlarmNamePrefix: 'b' }), ['b']);
  assert.deepEqual(await names(fixture, { StateValue: 'ALARM' }), ['b']);
  assert.deepEqual(await names(fixture, { ActionPrefix: 'arn:aws:sns' }), ['a3']);
  assert.deepEqual(await names(fixture, { AlarmTypes: ['CompositeAlarm'] }), ['c']);
  assert.deepEqual(await names(fixture, { ChildrenOfAlarmName: 'c' }), ['a1', 'b']);
  assert.deepEqual(await names(fixture, { ParentsOfAlarmName: 'b' }), ['c']);
  const first = await describe(fixture, { MaxRecords: 5 });
  assert.equal(first.MetricAlarms?.length, 5);
  assert.deepEqual(await names(fixture, { MaxRecords: 5, NextToken: first.NextToken }), ['a5', 'a6', 'b']);
  const both = describe(fixture, { AlarmNames: ['a'], AlarmNamePrefix: 'a' });
  await assert.rejects(both, isError('InvalidParameterCombination', /AlarmNames and AlarmNamePrefix/));
  await assert.rejects(describe(fixture, { MaxRecords: 101 }), isError('InvalidParameterValue', /1 to 100/));
});

test('[C25] DescribeAlarmsForMetric finds alarms on exactly that metric', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmName: 'one' });
  await fixture.putAlarm({ AlarmName: 'two', Statistic: 'Sum' });
  await fixture.putAlarm({ AlarmName: 'other', Dimensions: [{ Name: 'Host', Value: 'a' }] });
  const find = async (part: object): Promise<string[]> => {
    const input = { Namespace: 'App', MetricName: 'Load', ...part };
    const answer = await fixture.call<{ MetricAlarms: MetricAlarm[] }>('DescribeAlarmsForMetric', input);
    return answer.MetricAlarms.map(({ AlarmName }) => AlarmName!);
  };
  assert.deepEqual(await find({}), ['one', 'two']);
  assert.deepEqual(await find({ Statistic: 'Sum' }), ['two']);
  assert.deepEqual(await find({ Dimensions: [{ Name: 'Host', Value: 'a' }] }), ['other']);
  assert.deepEqual(await find({ Period: 300 }), []);
});

test('[C26] SetAlarmState acts at once, with the value in its data', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmActions: [POLICY] });
  const set = { AlarmName: 'cpu', StateValue: 'ALARM', StateReason: 'drill' };
  await fixture.call('SetAlarmState', { ...set, StateReasonData: '{"recentDatapoints":[42]}' });
  await fixture.clock.run(1);
  assert.equal(fixture.events[0]?.metricValue, 42);
  const unknown = fixture.call('SetAlarmState', { ...set, AlarmName: 'x' });
  await assert.rejects(unknown, isError('ResourceNotFound', /"x"/));
  const data = fixture.call('SetAlarmState', { ...set, StateReasonData: '{' });
  await assert.rejects(data, isError('InvalidFormat', /valid JSON/));
});

test('[C27] disabled actions are not called, also after a crash', async () => {
  const fixture = await started();
  await fixture.putAlarm({ AlarmActions: [POLICY] });
  await fixture.call('DisableAlarmActions', { AlarmNames: ['cpu', 'unknown'] });
  await fixture.crash();
  await fixture.cloudWatch.start();
  await fixture.minute(9);
  assert.deepEqual(fixture.events, []);
  await fixture.call('EnableAlarmActions', { AlarmNames: ['cpu'] });
  await fixture.minute(9);
  assert.equal(fixture.events.length, 1);
});

test('[C28] composite alarms: at once, not for scaling, and what they name cannot be deleted', async () => {
  const fixture = await started();
  await fixture.putAlarm();
  const composite = { AlarmName: 'top', AlarmRule: 'ALARM(cpu)', AlarmActions: [TOPIC] };
  await fixture.call('PutCompositeAlarm', composite);
  await fixture.minute(9);
  const { CompositeAlarms } = await describe(fixture, { AlarmTypes: ['CompositeAlarm'] });
  assert.equal(CompositeAlarms?.[0]?.StateValue, 'ALARM');
  assert.deepEqual(
    fixture.events.map(({ alarmName }) => alarmName),
    ['top'],
  );
  const refused = (part: object): Promise<unknown> =>
    fixture.call('PutCompositeAlarm', { ...composite, ...part });
  await assert.rejects(
    refused({ AlarmActions: [POLICY] }),
    isError('ValidationError', /not allowed in a composite/),
  );
  await assert.rejects(refused({ AlarmRule: 'ALARM(x)' }), isError('ValidationError', /do not exist: x/));
  await assert.rejects(refused({ AlarmRule: 'ALARM(' }), isError('ValidationError', /Invalid alarm rule/));
  await assert.rejects(
    refused({ ActionsSuppressor: 'cpu' }),
    isError('ValidationError', /ActionsSuppressor is not supported/),
  );
  await assert.rejects(refused({ AlarmName: 'cpu' }), isError('ValidationError', /of another type/));
  const gone = fixture.call('DeleteAlarms', { AlarmNames: ['cpu'] });
  await assert.rejects(
    gone,
    isError('ValidationError', /Cannot delete cpu as there are composite alarm\(s\) depending on it: top/),
  );
  await fixture.call('DeleteAlarms', { AlarmNames: ['cpu', 'top'] });
  assert.deepEqual(await names(fixture, { AlarmTypes: ['CompositeAlarm', 'MetricAlarm'] }), []);
});

test('[C32] speed divides the periods of alarms and the time between looks', async () => {
  const fixture = await started(60);
  await fixture.putAlarm({ EvaluationPeriods: 3, AlarmActions: [POLICY] });
  for (let second = 0; second < 5; second++) {
    await fixture.put(9);
    await fixture.clock.run(1_000);
  }
  assert.equal(await fixture.state(), 'ALARM');
  assert.deepEqual(
    fixture.events.map(({ repeated }) => repeated),
    [false, true, true],
  );
});
