import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SqsFixture } from './testing/sqs-fixture.ts';

const ARN = 'arn:aws:sqs:us-east-1:000000000000:';

async function refused(t: TestContext, Attributes: Record<string, string>, QueueName = 'q'): Promise<string> {
  const sqs = await SqsFixture.for(t);
  return await sqs.refusal('CreateQueue', { QueueName, Attributes });
}

for (const [name, values] of Object.entries({
  DelaySeconds: ['-1', '901', 'x', '1.5', ''],
  KmsDataKeyReusePeriodSeconds: ['59', '86401'],
  MaximumMessageSize: ['1023', '1048577'],
  MessageRetentionPeriod: ['59', '1209601'],
  ReceiveMessageWaitTimeSeconds: ['21'],
  SqsManagedSseEnabled: ['maybe'],
  VisibilityTimeout: ['43201'],
  Policy: ['no policy', '{}'],
}))
  test(`[SQS7] ${name} refuses ${values.map((value) => JSON.stringify(value)).join(', ')}`, async (t) => {
    for (const value of values) {
      if (value === '' && name === 'Policy') continue;
      assert.match(await refused(t, { [name]: value }), new RegExp(`^InvalidAttributeValue: .*${name}`));
    }
  });

test('[SQS7] attributes that a queue has not got are refused by name', async (t) => {
  assert.match(await refused(t, { Colour: 'red' }), /^InvalidAttributeName: Unknown Attribute Colour/);
  assert.match(await refused(t, { ContentBasedDeduplication: 'true' }), /^InvalidAttributeName/);
  assert.match(await refused(t, { FifoQueue: 'false' }), /^InvalidAttributeName/);
  assert.match(await refused(t, { QueueArn: 'x' }), /^InvalidAttributeName/);
});

test('[SQS7] names have 1 to 80 letters, digits, hyphens and underscores; those of FIFO queues end in .fifo', async (t) => {
  for (const name of ['a b', 'ä', 'x'.repeat(81), 'a.b', 'a.fifo'])
    assert.match(await refused(t, {}, name), /^InvalidParameterValue: .*QueueName/, name);
  for (const name of ['a', '.fifo', `${'x'.repeat(76)}.fifo`])
    assert.match(await refused(t, { FifoQueue: 'true' }, name), /must end with \.fifo/, name);
});

test('[SQS7] redrive policies name a queue of the same type that allows it', async (t) => {
  const sqs = await SqsFixture.for(t);
  await sqs.queue('dead');
  await sqs.queue('closed', { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
  const allow = { redrivePermission: 'byQueue', sourceQueueArns: [`${ARN}q`] };
  await sqs.queue('choosy', { RedriveAllowPolicy: JSON.stringify(allow) });
  const create = (deadLetterTargetArn: unknown, maxReceiveCount: unknown, QueueName = 'q', more = {}) =>
    sqs.refusal('CreateQueue', {
      QueueName,
      Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }), ...more },
    });
  assert.match(await create(`${ARN}absent`, 1), /Dead letter target does not exist/);
  assert.match(await create('arn:aws:sqs:eu-west-1:000000000000:dead', 1), /does not exist/);
  assert.match(await create(undefined, 1), /mandatory attribute: deadLetterTargetArn/);
  assert.match(await create(`${ARN}dead`, undefined), /mandatory attribute: maxReceiveCount/);
  for (const count of [0, 1_001, 'x', 1.5]) assert.match(await create(`${ARN}dead`, count), /1 to 1000/);
  assert.match(await create(`${ARN}closed`, 1), /not allowed by the RedriveAllowPolicy/);
  assert.match(await create(`${ARN}choosy`, 1, 'other'), /not allowed by the RedriveAllowPolicy/);
  assert.match(await create(`${ARN}dead`, 1, 'a.fifo', { FifoQueue: 'true' }), /same type/);
  const good = JSON.stringify({ deadLetterTargetArn: `${ARN}choosy`, maxReceiveCount: '7' });
  const url = await sqs.queue('q', { RedrivePolicy: good });
  assert.deepEqual(JSON.parse((await sqs.attribute(url, 'RedrivePolicy'))!), {
    deadLetterTargetArn: `${ARN}choosy`,
    maxReceiveCount: 7,
  });
  const choosy = await sqs.call<{ QueueUrl: string }>('GetQueueUrl', { QueueName: 'choosy' });
  const sources = await sqs.call<{ queueUrls: string[] }>('ListDeadLetterSourceQueues', choosy);
  assert.deepEqual(sources.queueUrls, [url]);
  await sqs.call('SetQueueAttributes', { QueueUrl: url, Attributes: { RedrivePolicy: '' } });
  assert.equal(await sqs.attribute(url, 'RedrivePolicy'), undefined);
});

