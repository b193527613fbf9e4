import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SqsFixture } from './testing/sqs-fixture.ts';

async function queueFor(t: TestContext, attributes: Record<string, string> = {}) {
  const sqs = await SqsFixture.for(t);
  return { sqs, url: await sqs.queue('q', attributes) };
}

test('[SQS7] what is no message is refused', async (t) => {
  const { sqs, url } = await queueFor(t, { MaximumMessageSize: '1024' });
  const refusal = (input: object): Promise<string> =>
    sqs.refusal('SendMessage', { QueueUrl: url, MessageBody: 'x', ...input });
  assert.match(await refusal({ MessageBody: '' }), /^MissingParameter: .*MessageBody/);
  assert.match(await refusal({ MessageBody: 'a\u0000b' }), /^InvalidMessageContents/);
  assert.match(await refusal({ MessageBody: 'a\ud800b' }), /^InvalidMessageContents/);
  assert.match(
    await refusal({ MessageBody: 'ä'.repeat(513) }),
    /^InvalidParameterValue: .*1024 bytes; it has 1026/,
  );
  assert.match(await refusal({ DelaySeconds: 901 }), /between 0 and 900/);
  assert.match(await refusal({ MessageDeduplicationId: 'x' }), /not valid for this queue type/);
  const attribute = (name: string, value: object): Promise<string> =>
    refusal({ MessageAttributes: { [name]: value } });
  assert.match(await attribute('aws.x', { DataType: 'String', StringValue: 'x' }), /aws\.x/);
  assert.match(await attribute('a..b', { DataType: 'String', StringValue: 'x' }), /a\.\.b/);
  assert.match(await attribute('a', { DataType: 'Text', StringValue: 'x' }), /Binary, Number, and String/);
  assert.match(await attribute('a', { DataType: 'Number', StringValue: 'x' }), /to a number/);
  assert.match(await attribute('a', { DataType: 'String', StringValue: '' }), /non-empty/);
  assert.match(await attribute('a', { DataType: 'Binary' }), /non-empty/);
  const many = Array.from({ length: 11 }, (_, i) => [`a${i}`, { DataType: 'String', StringValue: 'x' }]);
  assert.match(await refusal({ MessageAttributes: Object.fromEntries(many) }), /\[11\] exceeds .* \[10\]/);
  const size = { DataType: 'String', StringValue: 'x'.repeat(1_020) };
  assert.match(await refusal({ MessageAttributes: { a: size } }), /it has 1028/);
  assert.equal(await sqs.counts(url), '0 0 0');
});

test('[SQS7] FIFO queues want a group and an id', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('q.fifo');
  const refusal = (input: object): Promise<string> =>
    sqs.refusal('SendMessage', { QueueUrl: url, MessageBody: 'x', ...input });
  assert.match(await refusal({}), /^MissingParameter: .*MessageGroupId/);
  assert.match(
    await refusal({ MessageGroupId: 'g' }),
    /ContentBasedDeduplication enabled or MessageDeduplicationId/,
  );
  assert.match(await refusal({ MessageGroupId: 'a b', MessageDeduplicationId: 'd' }), /MessageGroupId/);
  assert.match(
    await refusal({ MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 1 }),
    /DelaySeconds/,
  );
});

test('[SQS7] a receive asks for 1 to 10 messages, up to 20 seconds, up to 12 hours', async (t) => {
  const { sqs, url } = await queueFor(t);
  const refusal = (input: object): Promise<string> =>
    sqs.refusal('ReceiveMessage', { QueueUrl: url, ...input });
  for (const MaxNumberOfMessages of [0, 11])
    assert.match(await refusal({ MaxNumberOfMessages }), /Must be between 1 and 10, if provided/);
  assert.match(await refusal({ WaitTimeSeconds: 21 }), /between 0 and 20/);
  assert.match(await refusal({ VisibilityTimeout: 43_201 }), /between 0 and 43200/);
  assert.match(await refusal({ ReceiveRequestAttemptId: 'x' }), /not valid for this queue type/);
  assert.match(await refusal({ MessageSystemAttributeNames: ['Colour'] }), /^InvalidAttributeName/);
});

