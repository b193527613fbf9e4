import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Job } from '../job-message.ts';
import { PermanentFailure } from '../permanent-failure.ts';
import { named } from '../testing/fake-services.ts';
import { DynamoResultTable } from './dynamo-result-table.ts';
import { SqsJobQueue } from './sqs-job-queue.ts';
import { SqsResultQueue } from './sqs-result-queue.ts';

const JOB: Job = { bucket: 'texts', key: 'a.txt', region: 'us-east-1', sequencer: '00B2', record: {} };

interface Sent {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A client whose `send` is ours: nothing leaves the process. */
function answering<T extends SQSClient | DynamoDBClient>(client: T, answer: (sent: Sent) => unknown) {
  const sent: Sent[] = [];
  Object.assign(client, {
    send: async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
      const one = { name: command.constructor.name, input: command.input as Sent['input'] };
      sent.push(one);
      return answer(one) ?? {};
    },
  });
  return { client, sent };
}

function throwing(error: Error): () => never {
  return () => {
    throw error;
  };
}

const sqs = (answer: (sent: Sent) => unknown) => answering(new SQSClient({ region: 'us-east-1' }), answer);
const dynamo = (answer: (sent: Sent) => unknown) =>
  answering(new DynamoDBClient({ region: 'us-east-1' }), answer);

test('[WK2] one message is asked for at a time, in long polls', async () => {
  const { client, sent } = sqs(() => ({
    Messages: [
      { MessageId: 'm', Body: 'b', ReceiptHandle: 'r', Attributes: { ApproximateReceiveCount: '2' } },
    ],
  }));
  const queue = new SqsJobQueue(client, { url: 'http://q/1/jobs', visibilitySeconds: 60 });
  assert.deepEqual(await queue.receive(), { id: 'm', body: 'b', receipt: 'r', receiveCount: 2 });
  const { MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout } = sent[0]!.input;
  assert.deepEqual([MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout], [1, 5, 60]);
});

test('[WK6] the queue itself says where its dead letters lie', async () => {
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead',
    maxReceiveCount: 5,
  });
  const { client, sent } = sqs(({ name }) =>
    name === 'GetQueueUrlCommand' ? { QueueUrl: 'http://q/1/dead' } : { Attributes: { RedrivePolicy } },
  );
  const queue = new SqsJobQueue(client, { url: 'http://q/1/jobs', visibilitySeconds: 60 });
  assert.equal(await queue.maxReceives(), 5);
  assert.equal(await queue.bury('body', 'no text'), true);
  const { QueueUrl, MessageBody } = sent.at(-1)!.input;
  assert.deepEqual([QueueUrl, MessageBody], ['http://q/1/dead', 'body']);
  assert.equal(sent.filter(({ name }) => name === 'GetQueueAttributesCommand').length, 1);
});

test('[WK6] a queue without a redrive policy has no dead letters', async () => {
  const queue = new SqsJobQueue(sqs(() => ({})).client, { url: 'http://q/1/jobs', visibilitySeconds: 60 });
  assert.deepEqual([await queue.bury('body', 'no text'), await queue.maxReceives()], [false, Infinity]);
});

test('[WK8] a row is written unless there is one of a newer event', async () => {
  const { client, sent } = dynamo(() => ({}));
  const words = [
    { word: 'lorem', count: 2 },
    { word: '', count: 1 },
  ];
  assert.equal(await new DynamoResultTable(client, 'wordfreq').put(JOB, words), 'written');
  assert.deepEqual(sent[0]?.input, {
    TableName: 'wordfreq',
    Item: { Filename: { S: 'texts/a.txt' }, Words: { M: { lorem: { N: '2' } } }, Sequencer: { S: '00B2' } },
    ConditionExpression: 'attribute_not_exists(Sequencer) OR Sequencer <= :sequencer',
    ExpressionAttributeValues: { ':sequencer': { S: '00B2' } },
  });
});

test('[WK8] the row of a newer event stays, which is no failure', async () => {
  const refused = new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
  const table = new DynamoResultTable(dynamo(throwing(refused)).client, 'wordfreq');
  assert.equal(await table.put(JOB, []), 'superseded');
});

test('[WK6] words that fit in no row and in no message are a failure for good', async () => {
  const row = named('ValidationException', 'Item size has exceeded the maximum allowed size');
  const table = new DynamoResultTable(dynamo(throwing(row)).client, 'wordfreq');
  await assert.rejects(table.put(JOB, []), PermanentFailure);
  const message = named(
    'InvalidParameterValue',
    'One or more parameters are invalid. Message must be shorter than 1048576 bytes.',
  );
  await assert.rejects(new SqsResultQueue(sqs(throwing(message)).client, 'u').send('x'), PermanentFailure);
});

test('[WK7] a table that is gone is no failure for good', async () => {
  const gone = named('ResourceNotFoundException', 'Requested resource not found');
  const table = new DynamoResultTable(dynamo(throwing(gone)).client, 'wordfreq');
  await assert.rejects(table.put(JOB, []), { name: 'ResourceNotFoundException' });
});
