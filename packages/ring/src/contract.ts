import type { Directory } from './directory.ts';
import type { Member } from './member.ts';
import type { Position } from './position.ts';
import type { RingMessage } from './protocol.ts';

export interface RingOptions {
  readonly self: Member;
  /** Uniform in [0, 1): spreads rounds and retries, so that nodes do not fall into step. */
  readonly random: () => number;
  readonly settings?: Partial<RingSettings>;
  /** Deliberate breakages, for the simulator alone: it proves that its checkers see them. */
  readonly mutations?: ReadonlySet<Mutation>;
}

export interface RingSettings {
  /** Length r of the successor list: the ring stands r - 1 failures between two rounds. 1 to 32. */
  readonly successors: number;
  /** Mean time between two rounds of stabilisation; each pause is drawn from half to one and a half of it. */
  readonly stabiliseMs: number;
  /** How long one request waits for its answer. */
  readonly requestTimeoutMs: number;
  /** Requests without an answer before the ring takes a node for dead. */
  readonly requestAttempts: number;
  /** Silence of a neighbour after which it is reported; must be more than two rounds. */
  readonly suspicionMs: number;
  /** How long a node that did not answer is passed over by lookups. */
  readonly avoidMs: number;
  /** Most rounds between two checks of a finger; a ring at rest backs off to it, any change returns to 1. */
  readonly fingerRounds: number;
  /** Rounds between two searches for members that the ring may have lost. */
  readonly refindRounds: number;
  /** Lookups under way before further ones are refused. */
  readonly maxLookups: number;
  /** Requests one lookup may send. */
  readonly maxLookupRequests: number;
  /** Members remembered in order to find the ring again. */
  readonly maxPeers: number;
}

export const DEFAULT_SETTINGS: RingSettings = {
  successors: 4,
  stabiliseMs: 1000,
  requestTimeoutMs: 500,
  requestAttempts: 2,
  suspicionMs: 4000,
  avoidMs: 5000,
  fingerRounds: 8,
  refindRounds: 16,
  maxLookups: 1024,
  maxLookupRequests: 64,
  maxPeers: 64,
};

export type Mutation =
  | 'adoptWithoutAsking'
  | 'appendHalfList'
  | 'shrinkToSelf'
  | 'rectifyWithoutChecking'
  | 'answerWhileWaiting'
  | 'joinWithHalfList'
  | 'keepDeadPredecessor'
  | 'joinAnywhere'
  | 'giveUpAtOnce'
  | 'neverRefind';

/** Where the host may find a ring: a member, or only an address. */
export type Seed = Member | { readonly address: string };

export type RingInput =
  /** A deadline has passed; harmless at any other time. */
  | { readonly type: 'tick' }
  /** `from` is the id that the transport has proved; `message` is untrusted. */
  | { readonly type: 'message'; readonly from: string; readonly message: unknown }
  /** Stand on the ring with ideal pointers to the founders; without founders alone. Once in a ring's life. */
  | { readonly type: 'create'; readonly founders?: Directory }
  | { readonly type: 'join'; readonly seeds: readonly Seed[] }
  /** The newest registered membership. */
  | { readonly type: 'members'; readonly directory: Directory }
  /** Who owns the key? `confirm` (the default) asks the owner itself; without it its predecessor's word is enough. */
  | {
      readonly type: 'lookup';
      readonly requestId: number;
      readonly key: Position;
      readonly confirm?: boolean;
    }
  /** The transport can't reach the node: what waits for its answer need not wait for the time-out. */
  | { readonly type: 'unreachable'; readonly id: string }
  /** The data is handed over: tell the neighbours and leave. */
  | { readonly type: 'leave' };

export type LookupResult =
  | ({ readonly ok: true; readonly owner: Member } & LookupCost)
  | ({
      readonly ok: false;
      /** `outside`: not on a ring and knows nobody to ask. `overloaded`: too many at once. `unreachable`: nobody left to ask. */
      readonly reason: 'outside' | 'overloaded' | 'unreachable';
    } & LookupCost);

export interface LookupCost {
  /** Nodes that answered on the way. */
  readonly hops: number;
  /** Requests and answers. */
  readonly messages: number;
  readonly timeouts: number;
}

export type RingEffect =
  | { readonly type: 'send'; readonly to: Member; readonly message: RingMessage }
  /** A node whose id is not known yet; its answer comes as a message like any other. */
  | { readonly type: 'sendToAddress'; readonly address: string; readonly message: RingMessage }
  /** A hint, never a safety input: the owner may have changed meanwhile. */
  | { readonly type: 'lookupDone'; readonly requestId: number; readonly result: LookupResult }
  /** A neighbour is silent; repeated every `suspicionMs` while it stays so. To be told to the system group. */
  | { readonly type: 'suspect'; readonly member: Member; readonly silentMs: number }
  /** A suspect has spoken again. */
  | { readonly type: 'alive'; readonly member: Member }
  /** This node now stands on the ring. */
  | { readonly type: 'joined' }
  | {
      readonly type: 'neighbours';
      readonly predecessor: Member | undefined;
      readonly successors: readonly Member[];
    };

export interface RingStatus {
  readonly phase: 'outside' | 'joining' | 'inside' | 'left';
  readonly self: Member;
  readonly predecessor: Member | undefined;
  /** Real entries, nearest first. */
  readonly successors: readonly Member[];
  /** Distinct fingers, nearest first. */
  readonly fingers: readonly Member[];
  /** Neighbours that are silent beyond the suspicion time. */
  readonly suspects: readonly Member[];
  readonly counters: Readonly<RingCounters>;
}

export interface RingCounters {
  sent: number;
  received: number;
  rejectedMalformed: number;
  rejectedVersion: number;
  rejectedSender: number;
  /** Answers that nothing waited for any more. */
  late: number;
  timeouts: number;
  busy: number;
}
