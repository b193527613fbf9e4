export * from './contract.ts';
export type { Mutant } from './mutant.ts';
export * from './protocol.ts';
export { Raft } from './raft.ts';
