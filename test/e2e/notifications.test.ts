/** Notifications of buckets with real nodes and a queue over HTTP: what was acknowledged is told, whoever dies in between. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { readKeys } from '../../packages/cli/src/credentials.ts';
import { HttpQueue } from '../../packages/node/src/events/testing/http-queue.ts';
import { runCrescendo } from './testing/child-processes.ts';
import { TestClient } from './testing/s3-client.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { UpProcess } from './testing/up-process.ts';
import { eventually } from './testing/wait.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:jobs';
const RULE = `<NotificationConfiguration><QueueConfiguration><Id>jobs</Id><Queue>${QUEUE}</Queue><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event></QueueConfiguration></NotificationConfiguration>`;

interface Told {
  readonly eventName: string;
  readonly s3: { readonly object: { readonly key: string; readonly sequencer: string } };
}

/** Without the test event. */
function told(bodies: readonly string[]): { readonly what: string; readonly sequencer: string }[] {
  return bodies.flatMap((body) => {
    const records = (JSON.parse(body) as { Records?: readonly Told[] }).Records ?? [];
    return records.map(({ eventName, s3: { object } }) => {
      const key = decodeURIComponent(object.key.replaceAll('+', ' '));
      return { what: `${eventName} ${key}`, sequencer: object.sequencer };
    });
  });
}

async function untilTold(service: HttpQueue, wanted: readonly string[]): Promise<void> {
  await eventually('every write is told', 40_000, () => {
    const found = new Set(told(service.of('jobs')).map(({ what }) => what));
    const missing = wanted.filter((what) => !found.has(what));
    if (missing.length === 0) return true;
    throw new Error(`${missing.length} are not told: ${missing.slice(0, 3).join(', ')}`);
  });
}

