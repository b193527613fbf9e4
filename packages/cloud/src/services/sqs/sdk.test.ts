/** The SDK's own client, over the wire, in both protocols: it checks the MD5s of what it sends and receives itself. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  BatchEntryIdsNotDistinct,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { seededRandom } from '@crescendo/base';
import { realClock } from '@crescendo/node/system';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { type TemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts';
import type { RequestLogEntry } from '../../wire/request-log.ts';
import { FORM, form, sendSigned } from '../../wire/testing/signed-request.ts';
import { openWire, type WireFixture } from '../../wire/testing/wire-fixture.ts';
import { createSqsService, type Sqs } from './index.ts';

let wire: WireFixture;
let sqs: Sqs;
let folder: TemporaryFolder;

before(async () => {
  folder = temporaryFolder();
  sqs = createSqsService({
    folder: folder.path,
    records: new MemoryRecords(),
    time: { clock: realClock(), speed: 1 },
    random: seededRandom(1),
    services: { call: () => Promise.reject(new Error('nobody is asked')) },
    ...{ accountId: '000000000000', region: 'us-east-1' },
    endpointUrl: () => wire.url,
  });
  wire = await openWire([sqs.service]);
  await sqs.start();
});

after(async () => {
  sqs.endWaiting();
  await wire.close();
  await sqs.stop();
  folder.remove();
});

const PROTOCOLS = {
  json: undefined,
  query: new AwsQueryProtocol({
    ...{ defaultNamespace: 'com.amazonaws.sqs', version: '2012-11-05' },
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
  }),
};

for (const [name, protocol] of Object.entries(PROTOCOLS)) {
  test(`[SQS1] the SDK's client, ${name}: queues, messages with attributes, batches, errors as its classes`, async () => {
    const client = new SQSClient({ ...wire.client, ...(protocol === undefined ? {} : { protocol }) });
    const made = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: { DelaySeconds: '0' }, tags: { a: 'b' } }),
    );
    const QueueUrl = made.QueueUrl!;
    assert.equal(QueueUrl, `${wire.url}/000000000000/${name}`);
    assert.equal((await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl, QueueUrl);
    const listed = await client.send(new ListQueuesCommand({ QueueNamePrefix: name }));
    assert.deepEqual(listed.QueueUrls, [QueueUrl]);
    assert.deepEqual((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags, { a: 'b' });
    await checkMessage(client, QueueUrl);
    await checkBatch(client, QueueUrl);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    assert.equal(Attributes?.ApproximateNumberOfMessages, '0');
    assert.equal(Attributes.QueueArn, `arn:aws:sqs:us-east-1:000000000000:${name}`);
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    await assert.rejects(client.send(new GetQueueUrlCommand({ QueueName: name })), QueueDoesNotExist);
    client.destroy();
  });
}

async function checkMessage(client: SQSClient, QueueUrl: string): Promise<void> {
  const MessageAttributes = {
    text: { DataType: 'String', StringValue: 'ä' },
    'text.number': { DataType: 'Number.int', StringValue: '7' },
    bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
  };
  const MessageSystemAttributes = { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1' } };
  const MessageBody = '<a>&"\r\n\tü😀';
  const sent = await client.send(
    new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes, MessageSystemAttributes }),
  );
  assert.match(sent.MD5OfMessageSystemAttributes ?? '', /^[0-9a-f]{32}$/);
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['text.*', 'bytes'],
      MessageSystemAttributeNames: ['AWSTraceHeader', 'SentTimestamp'],
      WaitTimeSeconds: 1,
    }),
  );
  const [message] = Messages ?? [];
  assert.equal(message?.Body, MessageBody);
  assert.equal(message.MessageId, sent.MessageId);
  assert.deepEqual(Object.keys(message.Attributes ?? {}).sort(), ['AWSTraceHeader', 'SentTimestamp']);
  assert.deepEqual(Object.keys(message.MessageAttributes ?? {}).sort(), ['bytes', 'text', 'text.number']);
  assert.deepEqual([...(message.MessageAttributes?.['bytes']?.BinaryValue ?? [])], [0, 255]);
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  const { ReceiptHandle } = message;
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 90 }));
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  await assert.rejects(
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'no handle' })),
    ReceiptHandleIsInvalid,
  );
}

async function checkBatch(client: SQSClient, QueueUrl: string): Promise<void> {
  const Entries = ['1', '2', '3'].map((Id) => ({ Id, MessageBody: `body ${Id}` }));
  const bad = { Id: 'bad', MessageBody: 'x', DelaySeconds: 901 };
  const sent = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...Entries, bad] }));
  assert.deepEqual(
    sent.Successful?.map(({ Id }) => Id),
    ['1', '2', '3'],
  );
  assert.deepEqual(
    sent.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [['bad', 'InvalidParameterValue', true]],
  );
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.equal(Messages?.length, 3);
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
    }),
  );
  assert.equal(deleted.Successful?.length, 3);
  const twice = new SendMessageBatchCommand({ QueueUrl, Entries: [Entries[0]!, Entries[0]!] });
  await assert.rejects(client.send(twice), BatchEntryIdsNotDistinct);
}

test('[SQS2] errors: in JSON by the name of the model with the older code beside it, in forms by the older code', async () => {
  const QueueUrl = `${wire.url}/000000000000/absent`;
  const json = await sendSigned(wire, {
    service: 'sqs',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
    body: JSON.stringify({ QueueUrl }),
  });
  assert.equal(json.status, 400);
  assert.equal(JSON.parse(json.text).__type, 'com.amazonaws.sqs#QueueDoesNotExist');
  assert.equal(json.headers['x-amzn-query-error'], 'AWS.SimpleQueueService.NonExistentQueue;Sender');
  const body = form('ReceiveMessage', { QueueUrl });
  const query = await sendSigned(wire, { service: 'sqs', headers: FORM, body });
  assert.equal(query.status, 400);
  assert.match(query.text, /<Code>AWS\.SimpleQueueService\.NonExistentQueue<\/Code>/);
});

test('[SQS2] a form may be posted to the URL of the queue', async () => {
  await wire.services.call('sqs', 'CreateQueue', { QueueName: 'by-path' });
  const path = '/000000000000/by-path';
  const body = form('SendMessage', { MessageBody: 'a' });
  const answer = await sendSigned(wire, { service: 'sqs', headers: FORM, path, body });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /<MD5OfMessageBody>0cc175b9c0f1b6a831c399e269772661<\/MD5OfMessageBody>/);
});

test('[SQS2] a message of 1 MiB that escaping makes six times as long arrives', async () => {
  const MessageBody = '\t'.repeat(1_048_576);
  const QueueUrl = `${wire.url}/000000000000/by-path`;
  const sent = await sendSigned(wire, {
    service: 'sqs',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({ QueueUrl, MessageBody }).replaceAll('\\t', '\\u0009'),
  });
  assert.equal(sent.status, 200, sent.text);
});

test('[SQS5] [W16] a long poll whose connection is closed takes nothing', async () => {
  await wire.services.call('sqs', 'CreateQueue', { QueueName: 'left' });
  const QueueUrl = '/000000000000/left';
  const client = new SQSClient(wire.client);
  const before = wire.log.entries().filter(isPoll).length;
  const leave = new AbortController();
  const polling = client.send(
    new ReceiveMessageCommand({ QueueUrl: `${wire.url}${QueueUrl}`, WaitTimeSeconds: 20 }),
    {
      abortSignal: leave.signal,
    },
  );
  // By the time that these are answered it waits.
  for (let i = 0; i < 3; i++) await client.send(new GetQueueUrlCommand({ QueueName: 'left' }));
  leave.abort();
  await assert.rejects(polling);
  // Its end is logged as any other answer is.
  const ended = (): RequestLogEntry | undefined => wire.log.entries().filter(isPoll)[before];
  for (let i = 0; i < 1_000 && ended() === undefined; i++) await pause(20);
  assert.ok((ended()?.durationMs ?? 20_000) < 15_000, 'it has not waited to its end');
  await wire.services.call('sqs', 'SendMessage', { QueueUrl, MessageBody: 'a' });
  const { Messages } = await wire.services.call<{ Messages?: object[] }>('sqs', 'ReceiveMessage', {
    QueueUrl,
  });
  assert.equal(Messages?.length, 1);
  client.destroy();
});

function isPoll({ operation, code }: RequestLogEntry): boolean {
  return operation === 'ReceiveMessage' && code === undefined;
}
