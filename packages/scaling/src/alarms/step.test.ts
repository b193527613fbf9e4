import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { MetricStore } from '../metrics/metric-store.ts';
import { AlarmBench, alarmOf, type PartOfAlarm, SCALING, TOPIC } from '../testing/alarm-bench.ts';
import { oracleState } from '../testing/alarm-oracle.ts';
import type { AlarmState, MissingData } from './alarm.ts';
import { actionTaken } from './alarm-history.ts';

const MINUTE = 60_000;

test('[A2] a new alarm has insufficient data, and is looked at with the next minute', () => {
  const bench = new AlarmBench();
  bench.put({});
  assert.equal(bench.state(), 'INSUFFICIENT_DATA');
  assert.equal(bench.status().reason, 'Unchecked: Initial alarm creation');
  bench.minute(10);
  assert.equal(bench.state(), 'ALARM');
});

test('[A2] an alarm that is defined anew keeps its state', () => {
  const bench = new AlarmBench();
  bench.put({});
  bench.minute(10);
  bench.put({ threshold: 100 });
  assert.equal(bench.state(), 'ALARM');
  bench.minute(10);
  assert.equal(bench.state(), 'OK');
});

test("[A1] DynamoDB's metrics ignore what is missing, whatever the alarm says", () => {
  for (const namespace of ['AWS/DynamoDB', 'App']) {
    const bench = new AlarmBench();
    const source = { metric: { namespace, name: 'Throttles', dimensions: [] }, period: 60, statistic: 'Sum' };
    const definition = {
      ...alarmOf({ treatMissingData: 'breaching' }),
      watches: { type: 'metric', source } as const,
    };
    bench.step({ type: 'put', definition });
    bench.minute(undefined);
    assert.equal(bench.state(), namespace === 'App' ? 'ALARM' : 'INSUFFICIENT_DATA');
  }
});

test('[A3] the window slides by the minute, whatever the period', () => {
  const bench = new AlarmBench();
  bench.put({ period: 300, statistic: 'Sum', threshold: 25 });
  const states = [10, 10, 10, 0, 0, 0, 0, 0].map((value) => {
    bench.minute(value);
    return bench.state();
  });
  assert.deepEqual(states, ['OK', 'OK', 'ALARM', 'ALARM', 'ALARM', 'OK', 'OK', 'OK']);
});

test('[A3] alarms of less than a minute are looked at every ten seconds', () => {
  const bench = new AlarmBench();
  bench.put({ period: 10 });
  const states: AlarmState[] = [];
  for (const value of [1, 9, 9, 1, 1]) {
    bench.sample(value, 1);
    bench.advance(10_000);
    states.push(bench.state());
  }
  assert.deepEqual(states, ['OK', 'ALARM', 'ALARM', 'OK', 'OK']);
  assert.equal(bench.dueInMs(), 10_000);
});

test('[A3] alarms of a minute and more are looked at every minute', () => {
  const bench = new AlarmBench();
  assert.equal(bench.dueInMs(), Number.POSITIVE_INFINITY);
  bench.put({ period: 3_600 });
  bench.advance(1_234);
  assert.equal(bench.dueInMs(), MINUTE - 1_234);
});

test('[A4] an action is called once on a transition, that of the new state', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [TOPIC], okActions: [`${TOPIC}-ok`] });
  for (const value of [9, 9, 9, 1, 1]) bench.minute(value);
  assert.deepEqual(
    bench.actions.map(({ actionArn, previousState, state, repeated }) => [
      actionArn,
      previousState,
      state,
      repeated,
    ]),
    [
      [TOPIC, 'INSUFFICIENT_DATA', 'ALARM', false],
      [`${TOPIC}-ok`, 'ALARM', 'OK', false],
    ],
  );
});

test('[A5] actions of Auto Scaling are called again every minute while the alarm stays', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [SCALING, TOPIC] });
  for (const value of [9, 8, 7]) bench.minute(value);
  const told = bench.actions.map(({ actionArn, repeated, metricValue }) => [
    actionArn === SCALING,
    repeated,
    metricValue,
  ]);
  assert.deepEqual(told, [
    [true, false, 9],
    [false, false, 9],
    [true, true, 8],
    [true, true, 7],
  ]);
});

test('[A5] once a minute also where the alarm is looked at every ten seconds', () => {
  const bench = new AlarmBench();
  bench.put({ period: 10, alarmActions: [SCALING] });
  for (let i = 0; i < 13; i++) {
    bench.sample(9, 1);
    bench.advance(10_000);
  }
  assert.deepEqual(
    bench.actions.map(({ repeated }) => repeated),
    [false, true, true],
  );
});

