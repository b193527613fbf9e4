import type { Random } from '@crescendo/base';

/** What one direction of one link does to messages. */
export interface LinkConditions {
  readonly minDelayMs: number;
  /** Mean of the exponential part that comes on top of `minDelayMs`. */
  readonly meanExtraDelayMs: number;
  /** One-way messages only; what belongs to a request is sent again below us and comes late. */
  readonly loss: number;
  /** One-way messages only. */
  readonly duplicate: number;
  /** May a one-way message overtake another one? */
  readonly reorder: boolean;
  /** Chance that the connection breaks while a request or its reply is on the way. */
  readonly breakage: number;
}

export const CALM_LINK: LinkConditions = {
  minDelayMs: 0.2,
  meanExtraDelayMs: 0.5,
  loss: 0,
  duplicate: 0,
  reorder: false,
  breakage: 0,
};

export const ROUGH_LINK: LinkConditions = {
  minDelayMs: 0.5,
  meanExtraDelayMs: 20,
  loss: 0.05,
  duplicate: 0.03,
  reorder: true,
  breakage: 0.04,
};

/** How long a lost packet of a connection takes to be sent again. */
const RETRANSMIT_MS = 200;
const BYTES_PER_MS = 100_000;

export function drawDelayMs(link: LinkConditions, random: Random, bytes: number): number {
  return link.minDelayMs - link.meanExtraDelayMs * Math.log(1 - random.float()) + bytes / BYTES_PER_MS;
}

/** Delay of what a connection delivers for certain as long as it stands: losses only make it late. */
export function drawReliableDelayMs(link: LinkConditions, random: Random, bytes: number): number {
  let delayMs = drawDelayMs(link, random, bytes);
  while (random.chance(link.loss)) delayMs += RETRANSMIT_MS;
  return delayMs;
}
