import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Clock } from '@crescendo/base';
import { startCloud } from '@crescendo/cloud';
import type { ConsoleView, Part, StoreState } from '@crescendo/console';
import { realClock } from '@crescendo/node';
import { showConsole } from '../commands/console.ts';
import { readOrMakeSecret } from '../credentials.ts';
import { dataFolderPaths } from '../data-folder.ts';
import { writeEndpoint } from '../local/endpoint-file.ts';
import { memoryTerminal } from '../testing/memory-terminal.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { alarmViews } from './alarm-views.ts';
import { partOf } from './cloud-pages.ts';
import { periodAt } from './metric-charts.ts';
import { StoreWatch } from './store-watch.ts';
import { ViewSource } from './view-source.ts';

const STATE: StoreState = {
  partitions: 4,
  nodes: [],
  replication: { factor: 3, possible: 3, underReplicatedPartitions: 0, movingPartitions: 0 },
  events: [],
};
const KEYS = { accessKeyId: 'AKIACONSOLETEST', secretAccessKey: 'a secret' };

async function cloudFor(t: TestContext) {
  const cloud = await startCloud({
    dataDir: join(await temporaryFolder(t), 'cloud'),
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [KEYS],
    devKeys: false,
    log: () => {},
  });
  t.after(() => cloud.stop());
  return cloud;
}

type Call = (service: string, operation: string, input: object) => Promise<unknown>;

function itemsOf<T>(part: Part<T>): readonly T[] {
  assert.ok('items' in part, JSON.stringify(part));
  return part.items;
}

async function makeGroup(call: Call): Promise<void> {
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'small',
    LaunchTemplateData: { ImageId: 'ami-minimal', InstanceType: 't3.nano' },
  });
  await call('autoscaling', 'CreateAutoScalingGroup', {
    ...{ AutoScalingGroupName: 'web', MinSize: 0, MaxSize: 4, DesiredCapacity: 0 },
    LaunchTemplate: { LaunchTemplateName: 'small' },
    AvailabilityZones: ['us-east-1a'],
  });
  await call('autoscaling', 'EnableMetricsCollection', {
    AutoScalingGroupName: 'web',
    Granularity: '1Minute',
  });
}

async function makeAlarms(call: Call): Promise<void> {
  const policy = (await call('autoscaling', 'PutScalingPolicy', {
    ...{ AutoScalingGroupName: 'web', PolicyName: 'more', AdjustmentType: 'ChangeInCapacity' },
    ScalingAdjustment: 1,
  })) as { PolicyARN: string };
  const common = { EvaluationPeriods: 3, ComparisonOperator: 'GreaterThanThreshold', Threshold: 70 };
  await call('monitoring', 'PutMetricAlarm', {
    ...{ ...common, AlarmName: 'plain', Namespace: 'Test', MetricName: 'Load', Statistic: 'Maximum' },
    ...{ Period: 60, DatapointsToAlarm: 2, AlarmActions: [policy.PolicyARN] },
  });
  const stat = { Metric: { Namespace: 'Test', MetricName: 'Load' }, Period: 60, Stat: 'Average' };
  await call('monitoring', 'PutMetricAlarm', {
    ...{ ...common, AlarmName: 'worked out', ActionsEnabled: false },
    AlarmActions: ['arn:aws:sns:us-east-1:000000000000:told'],
    Metrics: [
      { Id: 'twice', Expression: 'm * 2', ReturnData: true },
      { Id: 'm', MetricStat: stat, ReturnData: false },
    ],
  });
  const Timestamp = new Date(Date.now() - 180_000);
  await call('monitoring', 'PutMetricData', {
    Namespace: 'Test',
    MetricData: [{ MetricName: 'Load', Value: 21, Timestamp }],
  });
}

async function makeQueues(call: Call): Promise<void> {
  for (let i = 0; i < 52; i++) await call('sqs', 'CreateQueue', { QueueName: `queue-${100 + i}` });
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:queue-101';
  const { QueueUrl } = (await call('sqs', 'GetQueueUrl', { QueueName: 'queue-100' })) as { QueueUrl: string };
  await call('sqs', 'SetQueueAttributes', {
    QueueUrl,
    Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: '2' }) },
  });
  for (const MessageBody of ['a', 'b']) await call('sqs', 'SendMessage', { QueueUrl, MessageBody });
}

test('[LOC9] the picture has what the services hold, bounded, with how much more there is', async (t) => {
  const { services, endpoint } = await cloudFor(t);
  const call: Call = (service, operation, input) => services.call(service, operation, input);
  await makeGroup(call);
  await makeAlarms(call);
  await makeQueues(call);
  await call('dynamodb', 'CreateTable', {
    ...{ TableName: 'words', BillingMode: 'PAY_PER_REQUEST' },
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
  });
  const TemplateBody = '{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}';
  await call('cloudformation', 'CreateStack', { StackName: 'told', TemplateBody });
  const cluster = async () => STATE;
  const source = new ViewSource({ services, endpoint, version: '1', speed: 1, cluster, clock: realClock() });
  const view = await source.view();
  assertHas(view);
  assert.equal(await source.view(), view, 'who asks at once gets the same picture');
});

