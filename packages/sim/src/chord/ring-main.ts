import { parseArgs } from 'node:util';
import type { Mutation } from '@crescendo/ring';
import type { RingPlan } from './ring-plan.ts';
import { type RingSeedResult, runRingSeed } from './ring-seed.ts';

const USAGE = `usage: npm run sim -- ring [--seed N] [--seeds COUNT] [--kind strict|wild] [--mutant NAME] [--verbose]

Runs random histories of the production ring on a virtual network and checks Zave's invariant.
  --seed N       replays the history of one seed, with its end printed (with --seeds: the first seed)
  --seeds COUNT  runs that many seeds in a row (default 100)
  --kind KIND    strict keeps the assumptions of the proof, wild breaks them (default: drawn by the seed)
  --mutant NAME  breaks the ring on purpose; the run is expected to fail
  --verbose      prints the whole history of a single seed`;

/** The command line of the ring's fuzz. Gives the exit status: 0 when all seeds pass, 1 when one fails, 2 for a wrong call. */
export function ringMain(argv: readonly string[]): number {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (thrown) {
    console.error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
    return 2;
  }
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const isSingle = values.seed !== undefined && values.seeds === undefined;
  const first = Number(values.seed ?? 1);
  const count = isSingle ? 1 : Number(values.seeds ?? 100);
  const { kind } = values;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || (kind !== undefined && !isKind(kind))) {
    console.error(USAGE);
    return 2;
  }
  const options = {
    ...(values.mutant === undefined ? {} : { mutations: new Set([values.mutant as Mutation]) }),
    ...(kind === undefined ? {} : { kind }),
    historyLines: isSingle && values.verbose === true ? 100_000 : 60,
  };
  return runSeeds(first, count, options, isSingle);
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      kind: { type: 'string' },
      mutant: { type: 'string' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  }).values;
}

function isKind(text: string): text is RingPlan['kind'] {
  return text === 'strict' || text === 'wild';
}

function runSeeds(
  first: number,
  count: number,
  options: Parameters<typeof runRingSeed>[1],
  isSingle: boolean,
): number {
  const startMs = performance.now();
  const totals = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    const result = runRingSeed(seed, options);
    if (isSingle || !result.ok) printResult(result);
    if (!result.ok) {
      console.log(`\nseed ${seed} FAILED; replay it with: npm run sim -- ring --seed ${seed}`);
      return 1;
    }
    addTo(totals, 'strict', result.plan.kind === 'strict' ? 1 : 0);
    for (const [name, value] of Object.entries(result.stats))
      if (name !== 'fewestPrincipals') addTo(totals, name, value);
  }
  const seconds = (performance.now() - startMs) / 1000;
  console.log(
    `${count} seeds passed in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(1)} a second): ${summary(totals)}`,
  );
  return 0;
}

function addTo(totals: Map<string, number>, name: string, value: number): void {
  totals.set(name, (totals.get(name) ?? 0) + value);
}

function summary(totals: ReadonlyMap<string, number>): string {
  return [...totals].map(([name, value]) => `${name} ${Math.round(value)}`).join(', ');
}

function printResult(result: RingSeedResult): void {
  const { settings, ...plan } = result.plan;
  console.log(`seed ${result.seed}: ${JSON.stringify(plan)}`);
  for (const line of result.history) console.log(line);
  for (const violation of result.violations) console.log(`violation ${violation}`);
  if (result.ok) console.log(`ok: ${JSON.stringify(result.stats)}`);
}
