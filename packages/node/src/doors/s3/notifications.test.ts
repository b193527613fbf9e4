import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { SignedClient } from '../../testing/signed-client.ts';
import { codeOf, DoorFixture } from './testing/door-fixture.ts';

const sent: { readonly queue: string; readonly text: string }[] = [];
let failure: Error | undefined;
let fixture: DoorFixture;
let client: SignedClient;

before(async () => {
  const send = async (queue: string, text: string): Promise<void> => {
    if (failure !== undefined) throw failure;
    sent.push({ queue, text });
  };
  fixture = await DoorFixture.open({ queues: { send } });
  client = fixture.client;
});
after(() => fixture.close());
beforeEach(async () => {
  await fixture.reset();
  sent.length = 0;
  failure = undefined;
});

const arn = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

function configuration(...names: readonly string[]): string {
  const queues = names.map(
    (name) =>
      `<QueueConfiguration><Id>${name}</Id><Queue>${arn(name)}</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>${name}/</Value></FilterRule></S3Key></Filter></QueueConfiguration>`,
  );
  return `<NotificationConfiguration>${queues.join('')}</NotificationConfiguration>`;
}

const put = (body: string, headers = {}) => client.send('PUT', '/bkt?notification=', { body, headers });
const get = async (): Promise<string> => (await client.send('GET', '/bkt?notification=')).text;

test('[EV3] each new queue is sent a test event, and the configuration can be read, replaced and cleared', async () => {
  assert.equal((await put(configuration('a'))).status, 200);
  assert.equal((await put(configuration('a', 'b'))).status, 200);
  assert.deepEqual(
    sent.map(({ queue }) => queue),
    [arn('a'), arn('b')],
  );
  const told = JSON.parse(sent[0]!.text);
  assert.equal(told.Event, 's3:TestEvent');
  assert.equal(told.Bucket, 'bkt');
  const text = await get();
  assert.ok(
    text.includes(`<Queue>${arn('b')}</Queue>`) && text.includes('<Name>Prefix</Name><Value>b/</Value>'),
  );
  assert.equal((await put('<NotificationConfiguration/>')).status, 200);
  assert.ok(!(await get()).includes('Queue'));
});

test('[EV4] a queue that cannot be reached is refused and nothing changes, unless validation is skipped', async () => {
  await put(configuration('a'));
  failure = Object.assign(new Error('none'), { name: 'QueueDoesNotExist' });
  const refused = await put(configuration('gone'));
  assert.equal(codeOf(refused), '400 InvalidArgument');
  assert.match(refused.text, /Unable to validate the following destination configurations/);
  assert.ok(
    refused.text.includes('The destination queue does not exist') && refused.text.includes(arn('gone')),
  );
  assert.ok((await get()).includes(arn('a')));
  const skip = { 'x-amz-skip-destination-validation': 'true' };
  assert.equal((await put(configuration('gone'), skip)).status, 200);
  assert.ok((await get()).includes(arn('gone')));
});

test('[EV4] a door without a way to queues says what is missing', async () => {
  const lone = await DoorFixture.open();
  try {
    await lone.reset();
    const refused = await lone.client.send('PUT', '/bkt?notification=', { body: configuration('a') });
    assert.equal(codeOf(refused), '400 InvalidArgument');
    assert.match(refused.text, /AWS_ENDPOINT_URL_SQS/);
  } finally {
    await lone.close();
  }
});

test('[EV5] writes tell the store who asked for them', async () => {
  const origins: unknown[] = [];
  const memory = fixture.memory;
  fixture.replace({
    putObject: (input) => {
      origins.push([input.copied === true, input.origin]);
      return memory.putObject(input);
    },
    deleteObject: (bucket, key, conditions, origin) => {
      origins.push([key, origin]);
      return memory.deleteObject(bucket, key, conditions);
    },
  });
  const answer = await client.send('PUT', '/bkt/k', { body: 'x' });
  await client.send('PUT', '/bkt/copy', { headers: { 'x-amz-copy-source': '/bkt/k' } });
  await client.send('DELETE', '/bkt/k');
  const requestId = answer.headers['x-amz-request-id'];
  const origin = { requestId, sourceAddress: '127.0.0.1', principalId: 'AWS:AKID' };
  assert.deepEqual(origins[0], [false, origin]);
  assert.equal((origins[1] as unknown[])[0], true);
  assert.equal((origins[2] as unknown[])[0], 'k');
});
