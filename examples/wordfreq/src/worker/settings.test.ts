import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickDelayMs } from './delay.ts';
import { readWorkerSettings } from './settings.ts';

const LEAST = {
  WORKER_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/jobs',
  WORKER_RESULT_QUEUE_URL: 'http://127.0.0.1:4566/000000000000/results',
  WORKER_RESULT_TABLENAME: 'wordfreq',
  AWS_REGION: 'eu-central-1',
};

test('[WS1] the original settings are enough; the rest has defaults', () => {
  const settings = readWorkerSettings(LEAST);
  assert.equal(settings.visibilitySeconds, 60);
  assert.ok(settings.workers >= 1);
  assert.deepEqual(settings.delaySeconds, { from: 0, to: 0 });
  assert.deepEqual([settings.rules, settings.top], ['classic', 10]);
});

test('[WS1] an empty variable counts as not set', () => {
  assert.equal(readWorkerSettings({ ...LEAST, WORKER_MESSAGE_VISIBILITY: ' ' }).visibilitySeconds, 60);
});

test('[WS2] everything that is wrong is said at once', () => {
  const wrong = {
    WORKER_QUEUE_URL: 'jobs',
    WORKER_COUNT: 'many',
    WORKER_DELAY: '19-10',
    WORKER_RULES: 'modern',
    WORKER_MESSAGE_VISIBILITY: '50000',
  };
  assert.throws(() => readWorkerSettings(wrong), {
    name: 'SettingsError',
    message: [
      'WORKER_QUEUE_URL is "jobs"; give the URL of a queue',
      'WORKER_RESULT_QUEUE_URL is not set',
      'WORKER_RESULT_TABLENAME is not set',
      'AWS_REGION is not set',
      'WORKER_MESSAGE_VISIBILITY is "50000"; give a whole number from 2 to 43200',
      'WORKER_COUNT is "many"; give a whole number from 0 to 1000',
      'WORKER_DELAY is "19-10"; give seconds such as 10, or a range such as 10-19',
      'WORKER_RULES is "modern"; give one of classic, unicode',
    ].join('\n'),
  });
});

test('[WS3] a delay is a number of seconds or a range of them', () => {
  const delay = (text: string) => readWorkerSettings({ ...LEAST, WORKER_DELAY: text }).delaySeconds;
  assert.equal(pickDelayMs(delay('1.5'), 0.9), 1_500);
  assert.equal(pickDelayMs(delay('10-19'), 0), 10_000);
  assert.equal(pickDelayMs(delay('10-19'), 0.5), 14_500);
});
