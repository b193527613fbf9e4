import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SQSClient } from '@aws-sdk/client-sqs';
import { referenceCount } from '../counting/testing/reference-count.ts';
import { formatResult, type ResultMessage } from '../worker/job-result.ts';
import { expectedWords, findWrongWords } from './expected-words.ts';
import type { Sight } from './fleet-watch.ts';
import { reportLines, reportOf } from './load-report.ts';
import { planFiles } from './plan-files.ts';
import { ResultCollector } from './result-collector.ts';

const START_MS = Date.parse('2030-01-01T00:00:00Z');

const ACTIVITY = {
  ActivityId: 'a',
  AutoScalingGroupName: 'g',
  Cause: 'c',
  StartTime: new Date(START_MS),
  StatusCode: 'Successful',
} as const;

function result(key: string, startSeconds: number, seconds: number, status = 'success'): ResultMessage {
  return {
    Job: {
      StartedAt: new Date(START_MS + startSeconds * 1_000).toISOString(),
      Region: 'us-east-1',
      Bucket: 'texts',
      Key: key,
    },
    Words: [],
    Duration: seconds * 1e9,
    Status: status as 'success',
    StatusMessage: '',
  };
}

function sight(seconds: number, inService: number, desired = inService): Sight {
  const atMs = START_MS + seconds * 1_000;
  return { atMs, waiting: 0, inFlight: 0, dead: 0, desired, inService, instances: inService };
}

test('[WL1] copies have names of their own run, and few files are taken again', () => {
  assert.deepEqual(planFiles(['a.txt', 'b/c.txt'], 3, 'run/'), [
    { from: 'a.txt', to: 'run/a.txt' },
    { from: 'b/c.txt', to: 'run/b/c.txt' },
    { from: 'a.txt', to: 'run/again-1/a.txt' },
  ]);
  assert.deepEqual(planFiles([], 3, 'run/'), []);
});

test('[WL2] the figures are those of the results', () => {
  const report = reportOf({
    startedAtMs: START_MS,
    drainedAtMs: START_MS + 45_000,
    endedAtMs: START_MS + 60_000,
    copiedAtMs: new Map([
      ['a', START_MS + 1_000],
      ['b', START_MS + 2_000],
    ]),
    results: new Map([
      ['a', [result('a', 3, 10)]],
      ['b', [result('b', 30, 10, 'failure'), result('b', 31, 1, 'failure')]],
    ]),
    sights: [sight(0, 1), sight(10, 1, 2), sight(20, 2), sight(30, 2), sight(50, 1)],
    activities: [
      { Description: 'Terminating EC2 instance: i-2' },
      { Description: 'Launching a new EC2 instance: i-2' },
    ].map((one) => ({ ...one, ...ACTIVITY })),
  });
  assert.deepEqual([report.files, report.results, report.failures, report.repeated], [2, 2, 1, 1]);
  assert.equal(report.drainSeconds, 40);
  assert.equal(report.filesPerSecond, 0.05);
  assert.deepEqual(report.wait, { p50: 28, p95: 28, most: 28 });
  assert.deepEqual(
    report.fleet.map(({ seconds, inService, desired }) => [seconds, inService, desired]),
    [
      [0, 1, 1],
      [10, 1, 2],
      [20, 2, 2],
      [50, 1, 1],
    ],
  );
  assert.equal(report.instanceSeconds, 10 + 10 + 20 + 40);
  assert.ok(
    reportLines(report, 'not').includes(
      'fleet             1 at 0 s, 2 at 20 s, 1 at 50 s; 1 launches, 1 ends',
    ),
  );
});

test('[WL3] the count that results are checked against is another one, by the same rules', () => {
  const text =
    'Straßen ΛΟΓΟΣ! "Quoted", quoted\u2003İstanbul ..... ends. end. naïve NAÏVE\u00a0日本語 a'.repeat(3);
  const { words } = referenceCount(new TextEncoder().encode(text));
  const got = words.map(({ word, count }) => ({ Word: word, Count: count }));
  assert.equal(findWrongWords(got, expectedWords(text), 10), undefined);
  assert.match(findWrongWords(got.slice(1), expectedWords(text), 10) ?? '', /instead of/);
  assert.match(findWrongWords(got.toReversed(), expectedWords(text), 10) ?? '', /instead of/);
});

test('[WL4] results of others stay where they are', async () => {
  const bodies = [
    formatResult({
      job: { bucket: 'texts', key: 'a', region: 'r', record: {} },
      startedAtMs: 0,
      durationMs: 1,
      words: [],
    }),
    formatResult({
      job: { bucket: 'other', key: 'a', region: 'r', record: {} },
      startedAtMs: 0,
      durationMs: 1,
      words: [],
    }),
    'no result',
  ];
  const removed: unknown[] = [];
  const client = Object.assign(new SQSClient({ region: 'us-east-1' }), {
    send: async ({
      input,
    }: {
      readonly input: { readonly Entries?: readonly { ReceiptHandle: string }[] };
    }) => {
      if (input.Entries === undefined)
        return { Messages: bodies.map((Body, index) => ({ Body, ReceiptHandle: `r${index}` })) };
      removed.push(...input.Entries.map(({ ReceiptHandle }) => ReceiptHandle));
      return {};
    },
  });
  const collector = new ResultCollector(client, 'u', ({ Job }) => Job.Bucket === 'texts');
  assert.equal(await collector.collect(), 1);
  assert.deepEqual(removed, ['r0']);
  assert.deepEqual([...collector.results.keys()], ['a']);
});
