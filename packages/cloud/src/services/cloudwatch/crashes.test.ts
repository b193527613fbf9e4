import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlarmHistoryItem, DescribeAlarmsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { seededRandom } from '@crescendo/base';
import { type CloudWatchFixture, POLICY, started, TOPIC } from './testing/cloudwatch-fixture.ts';

async function transitions(fixture: CloudWatchFixture): Promise<unknown[]> {
  const answer = await fixture.call<{ AlarmHistoryItems: AlarmHistoryItem[] }>('DescribeAlarmHistory', {
    ...{ AlarmName: 'cpu', HistoryItemType: 'StateUpdate' },
  });
  return answer.AlarmHistoryItems.map(({ HistorySummary, Timestamp }) => [HistorySummary, Timestamp]);
}

test('[C24] crashes at any moments change neither the transitions nor what is told of them', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = seededRandom(seed);
    const whole = await started();
    const broken = await started();
    const both = [whole, broken];
    for (const fixture of both)
      await fixture.putAlarm({ EvaluationPeriods: 2, AlarmActions: [POLICY, TOPIC], OKActions: [TOPIC] });
    for (let minute = 0; minute < 60; minute++) {
      const value = random.chance(0.2) ? undefined : random.int(10);
      const sampleMs = random.int(59_000) + 1;
      if (random.chance(0.3)) {
        await broken.crash();
        await broken.cloudWatch.start();
      }
      for (const fixture of both) {
        await fixture.clock.run(sampleMs);
        if (value !== undefined) await fixture.put(value);
        await fixture.clock.run(60_000 - sampleMs);
        await fixture.records.durable();
      }
    }
    assert.deepEqual(await transitions(broken), await transitions(whole), `seed ${seed}`);
    const state = async (fixture: CloudWatchFixture): Promise<DescribeAlarmsCommandOutput> =>
      fixture.call('DescribeAlarms');
    assert.deepEqual(await state(broken), await state(whole), `seed ${seed}`);
    const told = ({ events }: CloudWatchFixture): unknown[] =>
      events
        .filter(({ repeated }) => !repeated)
        .map(({ actionArn, state, timeMs }) => [actionArn, state, timeMs]);
    assert.deepEqual(told(broken), told(whole), `seed ${seed}`);
    const repeats = (fixture: CloudWatchFixture): Set<number> =>
      new Set(fixture.events.filter(({ repeated }) => repeated).map(({ timeMs }) => timeMs));
    const lost = [...repeats(whole)].filter((timeMs) => !repeats(broken).has(timeMs));
    assert.deepEqual(lost, [], `seed ${seed}: repeated actions go on`);
  }
});