test('[SQS1] a queue tells all of itself, and the same queue may be made again', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('q', { VisibilityTimeout: '7', KmsMasterKeyId: 'alias/own' });
  const input = { QueueUrl: url, AttributeNames: ['All'] };
  const { Attributes } = await sqs.call<{ Attributes: object }>('GetQueueAttributes', input);
  const atSeconds = String(Math.floor(sqs.clock.wallMs() / 1_000));
  assert.deepEqual(Attributes, {
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    CreatedTimestamp: atSeconds,
    DelaySeconds: '0',
    KmsDataKeyReusePeriodSeconds: '300',
    KmsMasterKeyId: 'alias/own',
    LastModifiedTimestamp: atSeconds,
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: '345600',
    QueueArn: `${ARN}q`,
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'false',
    VisibilityTimeout: '7',
  });
  assert.equal(await sqs.queue('q'), url);
  assert.equal(await sqs.queue('q', { VisibilityTimeout: '7', DelaySeconds: '0' }), url);
  assert.match(
    await sqs.refusal('CreateQueue', { QueueName: 'q', Attributes: { VisibilityTimeout: '8' } }),
    /^QueueNameExists: .*VisibilityTimeout/,
  );
  assert.match(
    await sqs.refusal('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Nothing'] }),
    /^InvalidAttributeName/,
  );
  assert.deepEqual(await sqs.call('GetQueueAttributes', { QueueUrl: url }), {});
});

test('[SQS4] queues, attributes and tags survive a crash; deleted ones and their messages do not come back', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('kept', { DelaySeconds: '3' });
  await sqs.call('TagQueue', { QueueUrl: url, Tags: { a: '1', b: '2' } });
  await sqs.call('UntagQueue', { QueueUrl: url, TagKeys: ['b'] });
  const gone = await sqs.queue('gone');
  await sqs.send(gone, 'x');
  await sqs.call('DeleteQueue', { QueueUrl: gone });
  await sqs.queue('gone');
  await sqs.crash();
  assert.equal(await sqs.attribute(url, 'DelaySeconds'), '3');
  assert.deepEqual(await sqs.call('ListQueueTags', { QueueUrl: url }), { Tags: { a: '1' } });
  assert.equal(await sqs.counts(gone), '0 0 0');
});

test('[SQS7] queues are listed by prefix, page by page', async (t) => {
  const sqs = await SqsFixture.for(t);
  for (const name of ['a1', 'a2', 'a3', 'b']) await sqs.queue(name);
  type Page = { QueueUrls: string[]; NextToken?: string };
  const names = ({ QueueUrls }: Page) => QueueUrls.map((url) => url.split('/').at(-1)).join();
  assert.equal(names(await sqs.call<Page>('ListQueues', {})), 'a1,a2,a3,b');
  const first = await sqs.call<Page>('ListQueues', { QueueNamePrefix: 'a', MaxResults: 2 });
  assert.equal(names(first), 'a1,a2');
  const { NextToken } = first;
  const second = await sqs.call<Page>('ListQueues', { QueueNamePrefix: 'a', MaxResults: 2, NextToken });
  assert.equal(names(second), 'a3');
  assert.equal(second.NextToken, undefined);
});

test('[SQS7] permissions are statements of the policy', async (t) => {
  const sqs = await SqsFixture.for(t);
  const QueueUrl = await sqs.queue('q');
  const permission = { QueueUrl, Label: 'them', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'] };
  await sqs.call('AddPermission', permission);
  assert.deepEqual(JSON.parse((await sqs.attribute(QueueUrl, 'Policy'))!), {
    Version: '2008-10-17',
    Id: `${ARN}q/SQSDefaultPolicy`,
    Statement: [
      {
        Sid: 'them',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111111111111:root' },
        Action: 'SQS:SendMessage',
        Resource: `${ARN}q`,
      },
    ],
  });
  assert.match(await sqs.refusal('AddPermission', permission), /Label is invalid. Reason: Already exists/);
  assert.match(await sqs.refusal('AddPermission', { ...permission, Label: 'b', Actions: ['Fly'] }), /Fly/);
  await sqs.call('RemovePermission', { QueueUrl, Label: 'them' });
  assert.equal(await sqs.attribute(QueueUrl, 'Policy'), undefined);
  assert.match(await sqs.refusal('RemovePermission', { QueueUrl, Label: 'them' }), /can't find label/);
});
