import type { Random } from '@crescendo/base';
import type { Mutant, PeerId } from '@crescendo/raft';

/** A rule that the peers, or their hosts, break. `forgetLog`: a restarted peer has lost the end of its log. */
export type SimMutant = Mutant | 'forgetLog';

/** What one seed plays. Times are virtual milliseconds; a tick is `TICK_MS`. */
export interface RaftScenario {
  readonly peers: readonly PeerId[];
  readonly founders: readonly PeerId[];
  readonly chaosMs: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly loss: number;
  readonly duplication: number;
  readonly maxDelayMs: number;
  /** Share of messages that take up to ten times as long. */
  readonly straggling: number;
  readonly maxWriteMs: number;
  /** Mean time between faults of each kind; 0 for never. */
  readonly crashEveryMs: number;
  readonly partitionEveryMs: number;
  readonly pauseEveryMs: number;
  readonly stallEveryMs: number;
  readonly proposeEveryMs: number;
  readonly readEveryMs: number;
  readonly changeEveryMs: number;
  readonly transferEveryMs: number;
  readonly nudgeEveryMs: number;
  /** Share of time without clients, so that groups fall asleep in the middle of faults. */
  readonly quiet: number;
  readonly compactBehind: number;
  /** The one peer whose applied state is lost at each crash. */
  readonly forgetful: PeerId | null;
  /** Peers that stay broken after the faults, as far as a majority is left. */
  readonly broken: number;
}

export const TICK_MS = 10;

/** Draws which faults there are, and how hard: one seed has few kinds at high rates, the next all of them. */
export function drawScenario(random: Random): RaftScenario {
  const peers = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, 3 + random.int(4));
  const maybe = (probability: number, value: () => number) => (random.chance(probability) ? value() : 0);
  const between = (low: number, high: number) => low + random.int(high - low + 1);
  return {
    peers,
    founders: peers.slice(0, random.chance(0.1) ? 1 : Math.min(peers.length, between(2, 5))),
    chaosMs: between(3_000, 10_000),
    electionTicks: between(6, 12),
    heartbeatTicks: between(1, 3),
    loss: maybe(0.6, () => random.float() * 0.2),
    duplication: maybe(0.6, () => random.float() * 0.2),
    maxDelayMs: between(2, 30),
    straggling: maybe(0.5, () => random.float() * 0.2),
    maxWriteMs: between(1, 40),
    crashEveryMs: maybe(0.8, () => between(60, 800)),
    partitionEveryMs: maybe(0.8, () => between(60, 600)),
    pauseEveryMs: maybe(0.5, () => between(100, 1_000)),
    stallEveryMs: maybe(0.4, () => between(300, 1_500)),
    proposeEveryMs: between(4, 40),
    readEveryMs: between(5, 40),
    changeEveryMs: maybe(0.7, () => between(10, 300)),
    transferEveryMs: maybe(0.6, () => between(50, 600)),
    nudgeEveryMs: maybe(0.5, () => between(30, 400)),
    quiet: maybe(0.5, () => random.float() * 0.6),
    compactBehind: between(3, 60),
    forgetful: random.chance(0.3) ? random.pick(peers) : null,
    broken: random.int(3),
  };
}
