import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../errors/s3-error.ts';
import { encodeEventKey, eventMessage, testEventMessage } from './event-message.ts';
import { notificationDocument } from './notification-document.ts';
import { parseNotificationRequest, type QueueRule } from './notification-request.ts';

const JOBS = 'arn:aws:sqs:eu-west-1:123456789012:jobs';

function queue(more = '', arn = JOBS, events = ['s3:ObjectCreated:*']): string {
  const told = events.map((event) => `<Event>${event}</Event>`).join('');
  return `<QueueConfiguration><Queue>${arn}</Queue>${told}${more}</QueueConfiguration>`;
}

function filter(...rules: readonly (readonly [string, string])[]): string {
  const markup = rules.map(
    ([name, value]) => `<FilterRule><Name>${name}</Name><Value>${value}</Value></FilterRule>`,
  );
  return `<Filter><S3Key>${markup.join('')}</S3Key></Filter>`;
}

function parse(...configurations: readonly string[]): QueueRule[] {
  let made = 0;
  const root = `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`;
  return parseNotificationRequest(
    `${root}${configurations.join('')}</NotificationConfiguration>`,
    () => `id-${++made}`,
  );
}

function refusal(...configurations: readonly string[]): string {
  try {
    parse(...configurations);
  } catch (thrown) {
    if (thrown instanceof S3Error) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'taken';
}

test('[V1] a configuration is read, and read back as it was put', () => {
  const rules = parse(
    queue(`<Id>one &amp; two</Id>${filter(['prefix', 'in/'], ['SUFFIX', '.jpg'])}`),
    queue(filter(['Suffix', '']), JOBS, ['s3:ObjectRemoved:Delete']),
  );
  const created = ['s3:ObjectCreated:*'];
  assert.deepEqual(rules, [
    { id: 'one & two', destination: JOBS, events: created, prefix: 'in/', suffix: '.jpg' },
    { id: 'id-1', destination: JOBS, events: ['s3:ObjectRemoved:Delete'], suffix: '' },
  ]);
  assert.deepEqual(
    parseNotificationRequest(notificationDocument(rules), () => 'new'),
    rules,
  );
  assert.deepEqual(parse(), []);
});

test('[V2] other destinations than queues, and events that never happen here, are refused by name', () => {
  assert.match(refusal('<TopicConfiguration/>'), /^NotImplemented: .*SNS topics.*Allowed are SQS queues/);
  assert.match(refusal('<CloudFunctionConfiguration/>'), /^NotImplemented: .*Lambda/);
  assert.match(refusal('<EventBridgeConfiguration/>'), /^NotImplemented: .*EventBridge/);
  assert.match(
    refusal(queue('', JOBS, ['s3:ObjectTagging:Put'])),
    /^NotImplemented: .*Allowed are s3:ObjectCreated/,
  );
  assert.match(refusal(queue('', JOBS, ['s3:Fire'])), /^InvalidArgument: A specified event is not supported/);
  assert.match(refusal('<Queues/>'), /^MalformedXML/);
});

test('[V3] ids, ARNs and filters keep to the rules of AWS', () => {
  const prefix = ['prefix', 'a'] as const;
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[queue('', 'arn:aws:sns:eu-west-1:123456789012:jobs')], /^InvalidArgument: The ARN is not well formed/],
    [[queue('', `${JOBS}.fifo`)], /^InvalidArgument: .*FIFO/],
    [[queue(filter(prefix, prefix))], /more than one prefix rule/],
    [[queue(filter(['infix', 'a']))], /either prefix or suffix/],
    [[queue(filter(['prefix', 'ä'.repeat(513)]))], /cannot exceed 1024 bytes/],
    [[queue(`<Id>${'i'.repeat(256)}</Id>`)], /at most 255/],
    [
      ['<QueueConfiguration><Event>s3:ObjectCreated:*</Event></QueueConfiguration>'],
      /MalformedXML: .*no Queue/,
    ],
    [[`<QueueConfiguration><Queue>${JOBS}</Queue></QueueConfiguration>`], /MalformedXML: .*no Event/],
    [Array(101).fill(queue()), /at most 100/],
  ];
  for (const [configurations, message] of cases) assert.match(refusal(...configurations), message);
  const removed = ['s3:ObjectRemoved:*'];
  assert.match(refusal(queue('<Id>x</Id>'), queue('<Id>x</Id>', JOBS, removed)), /IDs must be unique/);
});

