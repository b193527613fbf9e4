export * from './chunk-store-contract.ts';
export * from './log-store-contract.ts';
export * from './memory-object-store.ts';
export * from './network-contract.ts';
export * from './state-store-contract.ts';
