/**
 * The state of one node's ring, and the turn in which a step changes it. This file knows the shape, not the rules.
 *
 * (S1) `predecessor` and `successors` are replaced, never changed in place, so a reference tells whether they changed.
 * (S2) While `exchange` is set, an answer is awaited that may change the state: nothing else changes the pointers, and questions
 *      for the state are answered `busy`. What would change them waits in `deferred`.
 * (S3) `successors` holds real members strictly clockwise from `self`, at most `settings.successors`, never `self`.
 * (S4) Outside and left: no pointers, no exchange except the join's.
 */
import { invariant } from '@crescendo/base';
import {
  DEFAULT_SETTINGS,
  type Mutation,
  type RingCounters,
  type RingEffect,
  type RingOptions,
  type RingSettings,
} from './contract.ts';
import type { Directory } from './directory.ts';
import type { Exchange } from './exchange.ts';
import { createFingerTable, type FingerTable } from './finger-table.ts';
import type { Lookup } from './lookup.ts';
import { isMember, type Member, toWire, type WireMember } from './member.ts';
import type { RouteTable } from './routing.ts';
import type { Watch } from './suspicion.ts';

export interface RingState {
  readonly self: Member;
  readonly wireSelf: WireMember;
  readonly random: () => number;
  readonly settings: RingSettings;
  readonly mutations: ReadonlySet<Mutation>;
  phase: 'outside' | 'joining' | 'inside' | 'left';
  predecessor: Member | undefined;
  /** The predecessor has said that it leaves: the next that offers itself takes its place unasked. */
  predecessorLeft: boolean;
  successors: readonly Member[];
  /** The last successor is dead as well, and kept only because a list must not be empty. */
  isIsolated: boolean;
  directory: Directory | undefined;
  exchange: Exchange | undefined;
  readonly deferred: DeferredMessage[];
  deferredDirectory: Directory | undefined;
  nextRoundMs: number;
  round: number;
  /** The round in which lost members are looked for next. */
  refindRound: number;
  readonly fingers: FingerTable;
  routes: RouteTable | undefined;
  /** Members met on the ring, the most recent last. */
  readonly peers: Map<string, Member>;
  /** Addresses to ask for a ring; those whose owner is known are in `peers` as well. */
  seedAddresses: readonly string[];
  /** Id -> when it failed to answer. */
  readonly failing: Map<string, number>;
  readonly watched: Map<string, Watch>;
  /** Answers of registered members while joining: who is not on a ring either. */
  readonly outsiders: Map<string, number>;
  /** When somebody last said that it stands on a ring, or the join began. */
  insideHeardMs: number;
  readonly lookups: Map<number, Lookup>;
  /** Request id -> lookup id, oldest request first. */
  readonly queries: Map<number, number>;
  nextLookupId: number;
  nextRequestId: number;
  readonly counters: RingCounters;
}

export interface DeferredMessage {
  readonly type: 'notify' | 'leaving';
  readonly sender: Member;
}

/** One call of `step`: the state, the time, and what is to be done. */
export interface Turn {
  readonly state: RingState;
  readonly nowMs: number;
  readonly effects: RingEffect[];
}

const MAX_SUCCESSORS = 32;

export function createState(options: RingOptions): RingState {
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const { self, random } = options;
  invariant(isMember(self), `a ring member needs an id, an address and a position: ${self.id}`);
  invariant(
    Number.isInteger(settings.successors) &&
      settings.successors >= 1 &&
      settings.successors <= MAX_SUCCESSORS,
    `successors must be an integer from 1 to ${MAX_SUCCESSORS}, not ${settings.successors}`,
  );
  return {
    self,
    wireSelf: toWire(self),
    random,
    settings,
    mutations: options.mutations ?? new Set(),
    phase: 'outside',
    predecessor: undefined,
    predecessorLeft: false,
    successors: [],
    isIsolated: false,
    directory: undefined,
    exchange: undefined,
    deferred: [],
    deferredDirectory: undefined,
    nextRoundMs: Number.POSITIVE_INFINITY,
    round: 0,
    refindRound: 0,
    fingers: createFingerTable(),
    routes: undefined,
    peers: new Map(),
    seedAddresses: [],
    failing: new Map(),
    watched: new Map(),
    outsiders: new Map(),
    insideHeardMs: Number.NEGATIVE_INFINITY,
    lookups: new Map(),
    queries: new Map(),
    nextLookupId: 1,
    // A restarted node must not take an answer to its former self for its own.
    nextRequestId: Math.floor(random() * 2 ** 48),
    counters: {
      sent: 0,
      received: 0,
      rejectedMalformed: 0,
      rejectedVersion: 0,
      rejectedSender: 0,
      late: 0,
      timeouts: 0,
      busy: 0,
    },
  };
}