test('[A5] after a restart they go on, without a new transition', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [SCALING, TOPIC] });
  bench.minute(9);
  const before = bench.status();
  bench.restart();
  bench.minute(9);
  assert.deepEqual(bench.status(), before);
  assert.deepEqual(
    bench.actions.map(({ repeated }) => repeated),
    [false, false, true],
  );
});

test('[A6] disabled actions are not called; enabled again, those of Auto Scaling go on', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [SCALING, TOPIC], actionsEnabled: false });
  bench.minute(9);
  assert.equal(bench.state(), 'ALARM');
  assert.deepEqual(bench.actions, []);
  bench.step({ type: 'enable-actions', names: ['cpu', 'unknown'], enabled: true });
  bench.minute(9);
  assert.deepEqual(
    bench.actions.map(({ actionArn, repeated }) => [actionArn, repeated]),
    [[SCALING, true]],
  );
});

test('[A7] a state that was set calls actions, with the value in its data, and lasts until the next look', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [SCALING] });
  bench.minute(1);
  const reasonData = JSON.stringify({ recentDatapoints: [3, 42] });
  bench.step({ type: 'set-state', name: 'cpu', state: 'ALARM', reason: 'a drill', reasonData });
  assert.equal(bench.state(), 'ALARM');
  assert.equal(bench.actions[0]?.metricValue, 42);
  bench.step({ type: 'set-state', name: 'cpu', state: 'ALARM', reason: 'again', reasonData: undefined });
  assert.equal(bench.actions.length, 1);
  bench.minute(1);
  assert.equal(bench.state(), 'OK');
});

test('[A8] silence is marked: what acts on old points or none must not take capacity away', () => {
  const bench = new AlarmBench();
  bench.put({ comparison: 'LessThanThreshold', evaluationPeriods: 3, alarmActions: [SCALING] });
  for (const value of [1, 1, 1]) bench.minute(value);
  const silent: boolean[] = [];
  for (let i = 0; i < 4; i++) {
    bench.minute(undefined);
    silent.push(bench.actions[bench.actions.length - 1]!.silent);
  }
  assert.deepEqual(silent, [false, true, true, true]);
  bench.minute(undefined);
  assert.equal(bench.state(), 'INSUFFICIENT_DATA');
});

test('[A8] also where missing points are said to breach', () => {
  const bench = new AlarmBench();
  bench.put({ comparison: 'LessThanThreshold', treatMissingData: 'breaching', alarmActions: [SCALING] });
  bench.minute(undefined);
  assert.equal(bench.state(), 'ALARM');
  assert.deepEqual([bench.actions[0]?.silent, bench.actions[0]?.metricValue], [true, undefined]);
});

test('[A9] the reason, in the words of AWS', () => {
  const bench = new AlarmBench();
  bench.put({ evaluationPeriods: 2 });
  bench.minute(9);
  bench.minute(7.5);
  assert.equal(
    bench.status().reason,
    'Threshold Crossed: 2 out of the last 2 datapoints [7.5 (01/01/26 12:01:00), 9.0 (01/01/26 12:00:00)] were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).',
  );
  assert.deepEqual(JSON.parse(bench.status().reasonData!), {
    version: '1.0',
    queryDate: '2026-01-01T12:02:00.000+0000',
    startDate: '2026-01-01T12:00:00.000+0000',
    statistic: 'Average',
    period: 60,
    recentDatapoints: [9, 7.5],
    threshold: 5,
    evaluatedDatapoints: [
      { timestamp: '2026-01-01T12:01:00.000+0000', sampleCount: 1, value: 7.5 },
      { timestamp: '2026-01-01T12:00:00.000+0000', sampleCount: 1, value: 9 },
    ],
  });
  for (let i = 0; i < 5; i++) bench.minute(undefined);
  assert.equal(bench.status().reason, 'Insufficient Data: 2 datapoints were unknown.');
  bench.put({ treatMissingData: 'breaching' });
  bench.minute(undefined);
  assert.equal(
    bench.status().reason,
    'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].',
  );
});

test('[A10] history: what was configured, what changed and what was called', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [TOPIC] });
  bench.minute(9);
  bench.step({ type: 'delete', names: ['cpu'] });
  assert.deepEqual(
    bench.history.map(({ type, summary }) => [type, summary]),
    [
      ['ConfigurationUpdate', 'Alarm "cpu" created'],
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
      ['ConfigurationUpdate', 'Alarm "cpu" deleted'],
    ],
  );
});

