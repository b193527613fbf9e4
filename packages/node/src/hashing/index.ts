export * from './body-hash.ts';
export * from './hash-pool.ts';
export * from './signing-hash.ts';
export * from './stream-hash.ts';
