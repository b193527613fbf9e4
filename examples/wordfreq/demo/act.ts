/** One act: all files are copied at once, the fleet grows, counts them and shrinks; then everything is checked. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { checkResults } from '../src/load-test/check-results.ts';
import type { LiveDisplay } from '../src/load-test/live-display.ts';
import { type LoadReport, recordOf, reportOf } from '../src/load-test/load-report.ts';
import { runLoadTest } from '../src/load-test/load-test.ts';
import { planFiles } from '../src/load-test/plan-files.ts';
import type { Session } from '../src/system/session.ts';
import type { StackOutputs } from '../src/system/stack-outputs.ts';
import { parseJobMessage } from '../src/worker/job-message.ts';
import { parseResult } from '../src/worker/job-result.ts';
import { MISSING, type Planted, plantMessages } from './planted.ts';

export interface ActOptions {
  readonly name: string;
  /** Keys in the uploading bucket; the planted ones are among them. */
  readonly sources: readonly string[];
  readonly planted: Planted;
  /** Fleet sizes that must be reached, one after the other. */
  readonly largest: number;
  readonly smallest: number;
  readonly patienceMs: number;
  /** Of the local cloud. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

export interface ActResult {
  readonly report: LoadReport;
  /** For programs. */
  readonly record: object;
  /** How results, rows and dead letters were found to be, in words. */
  readonly checked: string;
  /** What is not as it should be. */
  readonly findings: readonly string[];
}

export async function play(
  session: Session,
  stack: StackOutputs,
  display: LiveDisplay,
  options: ActOptions,
): Promise<ActResult> {
  const { name, sources, planted } = options;
  const files = planFiles(sources, sources.length, `${name}/`);
  await plantMessages(session, stack);
  const run = await runLoadTest(session, stack, {
    files,
    patienceMs: options.patienceMs,
    untilInstances: options.smallest,
    signal: options.signal,
    show: (sight, progress) => display.show(sight, progress),
  });
  display.clear();
  const report = reportOf(run);
  display.say(`${name}: checking ${files.length} files`);
  const broken = new Set(files.filter(({ from }) => planted.broken.has(from)).map(({ to }) => to));
  const checks = await checkResults(session, stack, { files, results: run.results, broken });
  const rows = await countRows(session, stack, name);
  const dead = await takeDeadLetters(session, stack);
  const others = await takeOtherFailures(session, stack, new Set(files.map(({ to }) => to)));
  const good = files.length - broken.size;
  const findings = [
    ...checks.findings,
    ...fleetFindings(report, options),
    ...unequal('rows in the table', rows, good),
    ...different('dead letters', new Set(dead.map(({ key }) => key)), [...broken, ...MISSING]),
    ...different('failures of what is not there', others, MISSING),
    ...reasonFindings(dead, files, planted),
  ];
  const checked = `${checks.right} right, ${checks.failed} refused as they should be; ${rows} rows, ${dead.length} dead letters; each file once in the table`;
  return { report, record: recordOf(run, options.speed), checked, findings };
}

function fleetFindings({ fleet, drainSeconds }: LoadReport, { largest, smallest }: ActOptions): string[] {
  const most = Math.max(...fleet.map(({ inService }) => inService));
  return [
    ...(drainSeconds === undefined ? ['some files never got a result'] : []),
    ...unequal('largest fleet', most, largest),
    ...unequal('fleet at the end', fleet.at(-1)?.inService ?? 0, smallest),
  ];
}

function unequal(what: string, found: number, wanted: number): string[] {
  return found === wanted ? [] : [`${what}: ${found} instead of ${wanted}`];
}

function different(what: string, found: ReadonlySet<string>, wanted: readonly string[]): string[] {
  const missing = wanted.filter((one) => !found.has(one));
  const strange = [...found].filter((one) => !wanted.includes(one));
  return [
    ...missing.map((one) => `${what}: none for ${one}`),
    ...strange.map((one) => `${what}: one too many, for ${one}`),
  ];
}

/** Rows of this act; the table has one a file, whatever was delivered how often. */
async function countRows(
  session: Session,
  { TableName, ProcessingBucket }: StackOutputs,
  act: string,
): Promise<number> {
  let count = 0;
  let from: Record<string, never> | undefined;
  do {
    const page = await session.dynamo.send(
      new ScanCommand({
        TableName,
        ExclusiveStartKey: from,
        FilterExpression: 'begins_with(Filename, :act)',
        ExpressionAttributeValues: { ':act': { S: `${ProcessingBucket}/${act}/` } },
        ConsistentRead: true,
      }),
    );
    count += page.Count ?? 0;
    from = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (from !== undefined);
  return count;
}

interface DeadLetter {
  readonly key: string;
  readonly reason: string;
}

async function takeDeadLetters(
  session: Session,
  { DeadLettersQueueUrl }: StackOutputs,
): Promise<DeadLetter[]> {
  const taken: DeadLetter[] = [];
  await takeAll(session, DeadLettersQueueUrl, (body, reason) => {
    const parsed = parseJobMessage(body);
    const key = parsed.kind === 'jobs' ? parsed.jobs[0]?.key : undefined;
    taken.push({ key: key ?? body, reason });
  });
  return taken;
}

/** Each broken file is there with its reason. */
function reasonFindings(
  dead: readonly DeadLetter[],
  files: readonly { readonly from: string; readonly to: string }[],
  { broken }: Planted,
): string[] {
  return files
    .filter(({ from, to }) => {
      const reason = broken.get(from);
      return reason !== undefined && !dead.some((one) => one.key === to && reason.test(one.reason));
    })
    .map(({ from }) => `no dead letter says why ${from} was refused`);
}

/**
 * The keys of failures that are left on the results queue. Events come at least once, so results of our own files may come again behind
 * the first: they were read meanwhile, or are passed over here.
 */
async function takeOtherFailures(
  session: Session,
  { ResultsQueueUrl }: StackOutputs,
  ours: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  await takeAll(session, ResultsQueueUrl, (body) => {
    const result = parseResult(body);
    const key = result?.Job.Key ?? body;
    if (!ours.has(key)) found.add(result?.Status === 'success' ? `a success: ${key}` : key);
  });
  return found;
}

/** Also what somebody has received and left: it comes back when its visibility ends. */
async function takeAll(
  session: Session,
  QueueUrl: string,
  take: (body: string, reason: string) => void,
): Promise<void> {
  for (;;) {
    const { Messages = [] } = await session.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0 && (await isEmpty(session, QueueUrl))) return;
    if (Messages.length === 0) continue;
    for (const { Body = '', MessageAttributes } of Messages)
      take(Body, MessageAttributes?.['Reason']?.StringValue ?? '');
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await session.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

async function isEmpty(session: Session, QueueUrl: string): Promise<boolean> {
  const { Attributes } = await session.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes ?? {}).every((count) => Number(count) === 0);
}
