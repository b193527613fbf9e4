/** The SDK's own client, over the wire. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  InvalidParameterValueException,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  paginateDescribeAlarms,
  ResourceNotFound,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { openWire, type WireFixture } from '../../wire/testing/wire-fixture.ts';
import { createCloudWatch } from './index.ts';

let wire: WireFixture;

before(async () => {
  const cloudWatch = createCloudWatch({
    records: new MemoryRecords(),
    time: { clock: new ManualClock(Date.now()), speed: 1 },
    ...{ accountId: '000000000000', region: 'us-east-1' },
    onAlarmAction: () => {},
  });
  wire = await openWire([cloudWatch.service]);
});

after(() => wire.close());

const defaultNamespace = 'com.amazonaws.cloudwatch';
const PROTOCOLS = {
  json: undefined,
  query: new AwsQueryProtocol({
    ...{ defaultNamespace, version: '2010-08-01' },
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  }),
  cbor: new AwsSmithyRpcV2CborProtocol({ defaultNamespace, awsQueryCompatible: true }),
};

for (const [name, protocol] of Object.entries(PROTOCOLS))
  test(`[C1] the SDK's client, ${name}: measurements and alarms there and back, errors as its classes`, async () => {
    const client = new CloudWatchClient({
      ...wire.client,
      ...(protocol === undefined ? {} : { protocol }),
    });
    const Namespace = `App/${name}`;
    const Timestamp = new Date(Math.floor(Date.now() / 60_000) * 60_000);
    const datum = { MetricName: 'Load', Timestamp, Values: [1, 2], Counts: [3, 1] };
    await client.send(new PutMetricDataCommand({ Namespace, MetricData: [datum] }));
    const range = { StartTime: Timestamp, EndTime: new Date(Timestamp.getTime() + 60_000) };
    const Metric = { Namespace, MetricName: 'Load' };
    const MetricDataQueries = [{ Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }];
    const data = await client.send(new GetMetricDataCommand({ MetricDataQueries, ...range }));
    assert.deepEqual(data.MetricDataResults?.[0]?.Values, [5]);
    assert.deepEqual(data.MetricDataResults?.[0]?.Timestamps, [Timestamp]);
    const statistics = await client.send(
      new GetMetricStatisticsCommand({ ...Metric, ...range, Period: 60, ExtendedStatistics: ['p50'] }),
    );
    assert.deepEqual(statistics.Datapoints, [{ Timestamp, ExtendedStatistics: { p50: 1 }, Unit: 'None' }]);
    const listed = await client.send(new ListMetricsCommand({ Namespace }));
    assert.deepEqual(listed.Metrics, [{ ...Metric, Dimensions: [] }]);
    await checkLargeCall(client, Namespace);
    await checkAlarms(client, Metric);
    client.destroy();
  });

/** As many measurements as one call may hold; the client packs it. */
async function checkLargeCall(client: CloudWatchClient, Namespace: string): Promise<void> {
  const MetricData = Array.from({ length: 1_000 }, (_, i) => ({ MetricName: `many-${i}`, Value: i }));
  await client.send(new PutMetricDataCommand({ Namespace, MetricData }));
  const listed = await client.send(new ListMetricsCommand({ Namespace, MetricName: 'many-999' }));
  assert.equal(listed.Metrics?.length, 1);
}

async function checkAlarms(
  client: CloudWatchClient,
  metric: { Namespace: string; MetricName: string },
): Promise<void> {
  const alarm = {
    ...metric,
    Statistic: 'Average',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0.5,
  } as const;
  for (const AlarmName of ['a', 'b', 'c'])
    await client.send(
      new PutMetricAlarmCommand({ ...alarm, AlarmName, ComparisonOperator: 'GreaterThanThreshold' }),
    );
  const found: (string | undefined)[] = [];
  for await (const page of paginateDescribeAlarms({ client, pageSize: 2 }, {}))
    found.push(...(page.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName));
  assert.deepEqual(found, ['a', 'b', 'c']);
  await client.send(new SetAlarmStateCommand({ AlarmName: 'a', StateValue: 'ALARM', StateReason: 'drill' }));
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
  assert.equal(MetricAlarms?.[0]?.StateReason, 'drill');
  const history = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: 'a', MaxRecords: 1 }));
  assert.equal(history.AlarmHistoryItems?.[0]?.HistoryItemType, 'StateUpdate');
  const unknown = new SetAlarmStateCommand({ AlarmName: 'x', StateValue: 'OK', StateReason: 'r' });
  await assert.rejects(client.send(unknown), ResourceNotFound);
  const own = new PutMetricDataCommand({ Namespace: 'AWS/EC2', MetricData: [{ MetricName: 'm', Value: 1 }] });
  await assert.rejects(client.send(own), InvalidParameterValueException);
  // The SDK tells its two classes of the code ResourceNotFound apart in some protocols only.
  await assert.rejects(
    client.send(new GetDashboardCommand({ DashboardName: 'x' })),
    /Dashboard x does not exist/,
  );
  await client.send(new DeleteAlarmsCommand({ AlarmNames: ['a', 'b', 'c'] }));
}