test('[EV6] writes are told; kill -9 of nodes while the queue is away loses nothing', async (t) => {
  const service = await HttpQueue.open();
  t.after(() => service.stop());
  const credentials = { AWS_ACCESS_KEY_ID: 'instance', AWS_SECRET_ACCESS_KEY: 'secret' };
  const environment = { AWS_ENDPOINT_URL_SQS: service.endpoint, ...credentials };
  await withCluster({ nodes: 3, environment }, async (cluster) => {
    const [first, second, third] = cluster.nodes;
    const client = cluster.client(first!);
    await client.createBucket('incoming');
    const query = { notification: '' };
    assert.equal((await client.send('PUT', '/incoming', { query, body: RULE })).status, 200);
    assert.equal(JSON.parse(service.of('jobs')[0]!).Event, 's3:TestEvent');
    assert.match(service.calls[0]!.authorization, /Credential=instance\/\d+\/us-east-1\/sqs\//);
    const put = async (key: string): Promise<string> => {
      await succeed(client, 'PUT', `/incoming/${key}`);
      return `ObjectCreated:Put ${key}`;
    };
    const wanted = [await put('two words/ä ö ü + 100%.txt')];
    await succeed(client, 'DELETE', '/incoming/two words/ä ö ü + 100%.txt');
    wanted.push('ObjectRemoved:Delete two words/ä ö ü + 100%.txt');
    await untilTold(service, wanted);

    await service.stop();
    for (let i = 0; i < 40; i++) wanted.push(await put(`key-${i}`));
    const [backlog] = await eventually('the status names the queue', 20_000, async () => {
      const { events } = await cluster.status();
      return events[0]?.failure !== undefined && events;
    });
    assert.equal(backlog?.destination, QUEUE);
    assert.ok(backlog.waiting > 0);
    await second!.kill();
    for (let i = 40; i < 60; i++) wanted.push(await put(`key-${i}`));
    await second!.start();
    await third!.kill();
    await first!.kill();
    await Promise.all([first!.start(), third!.start()]);
    await service.start();
    await untilTold(service, wanted);
    const metrics = await eventually('nothing waits', 20_000, () => waiting(cluster));
    assert.equal(metrics, 0);
  });
});

/** Events that wait, by the metrics of all nodes; undefined while there are some. */
async function waiting(cluster: TestCluster): Promise<0 | undefined> {
  let sum = 0;
  for (const node of cluster.running) {
    const answer = await fetch(`http://${node.addresses.admin}/metrics`);
    const lines = (await answer.text())
      .split('\n')
      .filter((line) => line.startsWith('crescendo_events_waiting'));
    assert.ok(lines.length > 0);
    for (const line of lines) sum += Number(line.slice(line.lastIndexOf(' ')));
  }
  return sum === 0 ? 0 : undefined;
}

test('[EV6] the queues of the local cloud are told, also of what was written while it was away', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-events-'));
  let started: UpProcess | undefined;
  t.after(async () => {
    await started?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const up = await UpProcess.start(join(folder, 'data'));
  started = up;
  const keys = (await readKeys(join(up.folder, 'credentials')))!;
  const credentials = { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey };
  const sqs = new SQSClient({ endpoint: up.endpoint, region: 'us-east-1', credentials });
  t.after(() => sqs.destroy());
  await deploy(folder, 'jobs');
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
  const client = await up.client();
  t.after(() => client.close());
  const query = { notification: '' };
  assert.match((await client.send('GET', '/incoming', { query })).body.toString(), /:jobs<\/Queue>/);
  const nowhere = RULE.replace(QUEUE, QUEUE.replace('jobs', 'none'));
  const refused = await eventually('the refusal', 30_000, async () => {
    const answer = await client.send('PUT', '/incoming', { query, body: nowhere });
    return answer.status !== 503 && answer;
  });
  assert.equal(refused.code, 'InvalidArgument');
  assert.match(refused.body.toString(), /destination queue does not exist/);

  await succeed(client, 'PUT', '/incoming/a b/ä ß.txt');
  assert.deepEqual(await receive(sqs, QueueUrl!, 2), ['ObjectCreated:Put a b/ä ß.txt', 's3:TestEvent']);

  const [node] = JSON.parse((await client.send('GET', '/_crescendo/state')).body.toString()).nodes;
  up.kill();
  await up.ended();
  const direct = new TestClient(`http://${node.advertised.s3}`, keys);
  t.after(() => direct.close());
  await succeed(direct, 'PUT', '/incoming/while away');
  await succeed(direct, 'DELETE', '/incoming/while away');
  started = await UpProcess.start(up.folder);
  const late = await receive(sqs, QueueUrl!, 2);
  assert.deepEqual(late, ['ObjectCreated:Put while away', 'ObjectRemoved:Delete while away']);
});

/** A bucket whose writes and removals go to a queue. */
async function deploy(folder: string, queue: string): Promise<void> {
  const template = join(folder, 'incoming.yaml');
  const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];
  const QueueConfigurations = events.map((Event) => ({ Event, Queue: { 'Fn::GetAtt': ['Jobs', 'Arn'] } }));
  const NotificationConfiguration = { QueueConfigurations };
  const Resources = {
    Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: queue } },
    Incoming: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'incoming', NotificationConfiguration } },
  };
  await writeFile(template, JSON.stringify({ Resources }));
  const { status, errors } = await runCrescendo(['deploy', template, `--data=${join(folder, 'data')}`]);
  assert.equal(status, 0, errors);
}

/** A store whose groups elect leaders answers 503 for a moment. */
async function succeed(client: TestClient, method: 'PUT' | 'DELETE', path: string): Promise<void> {
  await eventually(`${method} ${path}`, 30_000, async () => {
    const { status, code } = await client.send(method, path, { body: method === 'PUT' ? 'x' : '' });
    if (status >= 300) throw new Error(`${status} ${code}`);
    return true;
  });
}

/** What the queue holds, each once and in order of their texts, until there are so many. */
async function receive(sqs: SQSClient, QueueUrl: string, count: number): Promise<string[]> {
  const found = new Set<string>();
  await eventually(`${count} messages`, 40_000, async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    for (const { Body = '' } of Messages) {
      const [event] = told([Body]);
      found.add(event?.what ?? (JSON.parse(Body) as { Event: string }).Event);
    }
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({
      Id: String(i),
      ReceiptHandle: ReceiptHandle!,
    }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return found.size >= count;
  });
  return [...found].sort();
}
