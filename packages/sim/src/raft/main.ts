import { parseArgs } from 'node:util';
import type { SimMutant } from './raft-scenario.ts';
import { runRaftSeed } from './run-raft-seed.ts';

/** `node packages/sim/src/raft/main.ts [--seed N] [--seeds COUNT] [--mutant NAME] [--trace]`: exit status 1 when a seed fails. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    mutant: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed);
const count = Number(values.seeds);
const options = {
  ...(values.mutant !== undefined && { mutant: values.mutant as SimMutant }),
  ...(values.trace && { trace: (line: string) => console.log(line) }),
};
const totals = new Map<string, number>();
const startedMs = performance.now();
let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const { ok, violations, stats } = runRaftSeed(seed, options);
  for (const [name, value] of Object.entries(stats)) totals.set(name, (totals.get(name) ?? 0) + value);
  if (ok) continue;
  failed += 1;
  console.log(`seed ${seed}: ${violations.join('; ')}`);
}
const seconds = (performance.now() - startedMs) / 1000;
const summary = [...totals].map(([name, value]) => `${name} ${value}`).join(', ');
console.log(`${count} seeds, ${failed} failed, ${(count / seconds).toFixed(1)} seeds/s`);
console.log(summary);
process.exitCode = failed > 0 ? 1 : 0;
