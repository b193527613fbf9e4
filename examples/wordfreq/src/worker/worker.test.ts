import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WordCount } from './job-result.ts';
import { StopRequest } from './stop-request.ts';
import { FakeClock } from './testing/fake-clock.ts';
import {
  eventBody,
  FakeObjects,
  FakeQueue,
  FakeResults,
  FakeTable,
  MAX_RECEIVES,
  named,
} from './testing/fake-services.ts';
import { Worker } from './worker.ts';

const VISIBILITY_SECONDS = 60;

/** A fleet of workers in one test's time. */
function scene(options: { readonly workers?: number; readonly delaySeconds?: number } = {}) {
  const clock = new FakeClock();
  const queue = new FakeQueue(clock, VISIBILITY_SECONDS);
  const world = {
    clock,
    queue,
    objects: new FakeObjects(),
    table: new FakeTable(),
    results: new FakeResults(),
    events: [] as string[],
    stop: new StopRequest(clock),
    notText: new Set<string>(),
  };
  const delay = options.delaySeconds ?? 0;
  const parts = {
    ...world,
    count: (chunks: AsyncIterable<Uint8Array>) => countFields(chunks),
    random: () => 0.5,
    log: (_level: string, event: string) => world.events.push(event),
    visibilitySeconds: VISIBILITY_SECONDS,
    delaySeconds: { from: delay, to: delay },
    retrySeconds: 20,
  };
  const workers = Array.from({ length: options.workers ?? 1 }, () => new Worker(parts, world.stop));
  const done = Promise.all(workers.map((worker) => worker.run()));
  const end = async (): Promise<void> => {
    world.stop.stop('the test is over', 0);
    await clock.advance(30);
    await done;
  };
  return { ...world, done, end };
}

