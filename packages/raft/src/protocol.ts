/**
 * What raft peers say to each other and what they keep. Everything here is plain data: it is encoded as it stands
 * by whoever carries or stores it.
 */

/** A member of a group: the node's identity. */
export type PeerId = string;

/**
 * Who takes part in a group. `epoch` counts the changes of membership: the first one is 1, each change adds 1.
 * Changes add, promote, demote or remove exactly one peer, so the majorities of neighbouring epochs always meet.
 */
export interface Membership {
  readonly epoch: number;
  readonly voters: readonly PeerId[];
  readonly learners: readonly PeerId[];
}

export type Entry = CommandEntry | MembershipEntry | EmptyEntry;

export interface CommandEntry {
  readonly type: 'command';
  readonly index: number;
  readonly term: number;
  /** Opaque to raft. */
  readonly data: Uint8Array;
}

/** The membership holds from the moment the entry is in the log; it is committed like any other entry. */
export interface MembershipEntry {
  readonly type: 'membership';
  readonly index: number;
  readonly term: number;
  readonly membership: Membership;
}

/** A new leader's first entry: it commits what earlier leaders left. */
export interface EmptyEntry {
  readonly type: 'empty';
  readonly index: number;
  readonly term: number;
}

/** What must be durable before any message that rests on it is sent. `commit` may lag behind without harm. */
export interface HardState {
  readonly term: number;
  readonly vote: PeerId | null;
  readonly commit: number;
}

/** The last entry of a log. */
export interface LogEnd {
  readonly index: number;
  readonly term: number;
}

/** The state that a snapshot replaces: everything up to `index` is in the state machine, not in the log. */
export interface SnapshotMark {
  readonly index: number;
  readonly term: number;
  readonly membership: Membership;
}

export type Message =
  | PreVoteRequest
  | PreVoteResponse
  | VoteRequest
  | VoteResponse
  | AppendRequest
  | AppendResponse
  | Heartbeat
  | HeartbeatResponse
  | TimeoutNow;

export interface PreVoteRequest {
  readonly type: 'preVoteRequest';
  /** The term that the sender would campaign in. */
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}
export interface PreVoteResponse {
  readonly type: 'preVoteResponse';
  readonly term: number;
  readonly granted: boolean;
}
export interface VoteRequest {
  readonly type: 'voteRequest';
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Set by a leadership transfer: peers answer although they hear from a leader. */
  readonly transfer: boolean;
}
export interface VoteResponse {
  readonly type: 'voteResponse';
  readonly term: number;
  readonly granted: boolean;
}
export interface AppendRequest {
  readonly type: 'appendRequest';
  readonly term: number;
  readonly previousIndex: number;
  readonly previousTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}
export interface AppendResponse {
  readonly type: 'appendResponse';
  readonly term: number;
  readonly accepted: boolean;
  /** Accepted: the last index known to match and durable. Refused: the index of the refused `previousIndex`. */
  readonly index: number;
  /** Refused: where the leader may look next (fast backing up over a whole term). */
  readonly hintIndex: number;
  readonly hintTerm: number;
}
export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly term: number;
  readonly commit: number;
  /** Number of the newest round of reads that waits for a majority; 0 when none does. */
  readonly readRound: number;
  /** The leader goes to sleep: nothing is under way. The follower sleeps too if it has committed up to `commit`. */
  readonly sleep: boolean;
}
export interface HeartbeatResponse {
  readonly type: 'heartbeatResponse';
  readonly term: number;
  readonly readRound: number;
}
/** Leadership transfer: campaign at once. */
export interface TimeoutNow {
  readonly type: 'timeoutNow';
  readonly term: number;
}

export interface Envelope {
  readonly to: PeerId;
  readonly message: Message;
}
