/**
 * Deliberate faults, for the tests of the tests: each one switches one rule of the protocol off, and the simulator
 * must notice. Production never sets one.
 *
 * - `noPreVote`: a peer campaigns without asking first, and nobody shields a leader that is heard (E2, E4).
 * - `commitWithoutMajority`: the leader commits what one voter has (C1).
 * - `commitOlderTerms`: the leader commits entries of earlier terms by counting (C2).
 * - `forgetVote`: a restarted peer does not know whom it voted for (E3).
 * - `sendBeforePersist`: promises leave before they are durable (P2).
 * - `readWithoutRound`: the leader answers reads without asking a majority (Q1).
 * - `manyChanges`: a change of membership does not wait for the one before it (M2).
 * - `grantStaleLogs`: votes are granted to candidates whose log is behind (E5).
 */
export type Mutant =
  | 'noPreVote'
  | 'commitWithoutMajority'
  | 'commitOlderTerms'
  | 'forgetVote'
  | 'sendBeforePersist'
  | 'readWithoutRound'
  | 'manyChanges'
  | 'grantStaleLogs';