test('[V4] no write may match two rules: prefixes and suffixes that overlap are refused for one kind of event', () => {
  const overlap = (a: string, b: string): boolean => /ambiguously defined/.test(refusal(a, b));
  const put = ['s3:ObjectCreated:Put'];
  assert.ok(overlap(queue(), queue()));
  assert.ok(overlap(queue(), queue('', JOBS, put)));
  assert.ok(!overlap(queue('', JOBS, put), queue('', JOBS, ['s3:ObjectCreated:Copy'])));
  assert.ok(overlap(queue(filter(['prefix', 'a'])), queue(filter(['prefix', 'ab']))));
  assert.ok(overlap(queue(filter(['prefix', 'a'])), queue(filter(['suffix', 'b']))));
  assert.ok(!overlap(queue(filter(['prefix', 'a'])), queue(filter(['prefix', 'b']))));
  assert.ok(overlap(queue(filter(['suffix', 'jpg'])), queue(filter(['suffix', 'pg']))));
  const picture = (suffix: string): string => queue(filter(['prefix', 'a'], ['suffix', suffix]));
  assert.ok(!overlap(picture('.jpg'), picture('.png')));
});

test('[V5] the message about a write has the structure of AWS', () => {
  const origin = { requestId: 'R', sourceAddress: '10.0.0.1', principalId: 'AWS:AK' };
  const event = { ruleId: 'rule', bucket: 'b', key: 'a b', timeMs: 0, index: 0x1af, origin };
  const text = eventMessage(JOBS, { ...event, name: 's3:ObjectCreated:Put', size: 3, etag: 'e' });
  const owner = JSON.parse(text).Records[0].s3.bucket.ownerIdentity.principalId;
  assert.match(owner, /^[0-9a-f]{64}$/);
  assert.deepEqual(JSON.parse(text), {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'eu-west-1',
        eventTime: '1970-01-01T00:00:00.000Z',
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:AK' },
        requestParameters: { sourceIPAddress: '10.0.0.1' },
        responseElements: { 'x-amz-request-id': 'R', 'x-amz-id-2': 'R' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'rule',
          bucket: { name: 'b', ownerIdentity: { principalId: owner }, arn: 'arn:aws:s3:::b' },
          object: { key: 'a+b', size: 3, eTag: 'e', sequencer: '0000000000000001AF' },
        },
      },
    ],
  });
  const removal = JSON.parse(eventMessage(JOBS, { ...event, name: 's3:ObjectRemoved:Delete' })).Records[0];
  assert.deepEqual(removal.s3.object, { key: 'a+b', sequencer: '0000000000000001AF' });
  assert.deepEqual(JSON.parse(testEventMessage('b', 'R', 0)), {
    ...{ Service: 'Amazon S3', Event: 's3:TestEvent', Time: '1970-01-01T00:00:00.000Z' },
    ...{ Bucket: 'b', RequestId: 'R', HostId: 'R' },
  });
});

test('[V6] keys are encoded as in forms, slashes stay; readers decode them as forms', () => {
  assert.equal(encodeEventKey('a/b c+d ü=(1)*~.txt'), 'a/b+c%2Bd+%C3%BC%3D%281%29*%7E.txt');
  for (const key of ['x y', '100%', 'ñ/日本/😀', "it's! (1)"]) {
    assert.equal(decodeURIComponent(encodeEventKey(key).replaceAll('+', ' ')), key);
  }
});
