import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datapoint, ListMetricsCommandOutput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../contract/service.ts';
import { CloudWatchFixture, MINUTE } from './testing/cloudwatch-fixture.ts';

const isError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof AwsError && error.code === code && message.test(error.message);

interface DataAnswer {
  readonly MetricDataResults: MetricDataResult[];
  readonly NextToken?: string;
}

const load = (stat: string, period = 60): object => ({
  Metric: { Namespace: 'App', MetricName: 'Load' },
  ...{ Period: period, Stat: stat },
});

function lastHour(fixture: CloudWatchFixture): { StartTime: Date; EndTime: Date } {
  return { StartTime: new Date(fixture.startMs), EndTime: new Date(fixture.startMs + 60 * MINUTE) };
}

async function data(fixture: CloudWatchFixture, queries: object[], more: object = {}): Promise<DataAnswer> {
  return fixture.call('GetMetricData', {
    ...{ MetricDataQueries: queries, ...lastHour(fixture), ScanBy: 'TimestampAscending' },
    ...more,
  });
}

const values = ({ MetricDataResults }: DataAnswer): (readonly [string, number[]])[] =>
  MetricDataResults.map(({ Id, Values }) => [Id!, Values!]);

test('[C1] what was put is read back as statistics, in each of the three forms', async () => {
  const fixture = new CloudWatchFixture();
  await fixture.put(1);
  await fixture.put(0, { Value: undefined, Values: [2, 3], Counts: [1, 2], Unit: 'None' });
  const set = { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 };
  await fixture.put(0, { Value: undefined, StatisticValues: set });
  const answer = await fixture.call<{ Label: string; Datapoints: Datapoint[] }>('GetMetricStatistics', {
    ...{ Namespace: 'App', MetricName: 'Load', Period: 60, ...lastHour(fixture) },
    ...{ Statistics: ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'], ExtendedStatistics: ['p50'] },
  });
  assert.equal(answer.Label, 'Load');
  assert.deepEqual(answer.Datapoints, [
    {
      Timestamp: new Date(fixture.startMs),
      ...{ SampleCount: 6, Sum: 19, Average: 19 / 6, Minimum: 1, Maximum: 6, Unit: 'None' },
    },
  ]);
});

test('[C1] percentiles stand beside the other statistics; each unit has its own points', async () => {
  const fixture = new CloudWatchFixture();
  for (const value of [1, 2, 3, 4]) await fixture.put(value, { Unit: 'Seconds' });
  await fixture.put(9, { Unit: 'Count' });
  const ask = { Namespace: 'App', MetricName: 'Load', Period: 60, ...lastHour(fixture) };
  const { Datapoints } = await fixture.call<{ Datapoints: Datapoint[] }>('GetMetricStatistics', {
    ...{ ...ask, Statistics: ['Sum'], ExtendedStatistics: ['p50', 'tm75'] },
  });
  const time = { Timestamp: new Date(fixture.startMs) };
  assert.deepEqual(Datapoints, [
    { ...time, Sum: 10, ExtendedStatistics: { p50: 2, tm75: 2 }, Unit: 'Seconds' },
    { ...time, Sum: 9, ExtendedStatistics: { p50: 9, tm75: 9 }, Unit: 'Count' },
  ]);
});

test('[C2] PutMetricData refuses what AWS refuses, and then keeps nothing of the call', async () => {
  const fixture = new CloudWatchFixture();
  const now = fixture.startMs;
  const dimensions = Array.from({ length: 31 }, (_, i) => ({ Name: `d${i}`, Value: 'v' }));
  const wrong: readonly (readonly [object, string, RegExp])[] = [
    [{ Value: undefined }, 'MissingParameter', /MetricData.member.2.Value, .* is required/],
    [{ MetricName: '' }, 'MissingParameter', /MetricData.member.2.MetricName is required/],
    [{ Values: [1] }, 'InvalidParameterCombination', /Value and MetricData.member.2.Values are mutually/],
    [{ Value: Number.NaN }, 'InvalidParameterValue', /The value NaN for parameter MetricData.member.2.Value/],
    [{ Value: 2 ** 361 }, 'InvalidParameterValue', /-2\^360 to 2\^360/],
    [{ Dimensions: dimensions }, 'InvalidParameterValue', /size greater than 30, and has 31/],
    [{ Dimensions: [{ Name: 'a', Value: '' }] }, 'MissingParameter', /Dimensions.member.1.Value/],
    [{ Unit: 'Parsec' }, 'InvalidParameterValue', /Parsec/],
    [{ StorageResolution: 5 }, 'InvalidParameterValue', /StorageResolution is 5; 1 and 60/],
    [{ Timestamp: new Date(now + 121 * MINUTE) }, 'InvalidParameterValue', /two hours in the future/],
    [{ Timestamp: new Date(now - 20_161 * MINUTE) }, 'InvalidParameterValue', /within the past two weeks/],
    [
      { Value: undefined, Values: [1, 2], Counts: [1] },
      'InvalidParameterValue',
      /same length, and have 2 and 1/,
    ],
    [{ Value: undefined, Values: [1], Counts: [0] }, 'InvalidParameterValue', /must be greater than 0/],
    [
      { Value: undefined, Values: Array.from({ length: 151 }, (_, i) => i) },
      'InvalidParameterValue',
      /151 values/,
    ],
  ];
  for (const [part, code, message] of wrong) {
    const MetricData = [
      { MetricName: 'Load', Value: 1 },
      { MetricName: 'Load', Value: 1, ...part },
    ];
    const call = fixture.call('PutMetricData', { Namespace: 'App', MetricData });
    await assert.rejects(call, isError(code, message), JSON.stringify(part));
  }
  const many = Array.from({ length: 1_001 }, () => ({ MetricName: 'm', Value: 1 }));
  const tooMany = fixture.call('PutMetricData', { Namespace: 'App', MetricData: many });
  await assert.rejects(tooMany, isError('InvalidParameterValue', /greater than 1000, and has 1001/));
  assert.deepEqual((await fixture.call<ListMetricsCommandOutput>('ListMetrics')).Metrics, []);
});

test("[C3] AWS's own namespaces are for the cloud itself", async () => {
  const fixture = new CloudWatchFixture();
  const input = { Namespace: 'AWS/EC2', MetricData: [{ MetricName: 'CPUUtilization', Value: 1 }] };
  await assert.rejects(fixture.call('PutMetricData', input), isError('InvalidParameterValue', /AWS\/EC2/));
  await fixture.call('PutMetricData', input, { accessKeyId: 'internal' });
  assert.equal((await fixture.call<ListMetricsCommandOutput>('ListMetrics')).Metrics?.length, 1);
});

test('[C4] GetMetricData: metrics, expressions over them, and only what is asked for', async () => {
  const fixture = new CloudWatchFixture();
  for (const value of [1, 2, 3]) await fixture.minute(value);
  const answer = await data(fixture, [
    { Id: 'm', MetricStat: load('Sum'), ReturnData: false },
    { Id: 'double', Expression: 'm * 2', Label: 'twice' },
    { Id: 'more', Expression: 'double + 1' },
    { Id: 'both', Expression: '[m, double]' },
  ]);
  assert.deepEqual(values(answer), [
    ['double', [2, 4, 6]],
    ['more', [3, 5, 7]],
    ['both', [1, 2, 3]],
    ['both', [2, 4, 6]],
  ]);
  assert.deepEqual(
    answer.MetricDataResults.map(({ Label, StatusCode }) => [Label, StatusCode]),
    [
      ['twice', 'Complete'],
      ['more', 'Complete'],
      ['Load', 'Complete'],
      ['Load', 'Complete'],
    ],
  );
  assert.deepEqual(answer.MetricDataResults[0]?.Timestamps?.[1], new Date(fixture.startMs + MINUTE));
});

test('[C4] the newest point comes first unless told', async () => {
  const fixture = new CloudWatchFixture();
  for (const value of [1, 2, 3]) await fixture.minute(value);
  const answer = await data(fixture, [{ Id: 'm', MetricStat: load('Sum') }], { ScanBy: undefined });
  assert.deepEqual(values(answer), [['m', [3, 2, 1]]]);
});

test('[C5] pages of datapoints go through all results, and give each point once', async () => {
  const fixture = new CloudWatchFixture();
  for (const value of [1, 2, 3, 4, 5]) await fixture.minute(value);
  const queries = [
    { Id: 'a', MetricStat: load('Sum') },
    { Id: 'none', MetricStat: { ...load('Sum'), Metric: { Namespace: 'App', MetricName: 'Nothing' } } },
    { Id: 'b', MetricStat: load('Maximum') },
  ];
  for (const MaxDatapoints of [1, 2, 3, 4, 5, 7, 10, 11]) {
    const seen: Record<string, number[]> = {};
    const complete: string[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      pages++;
      const answer = await data(fixture, queries, { MaxDatapoints, NextToken });
      for (const { Id, Values, StatusCode } of answer.MetricDataResults) {
        seen[Id!] = [...(seen[Id!] ?? []), ...Values!];
        if (StatusCode === 'Complete') complete.push(Id!);
      }
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    assert.deepEqual(seen, { a: [1, 2, 3, 4, 5], none: [], b: [1, 2, 3, 4, 5] }, `${MaxDatapoints} a page`);
    assert.deepEqual(complete, ['a', 'none', 'b']);
    assert.equal(pages, Math.ceil(10 / MaxDatapoints));
  }
});

test('[C6] what is wrong with queries is said by id and place', async () => {
  const fixture = new CloudWatchFixture();
  const metric = { Id: 'm', MetricStat: load('Sum') };
  const wrong: readonly (readonly [object[], string, RegExp])[] = [
    [
      [{ Id: 'e', Expression: 'm +' }],
      'ValidationError',
      /Error in expression 'e': Unexpected the end at position 4/,
    ],
    [[{ Id: 'e', Expression: 'x' }], 'ValidationError', /"x" at position 1 is no id/],
    [[metric, { Id: 'e', Expression: 'AVG(m)' }], 'ValidationError', /gives a number \(TIME_SERIES/],
    [[metric, metric], 'ValidationError', /"m" is used by two/],
    [[{ Id: 'M', MetricStat: load('Sum') }], 'ValidationError', /must begin with a lower-case letter/],
    [[{ Id: 'm' }], 'MissingParameter', /MetricStat or .*Expression/],
    [[{ Id: 'm', MetricStat: load('Median') }], 'InvalidParameterValue', /Median/],
    [[{ Id: 'm', MetricStat: load('Sum', 45) }], 'InvalidParameterValue', /Period is 45/],
    [[{ Id: 'm', Expression: 'SELECT AVG(x) FROM y' }], 'ValidationError', /Metrics Insights/],
    [[], 'ValidationError', /0 queries/],
  ];
  for (const [queries, code, message] of wrong)
    await assert.rejects(data(fixture, queries), isError(code, message), JSON.stringify(queries));
  await assert.rejects(
    data(fixture, [metric], { EndTime: new Date(fixture.startMs) }),
    isError('InvalidParameterValue', /StartTime must be less than/),
  );
  await assert.rejects(data(fixture, [metric], { NextToken: 'nonsense' }), isError('InvalidNextToken', /./));
});

test('[C7] SEARCH finds metrics by namespace, dimensions and words', async () => {
  const fixture = new CloudWatchFixture();
  const host = (Value: string): object => ({ Dimensions: [{ Name: 'Host', Value }] });
  await fixture.put(1, host('web-1'));
  await fixture.put(2, host('web-2'));
  await fixture.put(4, host('db'));
  await fixture.put(8);
  await fixture.put(16, { MetricName: 'Errors', ...host('web-1') });
  const found = async (search: string): Promise<number[]> => {
    const Expression = `SEARCH('${search}', 'Sum', 60)`;
    const answer = await data(fixture, [{ Id: 's', Expression }]);
    return answer.MetricDataResults.flatMap(({ Values }) => Values!);
  };
  assert.deepEqual(await found('{App,Host} Load'), [4, 1, 2]);
  assert.deepEqual(await found('{App,Host} MetricName="Load" web'), [1, 2]);
  assert.deepEqual(await found('{App}'), [8]);
  assert.deepEqual(await found('Host="web-1"'), [16, 1]);
  assert.deepEqual(await found('{App,Host} web-1 NOT Errors OR db'), [4, 1]);
  assert.deepEqual(await found('{App,Host} (web-1 OR db) AND Load'), [4, 1]);
  await assert.rejects(found('{App} ('), isError('ValidationError', /search/));
  const sum = await data(fixture, [{ Id: 's', Expression: `SUM(SEARCH('{App,Host} Load', 'Sum', 60))` }]);
  assert.deepEqual(values(sum), [['s', [7]]]);
});

test('[C8] GetMetricStatistics has at most 1440 points', async () => {
  const fixture = new CloudWatchFixture();
  const ask = { Namespace: 'App', MetricName: 'Load', Period: 60, Statistics: ['Sum'] };
  const range = { StartTime: new Date(fixture.startMs - 1_441 * MINUTE), EndTime: new Date(fixture.startMs) };
  const call = fixture.call('GetMetricStatistics', { ...ask, ...range });
  await assert.rejects(
    call,
    isError('InvalidParameterCombination', /up to 1441 datapoints, which exceeds the limit of 1440/),
  );
  const none = fixture.call('GetMetricStatistics', { ...ask, ...lastHour(fixture), Statistics: undefined });
  await assert.rejects(none, isError('MissingParameter', /Statistics or ExtendedStatistics/));
});

test('[C8] the start is rounded down to the minute, or to the period below a minute', async () => {
  const fixture = new CloudWatchFixture();
  await fixture.put(1, { StorageResolution: 1 });
  const ask = {
    Namespace: 'App',
    MetricName: 'Load',
    Statistics: ['Sum'],
    EndTime: new Date(fixture.startMs + MINUTE),
  };
  const first = async (Period: number, sinceMs: number): Promise<Date | undefined> => {
    const StartTime = new Date(fixture.startMs + sinceMs);
    const answer = await fixture.call<{ Datapoints: Datapoint[] }>('GetMetricStatistics', {
      ...ask,
      Period,
      StartTime,
    });
    return answer.Datapoints[0]?.Timestamp;
  };
  assert.deepEqual(await first(60, 17_000), new Date(fixture.startMs));
  assert.deepEqual(await first(10, 7_000), new Date(fixture.startMs));
  assert.equal(await first(10, 17_000), undefined);
});

test('[C9] ListMetrics: filters, pages, and only what had data lately', async () => {
  const fixture = new CloudWatchFixture();
  const listed = async (input: object): Promise<string[]> => {
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await fixture.call<ListMetricsCommandOutput>('ListMetrics', { ...input, NextToken });
      assert.ok(answer.Metrics!.length <= 500);
      names.push(...answer.Metrics!.map(({ MetricName }) => MetricName!));
      NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    return names;
  };
  for (let i = 0; i < 1_200; i += 600)
    await fixture.call('PutMetricData', {
      Namespace: 'Many',
      MetricData: Array.from({ length: 600 }, (_, k) => ({ MetricName: `m${i + k}`, Value: 1 })),
    });
  await fixture.put(1, { Dimensions: [{ Name: 'Host', Value: 'a' }] });
  await fixture.put(1, { Dimensions: [{ Name: 'Host', Value: 'b' }] });
  assert.equal(new Set(await listed({ Namespace: 'Many' })).size, 1_200);
  assert.deepEqual(await listed({ MetricName: 'm7' }), ['m7']);
  assert.equal((await listed({ Dimensions: [{ Name: 'Host' }] })).length, 2);
  assert.equal((await listed({ Dimensions: [{ Name: 'Host', Value: 'b' }] })).length, 1);
  await fixture.clock.run(4 * 60 * MINUTE);
  await fixture.put(1);
  assert.deepEqual(await listed({ RecentlyActive: 'PT3H' }), ['Load']);
  await fixture.clock.run(14 * 24 * 60 * MINUTE + MINUTE);
  assert.deepEqual(await listed({}), []);
});

test('[C10] acknowledged measurements live through a crash, those of samplers too', async () => {
  const fixture = new CloudWatchFixture();
  await fixture.cloudWatch.start();
  for (let i = 0; i < 40; i++) await fixture.minute(i);
  const metric = {
    namespace: 'AWS/EC2',
    name: 'CPUUtilization',
    dimensions: [{ name: 'InstanceId', value: 'i-1' }],
  };
  fixture.cloudWatch.putSamples([
    { metric, timeMs: fixture.clock.wallMs(), data: { type: 'value', value: 7 } },
  ]);
  const queries = [{ Id: 'm', MetricStat: load('Average') }];
  const before = values(await data(fixture, queries));
  assert.equal(before[0]?.[1].length, 40);
  await fixture.crash();
  assert.deepEqual(values(await data(fixture, queries)), before);
  await fixture.put(1_000);
  assert.equal(values(await data(fixture, queries))[0]?.[1][40], 1_000);
  assert.equal(
    (await fixture.call<ListMetricsCommandOutput>('ListMetrics', { Namespace: 'AWS/EC2' })).Metrics?.length,
    1,
  );
});

test('[C11] measurements live through a change of the speed; times stay true', async () => {
  const fixture = new CloudWatchFixture();
  for (const value of [1, 2, 3]) await fixture.minute(value);
  const queries = [{ Id: 'm', MetricStat: load('Sum') }];
  const before = await data(fixture, queries);
  for (const speed of [60, 7, 1]) {
    await fixture.crash(speed);
    await fixture.records.durable();
    assert.deepEqual(await data(fixture, queries), before, `speed ${speed}`);
  }
  assert.equal(fixture.records.table('cloudwatch/points').size, 1, 'pieces under other speeds are gone');
});
