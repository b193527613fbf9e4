/**
 * Agreement among the replicas of one group: Raft as a pure state machine. See SPEC.md for the rules, `contract.ts` for
 * what the host gives and does, `protocol.ts` for what peers say.
 */
export * from './contract.ts';
export type { Mutant } from './mutant.ts';
export * from './protocol.ts';
export { majority } from './quorum.ts';
export { Raft } from './raft.ts';
