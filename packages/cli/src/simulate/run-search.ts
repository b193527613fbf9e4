/** `simulate --search`: looks for the best settings and tells what they are. */
import {
  type Axis,
  type Experiment,
  type Found,
  type Outcome,
  outcomeTable,
  parseAxis,
  parseGoal,
  parseValues,
  readTemplate,
  runVariant,
  search,
  seedsFrom,
  sizeOf,
  VARY_HELP,
  variantOf,
} from '@crescendo/lab';
import type { CommandContext, CommandStatus } from '../commands/command-context.ts';
import type { SimulateFlags } from '../commands/simulate.ts';
import { UsageError } from '../failures.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readText } from './read-text.ts';
import { writeReport } from './write-report.ts';

const TOLD_EVERY = 10;

/** Status 1 when no settings meet the goal. */
export async function runSearch(
  experiment: Experiment,
  path: string,
  flags: SimulateFlags,
  { terminal, signal }: CommandContext,
): Promise<CommandStatus> {
  const goal = parseGoal(flags.search!);
  if (flags.compare !== undefined)
    throw new UsageError('--search and --compare do not go together: give one of them');
  const source = readTemplate(path, readText(path));
  const space = spaceOf(flags, source);
  terminal.error(`${sizeOf(space)} settings, ${Math.min(sizeOf(space), flags.tries)} are tried\n`);
  const found = await search({
    experiment,
    base: variantOf('as given', source, parseValues(flags.set ?? [])),
    space,
    goal,
    seeds: seedsFrom(flags.seed, flags.runs),
    tries: flags.tries,
    signal,
    onTry: (tried, best) => {
      if (terminal.interactive && tried % TOLD_EVERY === 0)
        terminal.error(`${tried} tried, best so far: ${best?.name ?? 'none'}\n`);
    },
  });
  await reportFound(found, experiment, path, flags, terminal);
  if (flags.json === true) terminal.out(`${JSON.stringify(foundJson(found), undefined, 2)}\n`);
  else tell(found, experiment, terminal.out);
  if (found.refused > 0)
    terminal.error(`note: ${found.refused} settings cannot be put up; the first: ${found.refusal}\n`);
  if (found.best === undefined || !found.holds)
    terminal.error(
      `no settings that were tried hold ${goal.text}: give it more room, other settings, or more --tries\n`,
    );
  return found.holds ? 0 : 1;
}

function spaceOf({ vary }: SimulateFlags, source: Parameters<typeof parseAxis>[1]): Axis[] {
  if (vary === undefined || vary.length === 0)
    throw new UsageError(`--search needs something to choose from: give --vary ${VARY_HELP}`);
  return vary.map((text) => parseAxis(text, source));
}

/** The best with some of the frontier, run again for their charts. */
async function reportFound(
  { best, frontier }: Found,
  experiment: Experiment,
  path: string,
  flags: SimulateFlags,
  terminal: Terminal,
): Promise<void> {
  if (best === undefined || flags.report === undefined) return;
  const shown = [best, ...frontier.filter((one) => one !== best)].slice(0, MOST_CHARTS);
  const outcomes: Outcome[] = [];
  for (const { variant } of shown)
    outcomes.push(await runVariant(experiment, variant, seedsFrom(flags.seed, flags.runs)));
  writeReport(path, flags, { experiment, outcomes, best: undefined }, terminal);
}

const MOST_CHARTS = 6;
const MOST_SHOWN = 20;

function tell(
  { best, frontier, tried, size }: Found,
  { work }: Experiment,
  out: (text: string) => void,
): void {
  if (best === undefined) return;
  const how = tried < size ? `of ${tried} tried out of ${size}` : `of all ${size}`;
  out(`Best ${how}: ${best.name}\n\n`);
  out(`${formatTable(outcomeTable([best], work.kind)).join('\n')}\n\n`);
  const shown = frontier.slice(0, MOST_SHOWN);
  out(
    `None is better in everything than these${frontier.length > shown.length ? ` (${shown.length} of ${frontier.length})` : ''}:\n\n`,
  );
  out(`${formatTable(outcomeTable(shown, work.kind)).join('\n')}\n`);
}

function foundJson({ best, holds, frontier, tried, size, refused, refusal }: Found): object {
  const brief = ({ variant, mean }: NonNullable<typeof best>) => ({ values: variant.values, mean });
  return {
    ...(best === undefined ? {} : { best: brief(best) }),
    ...{ holds, tried, size, refused },
    ...(refusal === undefined ? {} : { refusal }),
    frontier: frontier.map(brief),
  };
}