/** Stands in for the engine, which has tests of its own. */
async function countFields(chunks: AsyncIterable<Uint8Array>) {
  let text = '';
  for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
  if (text.includes('\0')) throw named('NotTextError', 'not a text: a NUL byte at byte 1');
  const counts = new Map<string, number>();
  for (const word of text.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words: WordCount[] = [...counts].map(([word, count]) => ({ word, count }));
  return { words, distinctWords: words.length, bytes: text.length };
}

test('[WK1] a job ends as a row and a result, and its message is gone', async () => {
  const { clock, queue, objects, table, results, end } = scene({ delaySeconds: 10 });
  objects.texts.set('texts/na me.txt', 'lorem ipsum lorem');
  queue.put(eventBody('na+me.txt'));
  await clock.advance(11);
  assert.equal(queue.length, 0);
  assert.deepEqual(table.rows.get('texts/na me.txt'), [
    { word: 'lorem', count: 2 },
    { word: 'ipsum', count: 1 },
  ]);
  assert.deepEqual(results.sent, [
    {
      Job: { StartedAt: '2030-01-01T00:00:00.000Z', Region: 'us-east-1', Bucket: 'texts', Key: 'na me.txt' },
      Words: [
        { Word: 'lorem', Count: 2 },
        { Word: 'ipsum', Count: 1 },
      ],
      Duration: 10_000_000_000,
      Status: 'success',
      StatusMessage: '',
    },
  ]);
  await end();
});

test('[WK1] one message may hold several jobs', async () => {
  const { clock, queue, objects, results, end } = scene();
  for (const key of ['a', 'b']) objects.texts.set(`texts/${key}.txt`, key);
  queue.put(eventBody('a.txt', 'b.txt'));
  await clock.advance(1);
  assert.deepEqual(
    results.sent.map(({ Job }) => Job.Key),
    ['a.txt', 'b.txt'],
  );
  await end();
});

test('[WK2] workers hold one message each; the rest stays where scaling sees it', async () => {
  const { clock, queue, objects, end } = scene({ workers: 2, delaySeconds: 50 });
  for (let file = 0; file < 10; file++) {
    objects.texts.set(`texts/${file}.txt`, 'text');
    queue.put(eventBody(`${file}.txt`));
  }
  await clock.advance(20);
  assert.deepEqual([queue.inFlight, queue.length], [2, 10]);
  await end();
});

test('[WK3] a message stays with its worker for as long as the work takes', async () => {
  const { clock, queue, objects, results, end } = scene({ workers: 2, delaySeconds: 600 });
  objects.texts.set('texts/long.txt', 'text');
  queue.put(eventBody('long.txt'));
  await clock.advance(700);
  assert.equal(results.sent.length, 1);
  assert.equal(queue.length, 0);
  await end();
});

test('[WK3] an extension that fails is tried again before the time is up', async () => {
  const { clock, queue, objects, results, events, end } = scene({ workers: 2, delaySeconds: 100 });
  objects.texts.set('texts/long.txt', 'text');
  queue.put(eventBody('long.txt'));
  queue.extensionFailure = new Error('throttled');
  await clock.advance(35);
  queue.extensionFailure = undefined;
  await clock.advance(100);
  assert.ok(events.includes('lease not extended'));
  assert.equal(results.sent.length, 1);
  await end();
});

test('[WK3] a lease that somebody else has is not asked for again, and the work goes on', async () => {
  const { clock, queue, objects, table, events, end } = scene({ delaySeconds: 300 });
  objects.texts.set('texts/long.txt', 'text');
  queue.put(eventBody('long.txt'));
  queue.extensionFailure = named('MessageNotInflight', 'The specified message is not in flight.');
  await clock.advance(310);
  assert.equal(events.filter((event) => event === 'lease lost').length, 1);
  assert.equal(table.writes, 1);
  await end();
});

test('[WK4] a stop lets the work in hand end and takes no more', async () => {
  const { clock, queue, objects, results, stop, done } = scene({ delaySeconds: 10 });
  for (const key of ['a', 'b']) objects.texts.set(`texts/${key}.txt`, key);
  queue.put(eventBody('a.txt'));
  queue.put(eventBody('b.txt'));
  await clock.advance(5);
  stop.stop('received SIGTERM', 20_000);
  await clock.advance(20);
  await done;
  assert.deepEqual(
    results.sent.map(({ Job }) => Job.Key),
    ['a.txt'],
  );
  assert.deepEqual([queue.length, queue.inFlight], [1, 0]);
});

test('[WK4] work that is not done in time goes back to the queue at once', async () => {
  const { clock, queue, objects, table, stop, done } = scene({ delaySeconds: 100 });
  objects.texts.set('texts/a.txt', 'a');
  queue.put(eventBody('a.txt'));
  await clock.advance(5);
  stop.stop('received SIGTERM', 20_000);
  await clock.advance(21);
  await done;
  assert.deepEqual([queue.length, queue.inFlight, table.writes], [1, 0, 0]);
});

test('[WK4] a message that comes in while the stop is asked for is given back', async () => {
  const { clock, queue, objects, stop, done } = scene();
  objects.texts.set('texts/a.txt', 'a');
  await clock.advance(1);
  stop.stop('received SIGTERM', 20_000);
  queue.put(eventBody('a.txt'));
  await clock.advance(10);
  await done;
  assert.deepEqual([queue.length, queue.inFlight], [1, 0]);
});

test('[WK5] messages that are no events are removed, and said to be', async () => {
  const { clock, queue, events, results, end } = scene();
  for (const body of ['hello', '{"Event":"s3:TestEvent"}', '{"Records":[]}']) queue.put(body);
  await clock.advance(1);
  assert.equal(queue.length, 0);
  assert.deepEqual(events, [
    'message that is no event removed',
    'test event removed',
    'message that is no event removed',
  ]);
  assert.equal(results.sent.length + queue.dead.length, 0);
  await end();
});

test('[WK6] what can never succeed is buried with a result, after one delivery', async () => {
  const { clock, queue, objects, results, end } = scene();
  objects.texts.set('texts/picture.txt', 'a\0b');
  objects.texts.set('texts/good.txt', 'good');
  queue.put(eventBody('picture.txt', 'good.txt', 'gone.txt'));
  await clock.advance(1);
  assert.equal(queue.length, 0);
  assert.deepEqual(
    results.sent.map(({ Job, Status, StatusMessage }) => [Job.Key, Status, StatusMessage]),
    [
      ['picture.txt', 'failure', 'not a text: a NUL byte at byte 1'],
      ['good.txt', 'success', ''],
      [
        'gone.txt',
        'failure',
        'the object is not there any more (NoSuchKey: The specified key does not exist.)',
      ],
    ],
  );
  assert.deepEqual(
    queue.dead.map(({ body }) => JSON.parse(body).Records.length),
    [1, 1],
  );
  await end();
});

test('[WK6] without dead letters the result still tells of it', async () => {
  const { clock, queue, results, events, end } = scene();
  queue.hasDeadLetters = false;
  queue.put(eventBody('gone.txt'));
  await clock.advance(1);
  assert.deepEqual([queue.length, results.sent.length], [0, 1]);
  assert.ok(events.includes('the queue has no dead letters'));
  await end();
});

test('[WK7] what fails for a while is tried again in place, and costs no delivery', async () => {
  const { clock, queue, objects, table, results, end } = scene();
  objects.texts.set('texts/a.txt', 'a');
  table.failure = named('ResourceNotFoundException', 'Requested resource not found');
  queue.put(eventBody('a.txt'));
  await clock.advance(10);
  table.failure = undefined;
  await clock.advance(10);
  assert.equal(results.sent[0]?.Status, 'success');
  assert.equal(objects.reads, 1);
  assert.equal(queue.length, 0);
  await end();
});

test('[WK7] what fails for longer goes back to the queue, and its last delivery says why it was given up', async () => {
  const { clock, queue, objects, table, results, end } = scene();
  objects.texts.set('texts/a.txt', 'a');
  table.failure = named('ResourceNotFoundException', 'Requested resource not found');
  queue.put(eventBody('a.txt'));
  await clock.advance(600);
  assert.deepEqual(
    results.sent.map(({ Status, StatusMessage }) => [Status, StatusMessage]),
    [
      [
        'failure',
        `given up after ${MAX_RECEIVES} deliveries: ResourceNotFoundException: Requested resource not found`,
      ],
    ],
  );
  assert.deepEqual(
    queue.dead.map(({ reason }) => reason),
    ['redrive'],
  );
  table.failure = undefined;
  objects.texts.set('texts/b.txt', 'b');
  queue.put(eventBody('b.txt'));
  await clock.advance(10);
  assert.equal(table.rows.has('texts/b.txt'), true);
  await end();
});

test('[WK7] a queue that cannot be reached does not end the worker', async () => {
  const { clock, queue, objects, table, end } = scene();
  queue.failure = new Error('connect ECONNREFUSED');
  await clock.advance(100);
  queue.failure = undefined;
  objects.texts.set('texts/a.txt', 'a');
  queue.put(eventBody('a.txt'));
  await clock.advance(15);
  assert.equal(table.writes, 1);
  await end();
});
