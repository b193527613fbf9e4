import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Metrics, type Outcome, outcomeTable } from '@crescendo/lab';
import { buildProgram } from '../program.ts';
import { runCommand } from '../run.ts';
import { formatTable } from '../terminal/table.ts';
import { memoryTerminal } from '../testing/memory-terminal.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const TEMPLATE = join(ROOT, 'examples/wordfreq/template.yaml');
const GUIDE = readFileSync(join(ROOT, 'docs/guide/tuning-scaling-policies.md'), 'utf8');
const REFERENCE = readFileSync(join(ROOT, 'docs/reference/simulate.md'), 'utf8');
const CASE = ['--load', 'burst:120@0', '--service-time', '10-19'];

async function run(...programArguments: string[]) {
  const terminal = memoryTerminal();
  const context = { terminal, environment: {}, signal: new AbortController().signal };
  const status = await runCommand(programArguments, context);
  return { status, output: terminal.output(), errors: terminal.errors() };
}

test('[CLI7] [LAB16] the table in the guide is what its command prints, and ours is near the best at no more cost', async () => {
  const [, command = '', table = ''] =
    /\n(crescendo simulate .*--best.*)\n```\n\n```\n([^`]*)```/.exec(GUIDE) ?? [];
  const words = command.replace('examples/wordfreq/template.yaml', TEMPLATE).split(' ').slice(1);
  const { status, output } = await run(...words, '--json');
  assert.equal(status, 0);
  type Row = Pick<Outcome, 'name' | 'mean'>;
  const { best, variants } = JSON.parse(output) as { best: Row; variants: Row[] };
  assert.equal(formatTable(outcomeTable([...variants, best], 'jobs')).join('\n'), table.trimEnd());
  const of = (name: string): Metrics => variants.find((variant) => variant.name === name)!.mean;
  assert.ok(of('swift').drainSeconds! <= 1.1 * best.mean.drainSeconds!);
  assert.ok(of('swift').dollars <= of('source').dollars);
});

test('[CLI7] the reference names every flag, and no other', () => {
  const program = buildProgram({
    context: { terminal: memoryTerminal(), environment: {}, signal: new AbortController().signal },
    finish: () => undefined,
  });
  const command = program.commands.find((one) => one.name() === 'simulate')!;
  const flags = command.options.map(({ long }) => long!).sort();
  const named = [...REFERENCE.matchAll(/^\| `(--[a-z-]+)` \| .+ \| .*\|$/gm)].map(([, flag]) => flag!);
  const inFlags = named.slice(0, named.indexOf('--json') + 1);
  assert.deepEqual(inFlags.sort(), flags);
});

test('[CLI7] a search prints the best and the frontier, and says when nothing holds', async () => {
  const vary = ['--set', 'Policy=custom', '--vary', 'ScaleOutBy=1,2'];
  const found = await run('simulate', TEMPLATE, ...CASE, ...vary, '--search', 'min-drain');
  assert.equal(found.status, 0);
  assert.match(found.output, /^Best of all 2: ScaleOutBy=2\n/);
  const none = await run('simulate', TEMPLATE, ...CASE, ...vary, '--search', 'drain<1m,min-cost');
  assert.equal(none.status, 1);
  assert.match(none.errors, /no settings that were tried hold drain<1m,min-cost/);
});

test('[CLI7] the report and a run beside a recorded one', async (t) => {
  const folder = await temporaryFolder(t);
  const [page, recorded] = [join(folder, 'page.html'), join(folder, 'live.json')];
  const first = await run(
    'simulate',
    TEMPLATE,
    ...CASE,
    '--start',
    '2026-03-02T08:00:12Z',
    '--json',
    '--report',
    page,
  );
  assert.equal(first.status, 0);
  assert.ok(existsSync(page));
  assert.match(readFileSync(page, 'utf8'), /crescendo simulate .*template\.yaml .*--load burst:120@0/);
  type Activity = {
    kind: string;
    atSeconds: number;
    endSeconds?: number;
    text: string;
    cause: string;
    status: string;
  };
  const began = Date.parse('2026-03-02T08:00:12Z');
  const time = (seconds: number) => new Date(began + seconds * 1_000).toISOString();
  const activities = JSON.parse(first.output).variants[0].runs[0].activities as Activity[];
  const Activities = activities.map(({ atSeconds, endSeconds, text, cause, status }) => ({
    ...{ Description: text, Cause: cause, StatusCode: status, StartTime: time(atSeconds) },
    ...(endSeconds === undefined ? {} : { EndTime: time(endSeconds) }),
  }));
  writeFileSync(recorded, JSON.stringify({ LoadBegan: time(0), Activities }));
  const same = await run('simulate', TEMPLATE, ...CASE, '--against', recorded);
  assert.equal(same.status, 0, same.errors);
  assert.match(same.output, /the runs agree: the same orders, at most 0\.0 s apart; launch jitter 0\.0 s/);
  const other = await run('simulate', TEMPLATE, ...CASE, '--set', 'Policy=backlog', '--against', recorded);
  assert.equal(other.status, 1);
  assert.match(other.output, /the runs differ/);
});

test('[CLI7] what is wrong is said with what is allowed', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--service-time', '3'], /no load was given: say what comes in with --load burst:120@0/],
    [['--load', 'burst:3@0'], /give --service-time 12 \(always\)/],
    [[...CASE, '--capacity', '3'], /give one of them/],
    [[...CASE, '--vary', 'MaxSize=1,2'], /give a goal with --search/],
    [[...CASE, '--search', 'min-drain'], /--search needs something to choose from/],
    [[...CASE, '--set', 'Polcy=x'], /template\.yaml: Parameters: .*\[Polcy\] do not exist/],
    [
      [...CASE, '--set', 'Policy=none'],
      /must be one of AllowedValues: \[source, tuned, backlog, swift, custom\]/,
    ],
    [[...CASE, '--compare', 'a:b'], /is no variant: give K=V,K=V/],
    [[...CASE, '--start', 'tomorrow'], /is no time: give for example/],
    [[...CASE, '--cpu-period', '5'], /give 60 or 300/],
  ];
  for (const [flags, reason] of cases) {
    const { status, errors, output } = await run('simulate', TEMPLATE, ...flags);
    assert.equal(status, 2, `${flags.join(' ')}: ${errors}`);
    assert.match(errors, reason);
    assert.equal(output, '');
  }
  assert.equal((await run('simulate', 'nowhere.yaml', ...CASE)).status, 1);
});
