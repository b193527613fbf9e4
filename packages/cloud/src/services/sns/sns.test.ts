import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { AwsError, type RequestContext, type ServiceCaller } from '../../contract/service.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { createSnsService } from './index.ts';

/** Queues that remember what they were sent, by their name. */
class Queues implements ServiceCaller {
  readonly taken = new Map<string, { MessageBody: string; MessageAttributes: object }[]>();

  constructor(...names: string[]) {
    for (const name of names) this.taken.set(name, []);
  }

  async call<Output>(service: string, operation: string, input: object): Promise<Output> {
    assert.equal(service, 'sqs');
    const { QueueName, QueueUrl, ...rest } = input as Record<string, string>;
    const queue = this.taken.get(QueueName ?? QueueUrl ?? '');
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    if (operation === 'SendMessage') queue.push(rest as never);
    return { QueueUrl: QueueName } as Output;
  }

  bodies(name: string): unknown[] {
    return this.taken.get(name)!.map(({ MessageBody }) => JSON.parse(MessageBody));
  }
}

const CONTEXT = {
  accountId: '000000000000',
  region: 'us-east-1',
  requestId: 'r',
  accessKeyId: 'A',
  nowMs: 0,
};
const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

function world(t: TestContext, queues = new Queues('q'), records = new MemoryRecords()) {
  const clock = new ManualClock();
  const sns = createSnsService({
    records,
    clock,
    random: seededRandom(records.table('sns/subscriptions').size + 1),
    accountId: '000000000000',
    region: 'us-east-1',
    services: queues,
    confirmUrl: (token) => `http://cloud/${token}`,
  });
  t.after(() => sns.stop());
  const call = async <Output = Record<string, string>>(operation: string, input: object): Promise<Output> => {
    const output = await sns.service.operations[operation]!(input as never, CONTEXT as RequestContext);
    await records.durable();
    return output as Output;
  };
  const topic = async (Name = 'topic'): Promise<string> => (await call('CreateTopic', { Name }))['TopicArn']!;
  const refusal = async (operation: string, input: object): Promise<string> => {
    try {
      await call(operation, input);
    } catch (error) {
      if (error instanceof AwsError) return `${error.code} ${error.message}`;
      throw error;
    }
    return 'none';
  };
  return { sns, queues, records, clock, call, topic, refusal };
}

test('[O1] what is published goes to queues, in an envelope or raw, by filters over attributes and bodies', async (t) => {
  const { call, topic, queues } = world(t, new Queues('plain', 'raw', 'red', 'large'));
  const TopicArn = await topic();
  const subscribe = (name: string, Attributes: object) =>
    call('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: queueArn(name), Attributes });
  await subscribe('plain', {});
  await subscribe('raw', { RawMessageDelivery: 'true' });
  await subscribe('red', { FilterPolicy: '{"colour": ["red", {"prefix": "dark"}]}' });
  await subscribe('large', {
    FilterPolicy: '{"size": {"bytes": [{"numeric": [">", 10]}]}}',
    FilterPolicyScope: 'MessageBody',
  });
  const attribute = (StringValue: string) => ({ colour: { DataType: 'String', StringValue } });
  const { MessageId } = await call('Publish', {
    TopicArn,
    Subject: 'S',
    Message: '{"size":{"bytes":11}}',
    MessageAttributes: attribute('darkgreen'),
  });
  await call('Publish', { TopicArn, Message: '{"size":{"bytes":9}}', MessageAttributes: attribute('blue') });
  const [first] = queues.bodies('plain') as Record<string, unknown>[];
  assert.deepEqual(
    { ...first, Timestamp: undefined },
    {
      Type: 'Notification',
      MessageId,
      TopicArn,
      Subject: 'S',
      Message: '{"size":{"bytes":11}}',
      Timestamp: undefined,
      MessageAttributes: { colour: { Type: 'String', Value: 'darkgreen' } },
    },
  );
  assert.deepEqual(queues.bodies('raw'), [{ size: { bytes: 11 } }, { size: { bytes: 9 } }]);
  assert.deepEqual(queues.taken.get('raw')![0]!.MessageAttributes, attribute('darkgreen'));
  assert.deepEqual([queues.bodies('red').length, queues.bodies('large').length], [1, 1]);
});

test('[O1] a message may have a text for each protocol, and a batch tells each of its entries', async (t) => {
  const { call, topic, queues, refusal } = world(t);
  const TopicArn = await topic();
  await call('Subscribe', {
    TopicArn,
    Protocol: 'sqs',
    Endpoint: queueArn('q'),
    Attributes: { RawMessageDelivery: 'true' },
  });
  const Message = JSON.stringify({ default: '0', sqs: '1' });
  await call('Publish', { TopicArn, Message, MessageStructure: 'json' });
  const { Successful, Failed } = await call<{
    Successful: { Id: string }[];
    Failed: { Id: string; Code: string }[];
  }>('PublishBatch', {
    TopicArn,
    PublishBatchRequestEntries: [
      { Id: 'a', Message: '2' },
      { Id: 'b', Message: '' },
    ],
  });
  assert.deepEqual(
    [Successful.map(({ Id }) => Id), Failed.map(({ Id, Code }) => `${Id} ${Code}`)],
    [['a'], ['b InvalidParameter']],
  );
  assert.deepEqual(queues.bodies('q'), [1, 2]);
  assert.match(
    await refusal('Publish', { TopicArn, Message: '{}', MessageStructure: 'json' }),
    /No default entry/,
  );
});

test('[O2] a queue that takes nothing leaves the message to the queue for dead letters', async (t) => {
  const { call, topic, queues } = world(t, new Queues('dead'));
  const TopicArn = await topic();
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead') });
  await call('Subscribe', {
    TopicArn,
    Protocol: 'sqs',
    Endpoint: queueArn('gone'),
    Attributes: { RedrivePolicy },
  });
  await call('Publish', { TopicArn, Message: 'm' });
  assert.equal((queues.bodies('dead')[0] as Record<string, unknown>)['Message'], 'm');
});

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, string>;
}

