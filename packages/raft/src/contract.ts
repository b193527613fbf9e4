import type { Mutant } from './mutant.ts';
import type { Entry, Envelope, HardState, LogEnd, Membership, PeerId, SnapshotMark } from './protocol.ts';

/** The durable part of a group's log, read synchronously. Holds nothing that `persisted` was not called for. */
export interface LogReader {
  /** Index of the oldest entry held; `lastIndex() + 1` when there is none. */
  firstIndex(): number;
  /** Index of the newest entry held, or of the snapshot that the log follows, or 0. */
  lastIndex(): number;
  /** Term of the entry, or of the snapshot at `firstIndex() - 1`; undefined when it is not known any more. */
  term(index: number): number | undefined;
  /** Entries in [low, high), at least one when there is one, then as many as fit in `maxBytes` of data. */
  entries(low: number, high: number, maxBytes: number): readonly Entry[];
}

export interface RaftOptions {
  readonly self: PeerId;
  readonly log: LogReader;
  readonly hardState: HardState;
  /**
   * How far the log reached when this peer was a member before, for one whose log was given up since: it votes and campaigns as if it
   * still had that log. [E9]
   */
  readonly forgotten?: LogEnd;
  /**
   * The newer of the log's own mark and the mark of the state machine's last installed snapshot; for a group's
   * founders `{ index: 0, term: 0, membership: founders }`, for a peer that knows nothing yet the same with nobody in
   * it. When the log does not reach up to it, the first `Ready` asks for the log to start anew behind it.
   */
  readonly snapshot: SnapshotMark;
  /** Everything up to this index is in the state machine; at least `snapshot.index`. */
  readonly applied: number;
  /** Ticks without a word from a leader before a follower may campaign; each time-out is drawn from [n, 2n). */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly maxAppendBytes: number;
  readonly maxInflightAppends: number;
  /** Bytes of proposals that may wait uncommitted before `propose` answers `overloaded`. */
  readonly maxUncommittedBytes: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Tests only: the rule that this peer breaks. */
  readonly mutant?: Mutant;
}

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

export type ProposeResult =
  | { readonly ok: true; readonly index: number; readonly term: number }
  | { readonly ok: false; readonly reason: 'notLeader' | 'transferring' | 'overloaded' };

/** One step of membership. `promote` makes a learner a voter, `demote` a voter a learner. */
export type MembershipChange = {
  readonly kind: 'addLearner' | 'promote' | 'demote' | 'remove';
  readonly peer: PeerId;
};

export type ChangeResult =
  | { readonly ok: true; readonly index: number; readonly membership: Membership }
  | {
      readonly ok: false;
      /** `pending`: an earlier change, or the leader's first entry, is not committed yet. */
      readonly reason: 'notLeader' | 'transferring' | 'pending' | 'noEffect' | 'lastVoter';
    };

/**
 * What the host must do, in this order: send `sendNow`; make `hardState`, `snapshot` and `entries` durable; send
 * `sendAfterPersist` and call `persisted`; apply `committed`; answer `reads`. A later batch may be taken while an
 * earlier one is still being written, but batches become durable in order.
 */
export interface Ready {
  readonly hardState?: HardState;
  /** After `restore`: the log starts anew behind this mark. One write with `entries`, which follow it. */
  readonly snapshot?: SnapshotMark;
  /** To be appended; the first one replaces whatever the log holds from its index on. */
  readonly entries: readonly Entry[];
  /** Handed back to `persisted`. Present exactly when there is something to write. */
  readonly persist?: PersistToken;
  readonly sendNow: readonly Envelope[];
  /** Rests on this batch and on every batch before it. */
  readonly sendAfterPersist: readonly Envelope[];
  /** In order, without gaps; each one is durable here and on a majority. */
  readonly committed: readonly Entry[];
  /** Reads that may be served once the state machine has applied `index`. */
  readonly reads: readonly { readonly context: number; readonly index: number }[];
  /** Reads that can't be confirmed here any more: leadership was lost. */
  readonly readsLost: readonly number[];
  /** Peers whose next entry is compacted: the host streams the state and then calls `reportSnapshot`. */
  readonly snapshotsNeeded: readonly PeerId[];
}

export interface PersistToken {
  readonly sequence: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

export interface PeerProgress {
  readonly match: number;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly recentlyActive: boolean;
}

export interface RaftStatus {
  readonly role: Role;
  readonly term: number;
  readonly vote: PeerId | null;
  readonly leader: PeerId | null;
  readonly membership: Membership;
  /** Index of the log entry that brought `membership`; 0 for the founders', or a snapshot's. */
  readonly membershipIndex: number;
  readonly commit: number;
  readonly applied: number;
  readonly lastIndex: number;
  /** What this peer votes by: the end of its log, or of the one that it has forgotten. */
  readonly votesBy: LogEnd;
  readonly asleep: boolean;
  readonly transferTarget: PeerId | null;
  /** Leaders only: every other peer of the group. */
  readonly progress: ReadonlyMap<PeerId, PeerProgress>;
}
