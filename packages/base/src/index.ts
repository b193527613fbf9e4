/** What every package stands on: bytes, the clock that is handed in, seeded randomness, failures, invariants, and text for people. */
export * from './bytes.ts';
export * from './clock.ts';
export * from './deadlines.ts';
export * from './failure.ts';
export * from './invariant.ts';
export * from './random.ts';
export * from './shown-text.ts';
