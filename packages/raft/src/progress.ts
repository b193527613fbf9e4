import type { PeerProgress } from './contract.ts';

/**
 * What a leader knows of one other peer's log.
 *
 * (G1) `match` only grows, but for a learner that has lost what it held (G6): the peer holds the leader's log durably up to it.
 *      `match < next`.
 * (G2) `probe`: at most one append under way, `next` is a guess. `replicate`: appends follow each other without
 *      waiting, `next` runs ahead, at most `maxInflightAppends` with entries are unanswered. `snapshot`: no appends.
 */
export interface Progress {
  match: number;
  next: number;
  state: PeerProgress['state'];
  /** Probe: an append is under way, and the next waits for a sign of life. */
  paused: boolean;
  /** An append must go although it may carry nothing: it finds losses, or tells of a commit. */
  appendDue: boolean;
  /** Replicate: the last index of each append under way, ascending. */
  inflight: number[];
  /** Leader's ticks since the oldest unanswered append was sent, or the last answer came. */
  waitTicks: number;
  /** Leader's ticks since the peer was heard. */
  silentTicks: number;
  /** Newest round of reads that the peer has confirmed. */
  readRound: number;
}

export function newProgress(next: number): Progress {
  return {
    match: 0,
    next,
    state: 'probe',
    paused: false,
    appendDue: false,
    inflight: [],
    waitTicks: 0,
    silentTicks: 0,
    readRound: 0,
  };
}

export function probeFrom(progress: Progress, next: number): void {
  progress.state = 'probe';
  progress.next = Math.max(next, progress.match + 1);
  progress.paused = false;
  progress.inflight = [];
}

export function awaitSnapshot(progress: Progress): void {
  progress.state = 'snapshot';
  progress.inflight = [];
  progress.appendDue = false;
}

/** The peer holds everything up to `index`. True when that is news, or ends a probe. */
export function acknowledge(progress: Progress, index: number, firstIndex: number): boolean {
  const news = index > progress.match;
  if (news) {
    progress.match = index;
    progress.waitTicks = 0;
  }
  progress.next = Math.max(progress.next, progress.match + 1);
  while (progress.inflight[0] !== undefined && progress.inflight[0] <= index) progress.inflight.shift();
  const endsProbe = progress.state === 'probe' && index === progress.match;
  const endsSnapshot = progress.state === 'snapshot' && progress.match + 1 >= firstIndex;
  if (endsProbe || endsSnapshot) {
    progress.state = 'replicate';
    progress.next = progress.match + 1;
    progress.paused = false;
  }
  return news || endsProbe;
}