test('[SQS7] batches have 1 to 10 entries with ids of their own, together at most 1 MiB', async (t) => {
  const { sqs, url } = await queueFor(t);
  const entries = (count: number, size = 1) =>
    Array.from({ length: count }, (_, i) => ({ Id: `e${i}`, MessageBody: 'x'.repeat(size) }));
  const refusal = (Entries: readonly object[]): Promise<string> =>
    sqs.refusal('SendMessageBatch', { QueueUrl: url, Entries });
  assert.match(await refusal([]), /^EmptyBatchRequest/);
  assert.match(await refusal(entries(11)), /^TooManyEntriesInBatchRequest: .*sent 11/);
  assert.match(await refusal(entries(2, 524_289)), /^BatchRequestTooLong: .*1048578 bytes/);
  assert.match(await refusal([{ Id: 'a b', MessageBody: 'x' }]), /^InvalidBatchEntryId/);
  assert.match(
    await refusal([
      { Id: 'a', MessageBody: 'x' },
      { Id: 'a', MessageBody: 'x' },
    ]),
    /^BatchEntryIdsNotDistinct/,
  );
  assert.equal(await sqs.counts(url), '0 0 0');
});

test('[SQS10] the handle of an earlier receive does nothing in a standard queue', async (t) => {
  const { sqs, url } = await queueFor(t);
  await sqs.send(url, 'a');
  const [first] = await sqs.receive(url);
  sqs.clock.advance(30_000);
  const [second] = await sqs.receive(url);
  await sqs.delete(url, first!);
  assert.equal(await sqs.counts(url), '0 1 0');
  const { ReceiptHandle } = first!;
  const change = { QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 };
  assert.match(
    await sqs.refusal('ChangeMessageVisibility', change),
    /not available for visibility timeout change/,
  );
  sqs.clock.advance(30_000);
  await sqs.delete(url, second!);
  assert.equal(await sqs.counts(url), '0 0 0', 'out of flight the newest handle deletes still');
  await sqs.delete(url, second!);
});

test('[SQS10] in a FIFO queue a handle ends with its visibility time', async (t) => {
  const sqs = await SqsFixture.for(t);
  const url = await sqs.queue('q.fifo', { ContentBasedDeduplication: 'true' });
  await sqs.send(url, 'a', { MessageGroupId: 'g' });
  const [message] = await sqs.receive(url);
  sqs.clock.advance(30_000);
  const { ReceiptHandle } = message!;
  assert.match(
    await sqs.refusal('DeleteMessage', { QueueUrl: url, ReceiptHandle }),
    /The receipt handle has expired/,
  );
  assert.equal(await sqs.counts(url), '1 0 0');
});

test('[SQS10] what is no handle of the queue is refused', async (t) => {
  const { sqs, url } = await queueFor(t);
  const other = await sqs.queue('other');
  await sqs.send(other, 'a');
  const [message] = await sqs.receive(other);
  for (const ReceiptHandle of ['x', message!.ReceiptHandle, `${message!.ReceiptHandle!.slice(0, -4)}AAAA`])
    assert.match(
      await sqs.refusal('DeleteMessage', { QueueUrl: url, ReceiptHandle }),
      /^ReceiptHandleIsInvalid/,
    );
});

test('[SQS11] a visibility time counts from now, and ends twelve hours after the receive', async (t) => {
  const { sqs, url } = await queueFor(t);
  await sqs.send(url, 'a');
  const [message] = await sqs.receive(url);
  const change = (VisibilityTimeout: number) => ({
    QueueUrl: url,
    ReceiptHandle: message!.ReceiptHandle,
    VisibilityTimeout,
  });
  sqs.clock.advance(20_000);
  await sqs.call('ChangeMessageVisibility', change(100));
  sqs.clock.advance(99_999);
  assert.equal(await sqs.counts(url), '0 1 0');
  assert.match(
    await sqs.refusal('ChangeMessageVisibility', change(43_200)),
    /beyond the limit \[43200 seconds\]/,
  );
  await sqs.crash();
  sqs.clock.advance(1);
  assert.equal(await sqs.counts(url), '1 0 0');
  assert.match(await sqs.refusal('ChangeMessageVisibility', change(1)), /^MessageNotInflight/);
});

