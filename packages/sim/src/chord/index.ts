export { chordTablesMain } from './chord-tables-main.ts';
export { ringMain } from './ring-main.ts';
export type { RingPlan, RingSeedOptions } from './ring-plan.ts';
export { type RingSeedResult, runRingSeed } from './ring-seed.ts';
export type { RingStats } from './ring-world.ts';
export { checkInvariant, type InvariantReport } from './zave-invariant.ts';
