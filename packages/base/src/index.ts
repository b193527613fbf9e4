export * from './bytes.ts';
export * from './clock.ts';
export * from './failure.ts';
export * from './invariant.ts';
export * from './random.ts';