/** A server that refuses the first requests and keeps what it was sent. */
async function receiver(
  t: TestContext,
  refusals = 0,
): Promise<{ url: string; got: Got[]; comes: (count: number) => Promise<void> }> {
  const got: Got[] = [];
  let told = (): void => {};
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => (text += piece));
    request.on('end', () => {
      const refuses = refusals-- > 0;
      if (!refuses) got.push({ headers: request.headers, body: JSON.parse(text) as Record<string, string> });
      response.writeHead(refuses ? 500 : 200).end();
      told();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const comes = async (count: number): Promise<void> => {
    while (got.length < count) await new Promise<void>((resolve) => (told = resolve));
  };
  return { url: `http://127.0.0.1:${port}/`, got, comes };
}

test('[O3] an endpoint of HTTP confirms, then gets messages, tried again until it takes them', async (t) => {
  const { sns, call, topic, records } = world(t);
  await sns.start();
  const { url, got, comes } = await receiver(t, 3);
  const TopicArn = await topic();
  const answer = await call('Subscribe', { TopicArn, Protocol: 'http', Endpoint: url });
  assert.equal(answer['SubscriptionArn'], 'pending confirmation');
  await call('Publish', { TopicArn, Message: 'before' });
  await comes(1);
  assert.equal(got[0]!.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation');
  assert.equal(got[0]!.body['SubscribeURL'], `http://cloud/${got[0]!.body['Token']}`);
  sns.confirm(got[0]!.body['Token']!);
  await call('Publish', { TopicArn, Message: 'after' });
  await comes(2);
  assert.equal(got[1]!.body['Message'], 'after');
  assert.equal(got[1]!.headers['x-amz-sns-topic-arn'], TopicArn);
  // The endpoint has it a moment before the cloud knows.
  while (records.table('sns/deliveries').size > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.throws(() => sns.confirm('nope'), /Token/);
});

test('[O3] what was not delivered before a stop is delivered after the next start', async (t) => {
  const first = world(t);
  const TopicArn = await first.topic();
  const { url, got, comes } = await receiver(t);
  await first.call('Subscribe', { TopicArn, Protocol: 'http', Endpoint: url });
  assert.equal(got.length, 0);
  const second = world(t, new Queues(), first.records.afterCrash());
  await second.sns.start();
  await comes(1);
  assert.equal(got[0]!.body['Type'], 'SubscriptionConfirmation');
});

test('[O4] what cannot be is refused, and what reaches nobody here is kept and gets nothing', async (t) => {
  const { call, topic, refusal } = world(t);
  const TopicArn = await topic();
  assert.match(
    await refusal('CreateTopic', { Name: 'x.fifo' }),
    /^InvalidParameter .*FIFO topics are not done/,
  );
  assert.match(await refusal('CreateTopic', { Name: 'a b' }), /Topic Name/);
  assert.match(
    await refusal('CreateTopic', { Name: 'topic', Attributes: { DisplayName: 'd' } }),
    /already exists with different/,
  );
  assert.match(
    await refusal('Subscribe', { TopicArn, Protocol: 'lambda', Endpoint: 'arn' }),
    /"lambda" is not done.*sqs, http, https/,
  );
  assert.match(await refusal('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: 'q' }), /none of sqs/);
  const Attributes = { FilterPolicy: '{"a": [{"cidr": "10.0.0.0/8"}]}' };
  assert.match(
    await refusal('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes }),
    /"cidr" is not done/,
  );
  assert.match(
    await refusal('Publish', { TopicArn: `${TopicArn}x`, Message: 'm' }),
    /^NotFound Topic does not exist/,
  );
  assert.match(await refusal('Publish', { PhoneNumber: '+1', Message: 'm' }), /telephones are not done/);
  await call('Subscribe', { TopicArn, Protocol: 'email', Endpoint: 'a@example.com' });
  await call('Publish', { TopicArn, Message: 'm' });
  const { Subscriptions } = await call<{ Subscriptions: { SubscriptionArn: string }[] }>(
    'ListSubscriptions',
    {},
  );
  assert.deepEqual(
    Subscriptions.map(({ SubscriptionArn }) => SubscriptionArn),
    ['PendingConfirmation'],
  );
  const { Attributes: shown } = await call<{ Attributes: Record<string, string> }>('GetTopicAttributes', {
    TopicArn,
  });
  assert.deepEqual([shown['SubscriptionsPending'], shown['SubscriptionsConfirmed']], ['1', '0']);
});

test('[O6] the page lists what is done', (t) => {
  const page = readFileSync(new URL('../../../../../docs/reference/sns.md', import.meta.url), 'utf8');
  const done = page.split('\n## Done\n')[1]!.split('\n## ')[0]!;
  const listed = [...done.matchAll(/^\| ([A-Z]\w+) \|/gm)].map((match) => match[1]!);
  assert.deepEqual(listed, Object.keys(world(t).sns.service.operations).sort());
});