test('[A10] whoever carries an action out writes how it went', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [TOPIC] });
  bench.minute(9);
  const [action] = bench.actions;
  assert.equal(actionTaken(action!, 1).summary, `Successfully executed action ${TOPIC}`);
  const failed = actionTaken(action!, 1, 'no such topic');
  assert.equal(failed.summary, `Failed to execute action ${TOPIC}. Received error: "no such topic"`);
  assert.deepEqual([failed.alarmName, failed.alarmType, failed.type], ['cpu', 'MetricAlarm', 'Action']);
});

test('[A14] a clock that goes back stops nothing', () => {
  const bench = new AlarmBench();
  bench.put({ alarmActions: [SCALING] });
  bench.minute(9);
  bench.advance(-3_600_000);
  for (const value of [1, 9, 9]) bench.minute(value);
  assert.deepEqual(
    bench.actions.map(({ repeated }) => repeated),
    [false, false, true],
  );
});

test('[A11] too few samples for a percentile keep the state, where it is asked for', () => {
  for (const keep of [true, false]) {
    const bench = new AlarmBench();
    bench.put({ statistic: 'p90', ...(keep ? { lowSampleCountPercentile: 'ignore' } : {}) });
    bench.minute(9);
    assert.equal(bench.state(), keep ? 'INSUFFICIENT_DATA' : 'ALARM');
    for (let i = 0; i < 100; i++) bench.sample(9);
    bench.minute(9);
    assert.equal(bench.state(), 'ALARM');
  }
});

test('[A12] an alarm on metric math', () => {
  const bench = new AlarmBench();
  bench.put({ expression: 'FILL(m, 0) * 2' });
  const states = [undefined, 2, 3].map((value) => {
    bench.minute(value);
    return bench.state();
  });
  assert.deepEqual(states, ['OK', 'OK', 'ALARM']);
  assert.equal(JSON.parse(bench.status().reasonData!).recentDatapoints[0], 6);
});

test('[A13] speed divides periods and the time between looks; times that are told stay true', () => {
  const bench = new AlarmBench(60);
  bench.put({ evaluationPeriods: 3, alarmActions: [SCALING] });
  for (let second = 0; second < 4; second++) {
    bench.sample(9);
    bench.advance(1_000);
  }
  assert.equal(bench.state(), 'ALARM');
  assert.equal(bench.status().transitionedMs - bench.startMs, 3_000);
  assert.equal(bench.actions.length, 2);
  assert.equal(bench.actions[1]?.metricTimeMs, bench.startMs + 3_000);
  assert.equal(bench.dueInMs(), 1_000);
});

test('[A14] random histories: every state of every minute is what the list of samples says', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const n = 1 + random.int(5);
    const m = 1 + random.int(n);
    const missing = random.pick<MissingData>(['missing', 'ignore', 'breaching', 'notBreaching']);
    const periodMinutes = random.pick([1, 1, 2, 5]);
    const part: PartOfAlarm = {
      ...{
        evaluationPeriods: n,
        datapointsToAlarm: m,
        treatMissingData: missing,
        period: 60 * periodMinutes,
      },
      statistic: 'Maximum',
    };
    const bench = new AlarmBench();
    bench.put(part);
    const minutes: (number | undefined)[] = [];
    let expected: AlarmState = 'INSUFFICIENT_DATA';
    for (let minute = 0; minute < 120; minute++) {
      const value = random.chance(0.35) ? undefined : random.int(10);
      bench.minute(value);
      minutes.push(value);
      const points = Array.from({ length: n + 2 }, (_, i) => {
        const end = minutes.length - (n + 1 - i) * periodMinutes;
        const inside = minutes.slice(Math.max(0, end - periodMinutes), Math.max(0, end));
        const present = inside.filter((one) => one !== undefined);
        return present.length === 0 ? undefined : Math.max(...present);
      });
      expected = oracleState({ isBreaching: (one) => one > 5, m, n, missing }, points, expected);
      assert.equal(
        bench.state(),
        expected,
        `seed ${seed}, minute ${minute}, ${m} of ${n}, ${missing}: ${points}`,
      );
    }
  }
});

test('[A2] the store is only read', () => {
  const bench = new AlarmBench(1, new MetricStore({ track: true }));
  bench.put({});
  bench.minute(9);
  bench.metrics.takeChanges();
  bench.minute(undefined);
  assert.deepEqual(bench.metrics.takeChanges(), []);
});
