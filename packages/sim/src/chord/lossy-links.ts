/**
 * What becomes of a message on its way: delay, loss, doubling, partition.
 *
 * (L1) In a strict world no message is lost if the one before it between the same two nodes was lost within an exchange's time, so a
 *      live node always answers in time.
 */
import type { Random } from '@crescendo/base';
import type { Member } from '@crescendo/ring';
import { MAX_DELAY_MS, type RingPlan, SETTLED_MS } from './ring-plan.ts';

export class LossyLinks {
  /** Off once the faults stop. */
  areFaultsOn = true;
  /** Node id -> side; messages do not cross. Empty while the network is whole. */
  readonly sides = new Map<string, number>();
  readonly #plan: RingPlan;
  readonly #random: Random;
  readonly #counts: { messages: number; lost: number };
  readonly #lastLossMs = new Map<string, number>();

  constructor(plan: RingPlan, random: Random, counts: { messages: number; lost: number }) {
    this.#plan = plan;
    this.#random = random;
    this.#counts = counts;
  }

  /** The delays of the copies that arrive. */
  deliver(from: Member, to: Member, nowMs: number): readonly number[] {
    const random = this.#random;
    const { lossChance, duplicateChance, meanDelayMs } = this.#plan;
    this.#counts.messages++;
    const delay = (): number => Math.min(MAX_DELAY_MS, 0.1 - Math.log(1 - random.float()) * meanDelayMs);
    if (!this.areFaultsOn) return [delay()];
    const isCut = this.sides.size > 0 && this.sides.get(from.id) !== this.sides.get(to.id);
    if (isCut || (random.chance(lossChance) && this.#mayLose(from.id, to.id, nowMs))) {
      this.#counts.lost++;
      return [];
    }
    return random.chance(duplicateChance) ? [delay(), delay()] : [delay()];
  }

  /** What a dead node did not get counts as lost: it may be back before the next attempt. */
  noteUndelivered(from: string, to: string, nowMs: number): void {
    this.#lastLossMs.set(pairOf(from, to), nowMs);
  }

  /** (L1) */
  #mayLose(from: string, to: string, nowMs: number): boolean {
    if (this.#plan.kind === 'wild') return true;
    const pair = pairOf(from, to);
    if (nowMs - (this.#lastLossMs.get(pair) ?? Number.NEGATIVE_INFINITY) < 2 * SETTLED_MS) return false;
    this.#lastLossMs.set(pair, nowMs);
    return true;
  }
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