function assertHas(view: ConsoleView): void {
  assert.deepEqual(view.store.answer?.state, STATE);
  const [group] = itemsOf(view.groups);
  assert.deepEqual([group?.name, group?.min, group?.desired, group?.max], ['web', 0, 0, 4]);
  assert.deepEqual(
    group?.sizes?.lines.map(({ name, points }) => [name, points.at(-1)?.[1]]),
    [
      ['wanted', 0],
      ['in service', 0],
    ],
  );
  const [plain, worked] = itemsOf(view.alarms);
  assert.equal(plain?.condition, 'Maximum of Load > 70 for 2 of 3 x 60 s');
  assert.deepEqual(plain?.calls, ['policy more of web']);
  assert.deepEqual([plain?.chart?.threshold, plain?.chart?.lines[0]?.points[0]?.[1]], [70, 21]);
  assert.equal(worked?.condition, 'm * 2 > 70 for 3 x 60 s');
  assert.deepEqual(worked?.calls, ['topic told (switched off)']);
  assert.equal(worked?.chart?.lines[0]?.points[0]?.[1], 42);
  const [queue] = itemsOf(view.queues);
  assert.deepEqual(
    [queue?.name, queue?.waiting, queue?.dead],
    ['queue-100', 2, { queue: 'queue-101', waiting: 0 }],
  );
  assert.ok('items' in view.queues);
  assert.deepEqual([view.queues.items.length, view.queues.more], [50, 2]);
  assert.deepEqual(
    itemsOf(view.tables).map(({ name, itemCount }) => [name, itemCount]),
    [['words', 0]],
  );
  assert.deepEqual(
    itemsOf(view.stacks).map(({ name }) => name),
    ['told'],
  );
}

test('[LOC9] what cannot be read is told in its place', async () => {
  const read = () => Promise.reject(new Error('the disk refuses'));
  assert.deepEqual(await partOf(5, read, (item) => item), { failure: 'the disk refuses' });
  const gone = (item: number) => (item === 2 ? Promise.reject(new Error('it is gone')) : item);
  assert.deepEqual(await partOf(3, async () => [1, 2, 3, 4], gone), { items: [1, 3], more: 2 });
  assert.deepEqual(await partOf(3, async () => [2], gone), { failure: 'it is gone' });
  assert.deepEqual(await partOf(3, async () => [], gone), { items: [], more: 0 });
});

test('[LOC9] an alarm is shown without its chart where its metrics cannot be read', async () => {
  const alarm = {
    ...{ AlarmName: 'odd', StateValue: 'OK', StateUpdatedTimestamp: new Date(5_000), EvaluationPeriods: 1 },
    ...{ ComparisonOperator: 'LessThanThreshold', Threshold: 1, Period: 60 },
  };
  const services = {
    call: async <T>(_service: string, operation: string): Promise<T> => {
      if (operation === 'GetMetricData') throw new Error('no such expression');
      return { MetricAlarms: [alarm] } as T;
    },
  };
  const [shown] = itemsOf(await alarmViews({ services, nowMs: 10_000, speed: 1 }));
  assert.deepEqual([shown?.name, shown?.sinceMs, shown?.chart], ['odd', 5_000, undefined]);
});

test('[LOC9] a chart is read by periods that CloudWatch knows, as long as one lasts or longer', () => {
  const periods = [
    [60, 1],
    [60, 10],
    [60, 60],
    [300, 2],
    [10, 1],
  ].map(([seconds, speed]) => periodAt(seconds!, speed!));
  assert.deepEqual(periods, [60, 10, 1, 180, 10]);
});

/** Time that passes by being told; whoever waits does not. */
function impatientClock(): Clock & { pass(ms: number): void } {
  let nowMs = 1_000_000;
  return {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    setTimer: (_delayMs, callback) => {
      queueMicrotask(() => setImmediate(callback));
      return { cancel: () => {} };
    },
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

test('[LOC10] a store that hangs or fails is told as silent, with what it said last', async () => {
  const clock = impatientClock();
  let answer: () => Promise<StoreState> = async () => STATE;
  let asked = 0;
  const watch = new StoreWatch(() => {
    asked++;
    return answer();
  }, clock);
  const last = { state: STATE, atMs: clock.wallMs() };
  assert.deepEqual(await watch.look(), { answer: last });
  const hung = Promise.withResolvers<StoreState>();
  answer = () => hung.promise;
  clock.pass(4_000);
  assert.deepEqual(await watch.look(), { answer: last }, 'a slow answer is waited for');
  clock.pass(2_000);
  assert.deepEqual(await watch.look(), {
    answer: last,
    silence: 'It was asked and has not said anything yet.',
  });
  assert.equal(asked, 2, 'it is not asked again while it has not answered');
  hung.reject(new Error('no node answers'));
  await watch.look();
  answer = () => Promise.reject(new Error('no node answers'));
  assert.deepEqual(await watch.look(), { answer: last, silence: 'no node answers' });
  answer = async () => STATE;
  await watch.look();
  assert.equal((await watch.look()).silence, undefined);
});

test('[LOC8] the address of the console is printed with the key of the data folder', async (t) => {
  const data = await temporaryFolder(t);
  const context = { environment: {}, signal: new AbortController().signal };
  await assert.rejects(
    showConsole({ data }, { ...context, terminal: memoryTerminal() }),
    /no console has run on the data folder .* "npm start"/,
  );
  const paths = dataFolderPaths(data);
  const key = await readOrMakeSecret(paths.consoleKey);
  assert.equal(statSync(paths.consoleKey).mode & 0o777, 0o600);
  await writeEndpoint(paths.endpoint, 'http://127.0.0.1:4566');
  const address = `http://127.0.0.1:4566/_console?key=${key}`;
  const terminal = memoryTerminal();
  assert.equal(await showConsole({ data }, { ...context, terminal }), 0);
  assert.equal(terminal.output(), `${address}\n`);
  const json = memoryTerminal();
  await showConsole({ data, json: true }, { ...context, terminal: json });
  assert.deepEqual(JSON.parse(json.output()), { console: address });
});
