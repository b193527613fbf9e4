export * from './group.ts';
export * from './ports/chunk-store.ts';
export * from './ports/identity-store.ts';
export * from './ports/log-store.ts';
export * from './ports/network.ts';
export * from './ports/state-store.ts';
export * from './objects/object-store.ts';
export * from './objects/store-failure.ts';
