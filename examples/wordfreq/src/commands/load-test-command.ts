/** `wordfreq load-test` */
import { writeFile } from 'node:fs/promises';
import { checkResults } from '../load-test/check-results.ts';
import { LiveDisplay } from '../load-test/live-display.ts';
import { recordOf, reportLines, reportOf } from '../load-test/load-report.ts';
import { type LoadTestRun, runLoadTest } from '../load-test/load-test.ts';
import { planFiles } from '../load-test/plan-files.ts';
import { CommandFailure } from '../system/failures.ts';
import { listTexts } from '../system/objects.ts';
import { openSession, type Session } from '../system/session.ts';
import { findStack, type StackOutputs } from '../system/stack-outputs.ts';
import { readArguments, wholeNumber } from './command-arguments.ts';

export const LOAD_TEST_HELP = `wordfreq load-test [--files N] [--stack NAME] [--until N] [--minutes N] [--no-check] [--json FILE]

Copies files from the uploading to the processing bucket all at once, follows queue, fleet and results, and closes with a table.

  --files N     so many files (default 120); fewer in the bucket are copied several times
  --stack NAME  the stack of examples/wordfreq/template.yaml (default wordfreq)
  --until N     goes on after the last result until the fleet has shrunk to N instances
  --minutes N   gives up after so long (default 30)
  --no-check    does not compare the words with a count of another kind; needed for other rules than the classic ones
  --json FILE   writes the figures and the group's activities to a file, for programs and for "crescendo simulate --against"

Exit status 0 when every file has one right result, 1 when not, 2 when called wrongly.
`;

export async function loadTestCommand(programArguments: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...programArguments],
    options: {
      files: { type: 'string', default: '120' },
      stack: { type: 'string', default: 'wordfreq' },
      until: { type: 'string' },
      minutes: { type: 'string', default: '30' },
      'no-check': { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(LOAD_TEST_HELP);
    return 0;
  }
  const count = wholeNumber('--files', values.files, 1, 100_000);
  const minutes = wholeNumber('--minutes', values.minutes, 1, 1_440);
  const until =
    values.until === undefined ? {} : { untilInstances: wholeNumber('--until', values.until, 0, 1_000) };
  const session = openSession();
  const interrupted = new AbortController();
  process.once('SIGINT', () =>
    interrupted.abort(new CommandFailure('interrupted; what was copied is still counted')),
  );
  const display = new LiveDisplay();
  try {
    const stack = await findStack(session, values.stack);
    const prefix = `load-test/${new Date()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
      .replaceAll(':', '-')}/`;
    const sources = await listTexts(session.s3, stack.UploadingBucket);
    if (sources.length === 0)
      throw new CommandFailure(
        `the bucket ${stack.UploadingBucket} holds no .txt files: put some there with "wordfreq generate" or "wordfreq upload FILE..."`,
      );
    const files = planFiles(sources, count, prefix);
    display.say(`copying ${files.length} files to ${stack.ProcessingBucket}/${prefix}`);
    const run = await runLoadTest(session, stack, {
      files,
      patienceMs: minutes * 60_000,
      ...until,
      signal: interrupted.signal,
      show: (sight, progress) => display.show(sight, progress),
    });
    display.clear();
    const { text, findings } = values['no-check']
      ? { text: 'not', findings: [] }
      : await checkedText(session, stack, files, run);
    const report = reportOf(run);
    process.stdout.write(`\n${reportLines(report, text).join('\n')}\n`);
    for (const finding of findings.slice(0, 20)) process.stdout.write(`  ${finding}\n`);
    if (values.json !== undefined)
      await writeFile(
        values.json,
        `${JSON.stringify({ ...recordOf(run), findings }, undefined, 2)}
`,
      );
    return findings.length === 0 && report.results === files.length && report.failures === 0 ? 0 : 1;
  } finally {
    session.close();
  }
}

async function checkedText(
  session: Session,
  stack: StackOutputs,
  files: readonly { readonly from: string; readonly to: string }[],
  { results }: LoadTestRun,
): Promise<{ readonly text: string; readonly findings: readonly string[] }> {
  const { right, findings } = await checkResults(session, stack, { files, results });
  const text = `${right} files right on the results queue and in the table, ${findings.length} not`;
  return { text, findings };
}
