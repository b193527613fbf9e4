/** Simulated clusters from a seed: worlds, faults and checkers for ring, raft and store. SPEC.md has the rules. */
export { runRingSeed } from './chord/ring-seed.ts';
export { runRaftSeed } from './raft/run-raft-seed.ts';
export type { SeedOptions, SeedReport } from './seed-report.ts';
export { runStoreSeed } from './store/store-seed.ts';
export { Trace } from './world/trace.ts';
