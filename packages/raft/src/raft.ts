import { invariant } from '@crescendo/base';
import { advanceCommit } from './commit.ts';
import type {
  ChangeResult,
  MembershipChange,
  PersistToken,
  ProposeResult,
  RaftOptions,
  RaftStatus,
  Ready,
  Role,
} from './contract.ts';
import { countOwnVote, startPreVote, suspectLeader, tickElection } from './election.ts';
import { tickLeader } from './leading.ts';
import { proposeChange } from './membership-change.ts';
import type { Membership, Message, PeerId, SnapshotMark } from './protocol.ts';
import { appendEntries, chargedBytes, createState, isPromotable, type RaftState } from './raft-state.ts';
import { confirmReads, enqueueRead } from './reads.ts';
import { hasReady, takeReady } from './ready.ts';
import { reportSnapshot, reportUnreachable } from './replication.ts';
import { restoreSnapshot } from './restoration.ts';
import { wake, wakeByHost } from './sleep.ts';
import { statusOf } from './status.ts';
import { step } from './step.ts';
import { startTransfer } from './transfer.ts';

/**
 * One peer of one raft group: a deterministic machine. Inputs are calls, effects are data taken by `takeReady`; it has
 * no clock, no disk and no network. Not re-entrant. What holds between calls is said in `raft-state.ts`.
 */
export class Raft {
  readonly #state: RaftState;

  constructor(options: RaftOptions) {
    this.#state = createState(options);
  }

  /** One unit of time has passed. Does nothing in a sleeper. */
  tick(): void {
    const state = this.#state;
    if (state.asleep) return;
    if (state.leadership === null) tickElection(state);
    else tickLeader(state, state.leadership);
  }

  /** A message has come. `from` must be who the network proved it to be. */
  step(from: PeerId, message: Message): void {
    step(this.#state, from, message);
  }

  /** Appends a command to the log. It may still be lost: watch for the entry with this index and this term. */
  propose(data: Uint8Array): ProposeResult {
    const state = this.#state;
    const { leadership, term } = state;
    if (leadership === null) return { ok: false, reason: 'notLeader' };
    if (leadership.transfer !== null) return { ok: false, reason: 'transferring' };
    const entry = { type: 'command', index: state.log.lastIndex() + 1, term, data } as const;
    const bytes = leadership.uncommittedBytes + chargedBytes(entry);
    if (leadership.uncommittedBytes > 0 && bytes > state.options.maxUncommittedBytes) {
      return { ok: false, reason: 'overloaded' };
    }
    wake(state);
    leadership.uncommittedBytes = bytes;
    appendEntries(state, [entry]);
    return { ok: true, index: entry.index, term };
  }

  /** Appends one step of membership. It holds at once, and is taken back when its entry is replaced. */
  changeMembership(change: MembershipChange): ChangeResult {
    const { leadership } = this.#state;
    if (leadership === null) return { ok: false, reason: 'notLeader' };
    const result = proposeChange(this.#state, leadership, change);
    if (result.ok) {
      wake(this.#state);
      confirmReads(this.#state, leadership); // Fewer voters may be enough for the reads that wait.
    }
    return result;
  }

  /** Asks for a read; `reads` or `readsLost` answers with the context. False: not the leader, or too many wait. */
  readIndex(context: number): boolean {
    const { leadership } = this.#state;
    if (leadership === null || !enqueueRead(leadership, context)) return false;
    wake(this.#state);
    return true;
  }

  /** Hands leadership to a voter. False: not the leader, or `to` leads already or does not vote. */
  transferLeadership(to: PeerId): boolean {
    const { leadership } = this.#state;
    if (leadership === null || !startTransfer(this.#state, leadership, to)) return false;
    wake(this.#state);
    return true;
  }

  /** Starts an election now, with a pre-vote first. Does nothing in a leader, or in a peer without a vote. */
  campaign(): void {
    if (this.#state.role === 'leader' || !isPromotable(this.#state)) return;
    startPreVote(this.#state);
  }

  /** Ends sleep: ticks count again. A follower tells its leader, a leader everybody. */
  wake(): void {
    wakeByHost(this.#state);
  }

  /** The leader's node is believed to hang or to be dead: a follower asks for pre-votes within a few ticks, unless it hears the leader first. */
  suspectLeader(): void {
    suspectLeader(this.#state);
  }

  /** Messages to the peer may have been lost. */
  reportUnreachable(peer: PeerId): void {
    if (this.#state.leadership !== null) reportUnreachable(this.#state.leadership, peer);
  }

  /** What became of a `snapshotsNeeded`; `index` is that of the snapshot's mark. */
  reportSnapshot(peer: PeerId, outcome: 'installed' | 'failed', index: number): void {
    if (this.#state.leadership !== null) reportSnapshot(this.#state.leadership, peer, outcome, index);
  }

  /**
   * The host has put the state of a snapshot in place. When the answer is true, committed entries up to `mark.index`
   * are not given out any more; those that were given out and are not applied yet must be dropped by the host. False,
   * and nothing changes, when no more is in it than was applied before, or when this peer leads without having the
   * mark's entry: it was replaced and will learn it; ask again later. The log must not be compacted beyond what this
   * peer holds for applied.
   */
  restore(mark: SnapshotMark): boolean {
    return restoreSnapshot(this.#state, mark);
  }

  /** The batch with this token, and every batch before it, is durable. */
  persisted(token: PersistToken): void {
    const state = this.#state;
    state.log.persisted(token.sequence);
    if (typeof state.ownVote === 'number' && state.ownVote <= token.sequence) countOwnVote(state);
    if (state.leadership !== null) advanceCommit(state, state.leadership);
  }

  /** The state machine holds everything up to `index`. */
  applied(index: number): void {
    const state = this.#state;
    invariant(
      index <= state.handed,
      `${state.self} can't have applied ${index}: entries up to ${state.handed} were given out`,
    );
    state.applied = Math.max(state.applied, index);
    while (state.applying[0] !== undefined && state.applying[0].index <= index) state.applying.shift();
  }

  hasReady(): boolean {
    return hasReady(this.#state);
  }

  takeReady(): Ready {
    return takeReady(this.#state);
  }

  status(): RaftStatus {
    return statusOf(this.#state);
  }

  /** The same as in `status()`, without building the rest. */
  get role(): Role {
    return this.#state.role;
  }

  get term(): number {
    return this.#state.term;
  }

  get leader(): PeerId | null {
    return this.#state.leader;
  }

  get membership(): Membership {
    return this.#state.memberships.current;
  }

  /** The same as `status().asleep`, without building the rest. */
  get asleep(): boolean {
    return this.#state.asleep;
  }
}
