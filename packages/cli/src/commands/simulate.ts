import {
  type BestOutcome,
  bestBeside,
  type Experiment,
  type ExperimentSpec,
  isBadSpec,
  type Outcome,
  outcomeTable,
  parseExperiment,
  parseRecordedRun,
  parseValues,
  parseVariant,
  type RecordedRun,
  readTemplate,
  runVariant,
  seedsFrom,
  type Variant,
  variantOf,
} from '@crescendo/lab';
import { UsageError } from '../failures.ts';
import { fleetLine } from '../simulate/fleet-line.ts';
import { outcomeJson } from '../simulate/outcome-json.ts';
import { readText } from '../simulate/read-text.ts';
import { runSearch } from '../simulate/run-search.ts';
import { compareWith, comparisonLines } from '../simulate/tell-comparison.ts';
import { writeReport } from '../simulate/write-report.ts';
import { formatTable } from '../terminal/table.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface SimulateFlags extends ExperimentSpec {
  readonly set?: readonly string[];
  readonly compare?: readonly string[];
  readonly best?: boolean;
  readonly search?: string;
  readonly vary?: readonly string[];
  readonly tries: number;
  readonly report?: string;
  readonly against?: string;
  readonly tolerance: number;
  readonly runs: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Runs the variants in virtual time and tells what came of it. */
export async function simulate(
  path: string,
  flags: SimulateFlags,
  context: CommandContext,
): Promise<CommandStatus> {
  try {
    return await run(path, flags, context);
  } catch (error) {
    if (isBadSpec(error)) throw new UsageError(error.message);
    throw error;
  }
}

async function run(path: string, flags: SimulateFlags, context: CommandContext): Promise<CommandStatus> {
  const { terminal } = context;
  const live =
    flags.against === undefined ? undefined : parseRecordedRun(readText(flags.against), flags.against);
  const experiment = parseExperiment({ ...flags, ...timeOf(flags, live) }, readText);
  if (flags.search !== undefined) return await runSearch(experiment, path, flags, context);
  if (flags.vary !== undefined)
    throw new UsageError('--vary says what a search may choose: give a goal with --search as well');
  const outcomes: Outcome[] = [];
  for (const variant of variantsOf(path, flags))
    outcomes.push(await runVariant(experiment, variant, seedsFrom(flags.seed, flags.runs)));
  const best = flags.best === true ? bestFor(experiment, outcomes[0]!) : undefined;
  writeReport(path, flags, { experiment, outcomes, best }, terminal);
  if (flags.json === true) {
    terminal.out(`${JSON.stringify(outcomeJson(outcomes, best), undefined, 2)}\n`);
    return 0;
  }
  const rows = [...outcomes, ...(best === undefined ? [] : [best])];
  terminal.out(`${formatTable(outcomeTable(rows, experiment.work.kind)).join('\n')}\n\n`);
  for (const { name, runs } of outcomes) terminal.out(`${name}: ${fleetLine(runs[0]!)}\n`);
  for (const note of notesOf(outcomes)) terminal.error(`note: ${note}\n`);
  if (live === undefined) return 0;
  const comparison = compareWith(live, experiment.startMs!, outcomes[0]!);
  const { lines, agree } = comparisonLines(comparison, flags.tolerance);
  terminal.out(`\n${lines.join('\n')}\n`);
  return agree ? 0 : 1;
}

/** The run begins when the recorded one did, and at its speed, unless it was said otherwise. */
function timeOf(
  { start, speed }: SimulateFlags,
  live: RecordedRun | undefined,
): Pick<ExperimentSpec, 'start' | 'speed'> {
  if (live === undefined) return {};
  const began = live.loadBeganMs === undefined ? undefined : new Date(live.loadBeganMs).toISOString();
  if (start === undefined && began === undefined)
    throw new UsageError(
      'the recorded run does not say when its load began: give --start, such as --start 2026-03-02T08:00:12Z',
    );
  return { start: start ?? began, speed: speed === 1 ? (live.speed ?? 1) : speed };
}

function bestFor(experiment: Experiment, first: Outcome): BestOutcome {
  if (experiment.work.kind === 'jobs') return bestBeside(experiment, first);
  throw new UsageError('--best is for jobs of a queue: requests are answered at once or not at all');
}

function variantsOf(path: string, { set = [], compare = [] }: SimulateFlags): Variant[] {
  const base = readTemplate(path, readText(path));
  const values = parseValues(set);
  const given = compare.map((text) => parseVariant(text, base, values, readText));
  return given.length > 0 ? given : [variantOf('as given', base, values)];
}

function notesOf(outcomes: readonly Outcome[]): string[] {
  const all = outcomes.flatMap(({ name, runs }) => runs[0]!.notes.map((note) => [note, name] as const));
  return [...new Set(all.map(([note]) => note))].map((note) => {
    const names = all.filter(([other]) => other === note).map(([, name]) => name);
    return names.length === outcomes.length ? note : `${names.join(', ')}: ${note}`;
  });
}
