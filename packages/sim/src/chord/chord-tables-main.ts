import { parseArgs } from 'node:util';
import { printChurn } from './tables/churn.ts';
import { printFailures } from './tables/failures.ts';
import { printLoads } from './tables/load.ts';
import { CHURN } from './tables/paper.ts';
import { printPathLengths } from './tables/path-length.ts';

const USAGE = `usage: npm run sim:chord -- [--quick] [--seed N]

Prints the tables of the Chord paper beside those of the production ring in a simulated network.
  --quick   up to 1,024 nodes and fewer lookups
  --seed N  another draw of rings, keys and failures (default 1)`;

const FULL = {
  maxNodes: 16_384,
  pathLookups: 20_000,
  loadNodes: 10_000,
  failureLookups: 10_000,
  churnRates: CHURN.map(([rate]) => rate),
  churn: { warmUpMs: 300_000, measuredMs: 1_250_000, lookupsPerSecond: 8 },
};

const QUICK: typeof FULL = {
  maxNodes: 1024,
  pathLookups: 8000,
  loadNodes: 1000,
  failureLookups: 1000,
  churnRates: [0.05, 0.4],
  churn: { warmUpMs: 60_000, measuredMs: 120_000, lookupsPerSecond: 8 },
};

/** Prints every table and a verdict. Gives the exit status: 0 within the bounds, 1 beyond, 2 for a wrong call. */
export function chordTablesMain(argv: readonly string[]): number {
  let options: { quick: boolean; seed: number };
  try {
    options = parse(argv);
  } catch (thrown) {
    console.error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
    return 2;
  }
  const scale = options.quick ? QUICK : FULL;
  const startMs = performance.now();
  const misses = [
    ...printPathLengths(scale.maxNodes, scale.pathLookups, options.seed),
    ...printFailures(scale.failureLookups, options.seed),
  ];
  printLoads(scale.loadNodes, options.seed);
  printChurn(scale.churnRates, scale.churn, options.seed);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  for (const miss of misses) console.log(`out of bounds: ${miss}`);
  console.log(
    misses.length === 0
      ? `verdict: the paper is reproduced (mean path length within 2 % from 128 nodes on, no lookup wrong), ${seconds} s`
      : `verdict: NOT reproduced, ${misses.length} figure(s) out of bounds, ${seconds} s`,
  );
  return misses.length === 0 ? 0 : 1;
}

function parse(argv: readonly string[]): { quick: boolean; seed: number } {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: 'boolean' }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? 1);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be an integer, not ${values.seed}`);
  return { quick: values.quick ?? false, seed };
}
