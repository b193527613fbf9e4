/**
 * Simulated histories from the command line: one seed to look at, or many to hunt with. Exit status 0: every seed passed;
 * 1: one failed; 2: the command was called wrongly.
 */
import { parseArgs } from 'node:util';
import { runSeeds } from './seed-pool.ts';
import { type SeedOptions, type SeedReport, SUITES, type Suite } from './seed-report.ts';
import { loadSuite } from './suites.ts';
import { formatLine, Trace } from './world/trace.ts';

const USAGE = `Usage:
  npm run sim -- [store|ring|raft] --seed N [--trace] [options]     replay one history
  npm run sim -- [store|ring|raft] --seeds COUNT [--from N] [--jobs N] [options]

Options:
  --mode safety|liveness   safety: anything goes but data on a majority; liveness: a minority breaks for good (default: safety)
  --nodes N                nodes at the beginning (default: drawn from the seed)
  --faults A,B             only these kinds of faults
  --mutant NAME            plant a deliberate mistake in the code under test
  --failures N             stop after so many failing seeds (default: 1)
  --trace                  print the whole history`;

interface Arguments {
  readonly suite: Suite;
  readonly options: SeedOptions;
  readonly seed: number | undefined;
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly failures: number;
  readonly trace: boolean;
}

class UsageError extends Error {}

function parse(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      failures: { type: 'string', default: '1' },
      mode: { type: 'string', default: 'safety' },
      nodes: { type: 'string' },
      faults: { type: 'string' },
      mutant: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const suite = SUITES.find((name) => name === (positionals[0] ?? 'store'));
  if (suite === undefined)
    throw new UsageError(`unknown suite ${positionals[0]}: ${SUITES.join(', ')} are known`);
  if (values.mode !== 'safety' && values.mode !== 'liveness')
    throw new UsageError(`--mode ${values.mode}: safety or liveness`);
  return {
    suite,
    options: {
      mode: values.mode,
      ...(values.nodes === undefined ? {} : { nodes: wholeNumber('nodes', values.nodes) }),
      ...(values.mutant === undefined ? {} : { mutant: values.mutant }),
      ...(values.faults === undefined ? {} : { faults: values.faults.split(',') }),
    },
    seed: values.seed === undefined ? undefined : wholeNumber('seed', values.seed),
    seeds: wholeNumber('seeds', values.seeds ?? '100'),
    from: wholeNumber('from', values.from),
    jobs: wholeNumber('jobs', values.jobs),
    failures: wholeNumber('failures', values.failures),
    trace: values.trace,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new UsageError(`--${name} ${text}: a whole number is wanted`);
  return value;
}

async function replayOne(args: Arguments, seed: number): Promise<boolean> {
  const print = args.trace
    ? { print: (line: Parameters<typeof formatLine>[0]) => console.log(formatLine(line)) }
    : {};
  const runSeed = await loadSuite(args.suite);
  const began = performance.now();
  const report = await runSeed(seed, args.options, new Trace(print));
  if (report.failures.length > 0) printFailure(args, report);
  printCounts(report.counts);
  console.log(`seed ${seed} ${report.failures.length === 0 ? 'passed' : 'FAILED'} in ${seconds(began)}`);
  return report.failures.length === 0;
}

async function hunt(args: Arguments): Promise<boolean> {
  const began = performance.now();
  const totals: Record<string, number> = {};
  let passed = 0;
  const failed: number[] = [];
  await runSeeds({
    suite: args.suite,
    options: args.options,
    from: args.from,
    count: args.seeds,
    jobs: args.jobs,
    report: (report) => {
      for (const [name, count] of Object.entries(report.counts)) totals[name] = (totals[name] ?? 0) + count;
      if (report.failures.length === 0) passed++;
      else {
        failed.push(report.seed);
        printFailure(args, report);
      }
      if ((passed + failed.length) % 100 === 0)
        console.log(`${passed + failed.length} seeds in ${seconds(began)}`);
      return failed.length < args.failures;
    },
  });
  printCounts(totals);
  const list = failed.length === 0 ? '' : `: ${failed.join(' ')}`;
  console.log(
    `${passed} of ${passed + failed.length} seeds passed in ${seconds(began)}; ${failed.length} failed${list}`,
  );
  return failed.length === 0;
}

function printFailure({ suite, options, trace }: Arguments, { seed, failures, tail }: SeedReport): void {
  if (!trace) for (const line of tail) console.log(formatLine(line));
  console.log(`\nseed ${seed} FAILED:`);
  for (const failure of failures) console.log(`  ${failure}`);
  const flags = [
    options.mode === 'safety' ? '' : ` --mode ${options.mode}`,
    options.nodes === undefined ? '' : ` --nodes ${options.nodes}`,
    options.mutant === undefined ? '' : ` --mutant ${options.mutant}`,
    options.faults === undefined ? '' : ` --faults ${options.faults.join()}`,
  ].join('');
  console.log(`replay it with: npm run sim -- ${suite} --seed ${seed}${flags} --trace\n`);
}

function printCounts(counts: Readonly<Record<string, number>>): void {
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
}

function seconds(beganMs: number): string {
  return `${((performance.now() - beganMs) / 1000).toFixed(2)} s`;
}

try {
  const args = parse(process.argv.slice(2));
  if (args === 'help') console.log(USAGE);
  else {
    const isGood = args.seed === undefined ? await hunt(args) : await replayOne(args, args.seed);
    process.exitCode = isGood ? 0 : 1;
  }
} catch (error) {
  const isMisuse =
    error instanceof UsageError ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  if (!isMisuse) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
