import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, parseJobMessage } from './job-message.ts';
import { eventRecord } from './testing/fake-services.ts';

function jobsOf(...records: unknown[]): readonly Job[] {
  const parsed = parseJobMessage(JSON.stringify({ Records: records }));
  assert.equal(parsed.kind, 'jobs');
  return parsed.kind === 'jobs' ? parsed.jobs : [];
}

test('[WJ1] each record is a job', () => {
  const jobs = jobsOf(eventRecord('a.txt'), eventRecord('b.txt', { versionId: 'v1' }));
  assert.deepEqual(
    jobs.map(({ bucket, key, region, versionId, sequencer }) => [bucket, key, region, versionId, sequencer]),
    [
      ['texts', 'a.txt', 'us-east-1', undefined, '00A1'],
      ['texts', 'b.txt', 'us-east-1', 'v1', '00A1'],
    ],
  );
});

test('[WJ2] keys are decoded', () => {
  const keys = ['na+me+%C3%BC.txt', 'a%2Bb%25.txt', 'folder/x%3Dy.txt', '%E6%9C%AC.txt'];
  assert.deepEqual(
    jobsOf(...keys.map((key) => eventRecord(key))).map(({ key }) => key),
    ['na me ü.txt', 'a+b%.txt', 'folder/x=y.txt', '本.txt'],
  );
});

test('[WJ3] the event that tries a queue out is told apart', () => {
  const body = { Service: 'Amazon S3', Event: 's3:TestEvent', Time: '2030-01-01T00:00:00Z', Bucket: 'texts' };
  assert.deepEqual(parseJobMessage(JSON.stringify(body)), { kind: 'test' });
});

test('[WJ3] what is no event is said to be none, with the reason', () => {
  const reasons: readonly (readonly [string, RegExp])[] = [
    ['hello', /not JSON/],
    ['', /not JSON/],
    ['null', /no list of Records/],
    ['{"Records":{}}', /no list of Records/],
    ['{"Records":[]}', /empty/],
    ['{"Records":[7]}', /eventSource is undefined/],
    [JSON.stringify({ Records: [{ eventSource: 'aws:sns' }] }), /eventSource is "aws:sns"/],
    [
      JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName: 'ObjectRemoved:Delete' }] }),
      /ObjectRemoved/,
    ],
    [JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }] }), /bucket/],
    [JSON.stringify({ Records: [eventRecord('')] }), /key is missing/],
    [JSON.stringify({ Records: [eventRecord('%E0%A4%A.txt')] }), /cannot be decoded/],
  ];
  for (const [body, reason] of reasons) {
    const parsed = parseJobMessage(body);
    assert.equal(parsed.kind, 'foreign', body);
    assert.match(parsed.kind === 'foreign' ? parsed.reason : '', reason);
  }
});

test('[WJ3] records that are no jobs do not hold up those beside them', () => {
  const parsed = parseJobMessage(JSON.stringify({ Records: [{ eventSource: 'x' }, eventRecord('a.txt')] }));
  assert.equal(parsed.kind, 'jobs');
  assert.deepEqual(parsed.kind === 'jobs' && [parsed.jobs.length, parsed.ignored.length], [1, 1]);
});
