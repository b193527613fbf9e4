import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTemplate } from '../cloud/lab-template.ts';
import { isBadSpec } from '../load/spec-error.ts';
import { policy, readFile, sourceCase, WORDFREQ } from '../testing/bench.ts';
import { parseExperiment } from './experiment-spec.ts';
import { simulate } from './simulate.ts';
import { parseVariant, variantOf } from './variants.ts';

test("[LAB8] the source's policy adds one instance at a time and a cooldown apart", async () => {
  const { fleet, metrics, activities, alarms } = await simulate(sourceCase(), policy('source'), 1);
  assert.deepEqual(
    fleet.filter(({ desired }, index) => desired !== fleet[index - 1]?.desired).map(({ desired }) => desired),
    [1, 2, 3, 2, 1],
  );
  const [first, second] = activities.filter(({ kind }) => kind === 'launch');
  assert.ok(second!.atSeconds - first!.atSeconds >= 300);
  assert.match(first!.cause, /monitor alarm lab-QueueLong-\w+ in state ALARM triggered policy lab-OneMore-/);
  assert.deepEqual([metrics.done, metrics.left, metrics.deadLettered], [120, 0, 0]);
  assert.deepEqual(
    alarms.map(({ states }) => states.map(({ state }) => state)),
    [
      ['OK', 'ALARM', 'OK'],
      ['ALARM', 'OK', 'ALARM'],
    ],
  );
  assert.equal(alarms[0]!.watches, 'Average ApproximateNumberOfMessagesVisible > 15, 1 of 1 x 300 s');
});

test('[LAB3] the same seed gives the same result, in every number', async () => {
  const run = async (seed: number) => JSON.stringify(await simulate(sourceCase(), policy('backlog'), seed));
  const [one, again, other] = [await run(5), await run(5), await run(6)];
  assert.equal(one, again);
  assert.notEqual(one, other);
});

test('[LAB3] every variant meets the same load', async () => {
  const experiment = sourceCase({ load: ['poisson:6/m'] });
  const [one, other] = [
    await simulate(experiment, policy('source'), 2),
    await simulate(experiment, policy('steps'), 2),
  ];
  assert.equal(one.metrics.arrived, other.metrics.arrived);
  assert.equal(one.load[0]!.atSeconds, other.load[0]!.atSeconds);
});

test('[LAB9] an instance works a launch and a boot delay after its order', async () => {
  const timing = { launchDelay: '40', bootDelay: '50', endDelay: '5', metricDelay: '0' };
  const { fleet, load, activities } = await simulate(sourceCase(timing), policy('steps', { OutBy: '1' }), 1);
  const orderedAt = activities.find(({ kind }) => kind === 'launch')!.atSeconds;
  const servesAt = fleet.find(({ inService }) => inService === 2)!.atSeconds;
  const worksAt = load.find(({ working }) => working === 2)!.atSeconds;
  assert.ok(Math.abs(servesAt - orderedAt - 40) < 1, `${servesAt - orderedAt}`);
  assert.ok(worksAt - orderedAt >= 90 && worksAt - orderedAt < 100, `${worksAt - orderedAt}`);
});

test('[LAB9] an instance that is told to end finishes its work before its hook is completed', async () => {
  const { metrics, activities } = await simulate(
    sourceCase({ serviceTime: '45' }),
    policy('steps', { InBelow: '20' }),
    3,
  );
  assert.ok(activities.some(({ kind }) => kind === 'terminate'));
  assert.deepEqual([metrics.done, metrics.deadLettered], [120, 0]);
});

test('[LAB10] what an alarm watches and nobody feeds is named; a trace feeds it', async () => {
  const text = WORDFREQ.text.replace(
    /MetricName: ApproximateNumberOfMessagesVisible/,
    'MetricName: UsersLoggedIn',
  );
  const source = readTemplate('users.yaml', text.replace(/Namespace: AWS\/SQS/, 'Namespace: App'));
  const variant = variantOf('users', source, {});
  const { notes } = await simulate(sourceCase(), variant, 1, { isBrief: true });
  assert.deepEqual(notes, [
    'App UsersLoggedIn (QueueName=wordfreq-jobs) has no data: nothing in this load feeds it; give it values with --metric App/UsersLoggedIn=...',
  ]);
  const fed = await simulate(sourceCase({ metric: ['App/UsersLoggedIn=100'] }), variant, 1, {
    isBrief: true,
  });
  assert.deepEqual(fed.notes, []);
  assert.equal(fed.metrics.maxFleet, 3);
});

