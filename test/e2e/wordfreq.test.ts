/**
 * WordFreq whole, on real processes: its template in the local cloud, texts in a bucket, workers that are killed. No file is lost and
 * none is wrong. More goes wrong in `npm run wordfreq:failures`.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { createStack } from '../../examples/wordfreq/demo/stack.ts';
import { findWorkers } from '../../examples/wordfreq/demo/worker-processes.ts';
import { checkResults } from '../../examples/wordfreq/src/load-test/check-results.ts';
import { FleetWatch } from '../../examples/wordfreq/src/load-test/fleet-watch.ts';
import { type LoadTestRun, runLoadTest } from '../../examples/wordfreq/src/load-test/load-test.ts';
import { planFiles } from '../../examples/wordfreq/src/load-test/plan-files.ts';
import { makeLocalImage, nameLocalImage } from '../../examples/wordfreq/src/system/local-image.ts';
import { putText } from '../../examples/wordfreq/src/system/objects.ts';
import { openSession, type Session } from '../../examples/wordfreq/src/system/session.ts';
import { findStack, type StackOutputs } from '../../examples/wordfreq/src/system/stack-outputs.ts';
import { readKeys } from '../../packages/cli/src/credentials.ts';
import { UpProcess } from './testing/up-process.ts';
import { eventually } from './testing/wait.ts';

const LIMIT_MS = 90_000;
/** Seconds; short, so that what a dead worker held comes back soon. */
const VISIBILITY = '3';

const TEXTS = new Map<string, string>([
  ['plain.txt', 'Lorem ipsum dolor sit amet, lorem ipsum; "Dolor"!\n'.repeat(200)],
  ['na me+100% ü.txt', 'Straßen STRASSEN straßen λόγος ΛΟΓΟΣ 日本語のテキスト\u3000日本語のテキスト\n'],
  ['empty.txt', ''],
]);

describe('WordFreq', () => {
  let folder: string;
  let up: UpProcess;
  let session: Session;
  let stack: StackOutputs;
  let watch: FleetWatch;
  let results: LoadTestRun['results'];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crescendo-wordfreq-'));
    const data = join(folder, 'data');
    up = await UpProcess.start(data, ['--nodes=1', '--max-nodes=1', '--replication=1']);
    const credentials = await readKeys(join(data, 'credentials'));
    session = openSession({ endpoint: up.endpoint, region: 'us-east-1', credentials: credentials! });
    await makeLocalImage(data);
    await nameLocalImage(session.parameters);
    await createStack(session, 'words', { DesiredCapacity: '2', Visibility: VISIBILITY, Delay: '0.6' });
    stack = await findStack(session, 'words');
    watch = new FleetWatch(session, stack);
    for (const [name, text] of TEXTS)
      await putText(session.s3, stack.UploadingBucket, name, Buffer.from(text));
  });

  after(async () => {
    session?.close();
    await up?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  /** Copies files, lets something happen once work is in hand, and checks what came of them. */
  async function countAll(prefix: string, count: number, happen: () => Promise<void>): Promise<void> {
    const files = planFiles([...TEXTS.keys()], count, prefix);
    const happened = eventually(
      'work in hand',
      LIMIT_MS,
      async () => (await watch.look()).inFlight >= 2,
    ).then(happen);
    const run = await runLoadTest(session, stack, {
      files,
      patienceMs: LIMIT_MS,
      signal: AbortSignal.timeout(2 * LIMIT_MS),
      show: () => {},
    });
    await happened;
    const { right, findings } = await checkResults(session, stack, { files, results: run.results });
    assert.deepEqual(findings, []);
    assert.equal(right, count);
    results = run.results;
  }

  test('[WK1] workers killed in mid-file lose no file', async () => {
    await countAll('killed/', 6, async () => {
      const workers = await findWorkers(up.endpoint);
      assert.equal(workers.length, 2);
      for (const { pid } of workers) process.kill(pid, 'SIGKILL');
    });
  });

  test('[WK8] jobs that are delivered again, or out of order, change nothing', async () => {
    const files = planFiles([...TEXTS.keys()], 3, 'killed/');
    for (const sequencer of ['0000000000000000', 'FFFFFFFFFFFFFFFF'])
      for (const { to } of files) await sendEvent(to, sequencer);
    await eventually('an empty queue', LIMIT_MS, async () => {
      const { waiting, inFlight } = await watch.look();
      return waiting + inFlight === 0;
    });
    assert.deepEqual((await checkResults(session, stack, { files, results })).findings, []);
  });

  test('[WK6] what is no text is a dead letter with its reason', async () => {
    await putText(session.s3, stack.ProcessingBucket, 'picture.txt', Uint8Array.of(0x50, 0x4b, 0, 1));
    const letter = await eventually('a dead letter', LIMIT_MS, async () => {
      const { Messages } = await session.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: stack.DeadLettersQueueUrl,
          WaitTimeSeconds: 2,
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages?.[0];
    });
    assert.match(letter.Body ?? '', /picture\.txt/);
    assert.match(letter.MessageAttributes?.['Reason']?.StringValue ?? '', /not a text: a NUL byte/);
  });

  async function sendEvent(key: string, sequencer: string): Promise<void> {
    const encoded = encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
    const s3 = { bucket: { name: stack.ProcessingBucket }, object: { key: encoded, sequencer } };
    const record = { eventSource: 'aws:s3', awsRegion: 'us-east-1', eventName: 'ObjectCreated:Copy', s3 };
    const MessageBody = JSON.stringify({ Records: [record] });
    await session.sqs.send(new SendMessageCommand({ QueueUrl: stack.JobsQueueUrl, MessageBody }));
  }
});