test('[SQS5] [SQS11] a visibility time of zero gives the message to who waits', async (t) => {
  const { sqs, url } = await queueFor(t);
  await sqs.send(url, 'a');
  const [message] = await sqs.receive(url);
  const waiting = sqs.bodies(url, { WaitTimeSeconds: 20 });
  const { ReceiptHandle } = message!;
  await sqs.call('ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 });
  await sqs.clock.run(5);
  assert.deepEqual(await waiting, ['a']);
});

test('[SQS5] who waits gets what a delay has held back', async (t) => {
  const { sqs, url } = await queueFor(t, { DelaySeconds: '5' });
  await sqs.send(url, 'a');
  await sqs.send(url, 'b', { DelaySeconds: 0 });
  assert.deepEqual(await sqs.bodies(url), ['b']);
  const waiting = sqs.bodies(url, { WaitTimeSeconds: 20 });
  await sqs.clock.run(5_000);
  assert.deepEqual(await waiting, ['a']);
});

test('[SQS3] what was received three times goes behind the others', async (t) => {
  const { sqs, url } = await queueFor(t, { VisibilityTimeout: '0' });
  await sqs.send(url, 'poison');
  await sqs.send(url, 'good');
  const one = { MaxNumberOfMessages: 1 };
  const bodies: unknown[] = [];
  for (let i = 0; i < 4; i++) bodies.push(...(await sqs.bodies(url, one)));
  assert.deepEqual(bodies, ['poison', 'poison', 'poison', 'good']);
});

test('[SQS12] messages expire, in flight too; a purge takes what was sent before, once a minute', async (t) => {
  const { sqs, url } = await queueFor(t, { MessageRetentionPeriod: '60' });
  await sqs.send(url, 'a');
  sqs.clock.advance(59_999);
  await sqs.send(url, 'b');
  sqs.clock.advance(1);
  assert.deepEqual(await sqs.bodies(url, { VisibilityTimeout: 1_000 }), ['b']);
  await sqs.clock.run(120_000);
  assert.equal(await sqs.counts(url), '0 0 0', 'the one in flight is gone');
  await sqs.send(url, 'c');
  const sending = sqs.send(url, 'on its way to the disk');
  await sqs.call('PurgeQueue', { QueueUrl: url });
  await sending;
  await sqs.send(url, 'd');
  assert.match(await sqs.refusal('PurgeQueue', { QueueUrl: url }), /^PurgeQueueInProgress/);
  await sqs.crash();
  assert.deepEqual(await sqs.bodies(url), ['d']);
});

test('[SQS1] the attributes that are asked for are given, with their own MD5', async (t) => {
  const { sqs, url } = await queueFor(t, { VisibilityTimeout: '0' });
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  await sqs.send(url, 'a', { MessageAttributes: { 'x.one': text('1'), 'x.two': text('2'), y: text('3') } });
  const given = async (...MessageAttributeNames: string[]): Promise<string> => {
    const [message] = await sqs.receive(url, { MessageAttributeNames });
    return Object.keys(message?.MessageAttributes ?? {})
      .sort()
      .join();
  };
  assert.equal(await given(), '');
  assert.equal(await given('All'), 'x.one,x.two,y');
  assert.equal(await given('.*'), 'x.one,x.two,y');
  assert.equal(await given('x.*'), 'x.one,x.two');
  assert.equal(await given('y', 'absent'), 'y');
});

test('[SQS11] when too much is in flight a short poll is told, a long one waits, a FIFO queue gives nothing', async (t) => {
  const sqs = await SqsFixture.for(t, { maxInFlight: 2 });
  const url = await sqs.queue('q');
  for (const body of ['a', 'b', 'c']) await sqs.send(url, body);
  const [first] = await sqs.receive(url);
  assert.equal(await sqs.counts(url), '1 2 0');
  assert.match(await sqs.refusal('ReceiveMessage', { QueueUrl: url }), /^OverLimit: .*at most 2 are allowed/);
  const waiting = sqs.bodies(url, { WaitTimeSeconds: 20 });
  await sqs.delete(url, first!);
  assert.deepEqual(await waiting, ['c']);
  const fifo = await sqs.queue('q.fifo', { ContentBasedDeduplication: 'true' });
  for (const MessageGroupId of ['a', 'b', 'c']) await sqs.send(fifo, MessageGroupId, { MessageGroupId });
  assert.deepEqual(await sqs.bodies(fifo), ['a', 'b']);
  assert.deepEqual(await sqs.bodies(fifo), []);
});
