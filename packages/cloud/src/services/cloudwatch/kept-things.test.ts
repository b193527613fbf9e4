import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlarmHistoryItem, Tag } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../contract/service.ts';
import { type CloudWatchFixture, MINUTE, started } from './testing/cloudwatch-fixture.ts';

const isError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof AwsError && error.code === code && message.test(error.message);

async function history(fixture: CloudWatchFixture, input: object = {}): Promise<(string | undefined)[]> {
  const answer = await fixture.call<{ AlarmHistoryItems: AlarmHistoryItem[] }>('DescribeAlarmHistory', {
    ...{ ScanBy: 'TimestampAscending', ...input },
  });
  return answer.AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary);
}

test('[C29] history: filters, order, pages, and after the alarm is gone and the cloud was lost', async () => {
  const fixture = await started();
  await fixture.putAlarm();
  for (const value of [9, 1, 9, 1]) await fixture.minute(value);
  await fixture.call('DeleteAlarms', { AlarmNames: ['cpu', 'unknown'] });
  await fixture.crash();
  const all = await history(fixture);
  assert.equal(all.length, 6);
  assert.deepEqual(await history(fixture, { ScanBy: 'TimestampDescending' }), all.toReversed());
  assert.deepEqual((await history(fixture, { HistoryItemType: 'StateUpdate' })).length, 4);
  const EndDate = new Date(fixture.startMs + 2 * MINUTE);
  assert.equal((await history(fixture, { EndDate })).length, 3);
  const seen: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await fixture.call<{ AlarmHistoryItems: AlarmHistoryItem[]; NextToken?: string }>(
      'DescribeAlarmHistory',
      { AlarmName: 'cpu', MaxRecords: 4, NextToken },
    );
    seen.push(...page.AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(seen, all.toReversed());
});

test('[C29] history is bounded in number and in time', async () => {
  const fixture = await started();
  await fixture.putAlarm();
  const set = (StateValue: string): Promise<unknown> =>
    fixture.call('SetAlarmState', { AlarmName: 'cpu', StateValue, StateReason: 'drill' });
  for (let i = 0; i < 600; i++) await set(i % 2 === 0 ? 'ALARM' : 'OK');
  assert.equal([...fixture.records.table('cloudwatch/history').entries()].length, 500);
  await fixture.call('DeleteAlarms', { AlarmNames: ['cpu'] });
  await fixture.clock.run(31 * 24 * 60 * MINUTE);
  assert.deepEqual(await history(fixture), []);
});

test('[C30] tags: of new alarms, changed and taken away, gone with the alarm', async () => {
  const fixture = await started();
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu';
  const tags = async (): Promise<Tag[]> =>
    (await fixture.call<{ Tags: Tag[] }>('ListTagsForResource', { ResourceARN })).Tags;
  await assert.rejects(tags(), isError('ResourceNotFoundException', /alarm:cpu/));
  await fixture.putAlarm({ Tags: [{ Key: 'a', Value: '1' }] });
  await fixture.putAlarm({ Tags: [{ Key: 'ignored', Value: '1' }] });
  await fixture.call('TagResource', { ResourceARN, Tags: [{ Key: 'b', Value: '2' }] });
  await fixture.call('UntagResource', { ResourceARN, TagKeys: ['a'] });
  assert.deepEqual(await tags(), [{ Key: 'b', Value: '2' }]);
  const own = fixture.call('TagResource', { ResourceARN, Tags: [{ Key: 'aws:x', Value: '2' }] });
  await assert.rejects(own, isError('InvalidParameterValue', /AWS's own/));
  await fixture.call('DeleteAlarms', { AlarmNames: ['cpu'] });
  await fixture.putAlarm();
  assert.deepEqual(await tags(), []);
});

test('[C31] dashboards are kept as they are', async () => {
  const fixture = await started();
  const DashboardBody = '{"widgets":[]}';
  await fixture.call('PutDashboard', {
    DashboardName: 'd1',
    DashboardBody,
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  await fixture.call('PutDashboard', { DashboardName: 'e', DashboardBody });
  await fixture.crash();
  assert.deepEqual(await fixture.call('GetDashboard', { DashboardName: 'd1' }), {
    ...{ DashboardName: 'd1', DashboardBody, DashboardArn: 'arn:aws:cloudwatch::000000000000:dashboard/d1' },
  });
  const { DashboardEntries } = await fixture.call<{
    DashboardEntries: { DashboardName: string; Size: number }[];
  }>('ListDashboards', { DashboardNamePrefix: 'd' });
  assert.deepEqual(
    DashboardEntries.map(({ DashboardName, Size }) => [DashboardName, Size]),
    [['d1', 14]],
  );
  const body = fixture.call('PutDashboard', { DashboardName: 'd', DashboardBody: '[' });
  await assert.rejects(body, isError('InvalidParameterInput', /valid JSON object/));
  const some = fixture.call('DeleteDashboards', { DashboardNames: ['d1', 'x'] });
  await assert.rejects(some, isError('DashboardNotFoundError', /Dashboard x does not exist/));
  await fixture.call('DeleteDashboards', { DashboardNames: ['d1', 'e'] });
  await assert.rejects(
    fixture.call('GetDashboard', { DashboardName: 'd1' }),
    isError('DashboardNotFoundError', /d1/),
  );
});
