import type { Random } from '@crescendo/base';
import type { Mutation, RingSettings } from '@crescendo/ring';

/**
 * What one seed's history is made of. A `strict` history keeps the assumptions of Zave's proof (a node that does not answer is dead, nobody
 * fails whose failure would leave a list without a live entry or fewer than r + 1 principals), so the invariant must hold at every
 * moment. A `wild` one breaks them: partitions, long pauses, everything off at once; there the ring must come back to the ideal.
 */
export interface RingPlan {
  readonly kind: 'strict' | 'wild';
  readonly listLength: number;
  readonly founders: number;
  /** Nodes that exist at all. */
  readonly population: number;
  /** The nodes hear of the registered membership, each at its own pace. */
  readonly hasRegistry: boolean;
  readonly lossChance: number;
  readonly duplicateChance: number;
  readonly meanDelayMs: number;
  /** Whether a sender learns at once that nobody listens. */
  readonly hasRefusals: boolean;
  readonly meanActionPauseMs: number;
  readonly faultsMs: number;
  readonly settings: Partial<RingSettings>;
}

export interface RingSeedOptions {
  readonly mutations?: ReadonlySet<Mutation>;
  readonly kind?: RingPlan['kind'];
  /** Zave's invariant and the ideal ring alone, without the rules for single steps. */
  readonly withoutStepRules?: boolean;
  /** Lines of the history's end that a report keeps. */
  readonly historyLines?: number;
}

export const REQUEST_TIMEOUT_MS = 300;
export const REQUEST_ATTEMPTS = 2;
/** Longest delay of a message: two of them and a short pause fit in one request's time-out. */
export const MAX_DELAY_MS = 100;
export const SHORT_PAUSE_MS = 80;
/** A live node has answered whatever was asked before this. */
export const SETTLED_MS = 2 * REQUEST_ATTEMPTS * REQUEST_TIMEOUT_MS;
const STABILISE_MS = 400;

export function drawPlan(random: Random, options: RingSeedOptions): RingPlan {
  const listLength = 2 + random.int(3);
  const founders = listLength + 1 + random.int(4);
  return {
    kind: options.kind ?? (random.chance(0.6) ? 'strict' : 'wild'),
    listLength,
    founders,
    population: founders + 3 + random.int(7),
    hasRegistry: random.chance(0.5),
    lossChance: random.pick([0, 0.02, 0.1, 0.3]),
    duplicateChance: random.pick([0, 0.05]),
    meanDelayMs: random.pick([2, 15, 40, 90]),
    hasRefusals: random.chance(0.5),
    meanActionPauseMs: random.pick([25, 60, 250, 800]),
    faultsMs: random.pick([10_000, 20_000, 40_000]),
    settings: {
      successors: listLength,
      stabiliseMs: STABILISE_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      requestAttempts: REQUEST_ATTEMPTS,
      suspicionMs: 4 * STABILISE_MS,
      avoidMs: 2000,
      refindRounds: 8,
    },
  };
}