test('[LAB11] cost is the price of the type for the time that instances ran', async () => {
  const experiment = sourceCase({ load: ['burst:1@0'], hours: '2' });
  const { metrics } = await simulate(experiment, policy('source', { InstanceType: 't3.micro' }), 1);
  assert.equal(metrics.instanceHours, 2);
  assert.ok(Math.abs(metrics.dollars - 2 * 0.0104) < 1e-9);
});

test('[LAB12] speed makes the same of a load that is as many times faster', async () => {
  const timing = {
    launchDelay: '0',
    bootDelay: '0',
    endDelay: '0',
    metricDelay: '0',
    start: '2026-03-02T08:00:30Z',
  };
  const slow = await simulate(sourceCase({ ...timing, serviceTime: '20' }), policy('source'), 1);
  const fast = await simulate(
    sourceCase({ ...timing, start: '2026-03-02T08:00:03Z', serviceTime: '2', speed: 10, leadIn: '10m' }),
    policy('source'),
    1,
  );
  const sizes = ({ fleet }: typeof slow): number[] => [...new Set(fleet.map(({ desired }) => desired))];
  assert.deepEqual(sizes(fast), sizes(slow));
  const ratio = slow.metrics.drainSeconds! / fast.metrics.drainSeconds!;
  assert.ok(Math.abs(ratio - 10) < 0.5, `${ratio}`);
});

test('[LAB7] a web fleet follows its processors, and requests above its capacity are counted', async () => {
  const text = WORDFREQ.text
    .replaceAll('Namespace: AWS/SQS', 'Namespace: AWS/EC2')
    .replaceAll('ApproximateNumberOfMessagesVisible', 'CPUUtilization')
    .replaceAll(
      '{ Name: QueueName, Value: wordfreq-jobs }',
      '{ Name: AutoScalingGroupName, Value: !Ref WorkerGroup }',
    )
    .replace('OutAt: 15', 'OutAt: 60');
  const variant = variantOf('web', readTemplate('web.yaml', text), {});
  const spec = { load: ['steady:20/s@0-1h', 'steady:130/s@10m-1h'], capacity: '100/s', cpuPeriod: '60' };
  const { metrics } = await simulate(parseExperiment(spec, readFile), variant, 1);
  assert.equal(metrics.maxFleet, 3);
  assert.ok(Math.abs(metrics.arrived - 462_000) < 1_000, `${metrics.arrived}`);
  assert.ok(metrics.overCapacity > 0 && metrics.overCapacity < 50 * 600, `${metrics.overCapacity}`);
});

test('[LAB8] what cannot be is refused with its place, or with what there is', async () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => parseVariant('Polcy=source', WORDFREQ, {}, readFile), /\[Polcy\] do not exist/],
    [
      () => readTemplate('x.yaml', 'Resources: {A: {Type: AWS::Nope::Nope}}'),
      /x\.yaml.*Unrecognized resource types/s,
    ],
    [() => simulate(sourceCase(), policy('nothing'), 1), /must be one of AllowedValues: \[source, tuned/],
    [
      () => simulate(sourceCase({ group: 'Web' }), policy('source'), 1),
      /no Auto Scaling group Web: its groups are WorkerGroup/,
    ],
    [
      () => simulate(sourceCase({ queue: 'mail' }), policy('source'), 1),
      /no queue mail: the template has wordfreq-jobs/,
    ],
    [() => parseExperiment({ load: ['burst:1@0'] }, readFile), /give --service-time 12 \(always\)/],
    [() => parseExperiment({ serviceTime: '1' }, readFile), /no load was given/],
  ];
  for (const [work, reason] of cases) {
    await assert.rejects(
      async () => await work(),
      (error) => isBadSpec(error) && reason.test(error.message),
      String(reason),
    );
  }
});

test('[LAB11] a run of very many jobs is summed up', async () => {
  const spec = { load: ['burst:150000@0'], serviceTime: '1ms', workers: 1_000, hours: '0.1', leadIn: '1m' };
  const { metrics } = await simulate(sourceCase(spec), policy('source'), 1, { isBrief: true });
  assert.deepEqual([metrics.arrived, metrics.done], [150_000, 150_000]);
});
