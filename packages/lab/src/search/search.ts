/**
 * Looks for the settings that meet a goal best: all of them when they are few, else as many as were asked for, half drawn by chance, half
 * found step by step from the best so far.
 *
 * (F1) Every setting meets the same seeds, and the same seed gives the same search.
 */
import { seededRandom } from '@crescendo/base';
import { isBadSpec } from '../load/spec-error.ts';
import type { Experiment, Variant } from '../run/experiment.ts';
import { type Outcome, runVariant } from '../run/outcome.ts';
import { variantOf } from '../run/variants.ts';
import { compareForGoal, excess, type Goal, measureOf } from './goal.ts';
import { neighbours, type Place, placeAt, type Space, sizeOf, valuesAt } from './space.ts';

export interface SearchOptions {
  readonly experiment: Experiment;
  /** What is not varied stays as it is here. */
  readonly base: Variant;
  readonly space: Space;
  readonly goal: Goal;
  readonly seeds: readonly number[];
  /** Settings that are tried at most. */
  readonly tries: number;
  /** Told of each setting that was tried. */
  readonly onTry?: (tried: number, best: Outcome | undefined) => void;
  readonly signal?: AbortSignal;
}

export interface Found {
  readonly best: Outcome | undefined;
  /** Whether the best holds all limits. */
  readonly holds: boolean;
  /** Settings of which none is better in all that the goal names, from the cheapest on. */
  readonly frontier: readonly Outcome[];
  readonly tried: number;
  readonly size: number;
  /** Settings that cannot be put up, with the reason of the first. */
  readonly refused: number;
  readonly refusal: string | undefined;
}

export async function search(options: SearchOptions): Promise<Found> {
  const { space, tries } = options;
  const walk = new Walk(options);
  const size = sizeOf(space);
  if (size <= tries) for (let number = 0; number < size; number++) await walk.visit(placeAt(space, number));
  else await wander(walk, options, size);
  return walk.found(size);
}

/** Chance first, then from the best to its neighbours until none is better; then chance again. */
async function wander(walk: Walk, { space, tries, seeds }: SearchOptions, size: number): Promise<void> {
  const random = seededRandom(seeds[0]!).fork('search');
  const draw = (): Place => placeAt(space, random.int(size));
  while (walk.tried < tries / 2 && !walk.isStopped) await walk.visit(draw());
  for (let stale = 0; walk.tried < tries && stale < tries && !walk.isStopped; ) {
    const place = walk.bestPlace;
    const next = place === undefined ? undefined : neighbours(space, place).find((one) => !walk.hasSeen(one));
    await walk.visit(next ?? draw());
    stale = next === undefined ? stale + 1 : 0;
  }
}

class Walk {
  tried = 0;
  bestPlace: Place | undefined;
  readonly #options: SearchOptions;
  readonly #seen = new Set<string>();
  readonly #outcomes: Outcome[] = [];
  #best: Outcome | undefined;
  #refused = 0;
  #refusal: string | undefined;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  hasSeen(place: Place): boolean {
    return this.#seen.has(place.join());
  }

  async visit(place: Place): Promise<void> {
    if (this.hasSeen(place) || this.isStopped) return;
    this.#seen.add(place.join());
    const { experiment, base, space, goal, seeds, onTry } = this.#options;
    const own = valuesAt(space, place);
    const name = Object.entries(own)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
    try {
      const variant = variantOf(name, base.source, { ...base.values, ...own });
      const outcome = await runVariant(experiment, variant, seeds, { isBrief: true });
      this.#outcomes.push(outcome);
      if (this.#best === undefined || compareForGoal(goal, outcome.mean, this.#best.mean) < 0) {
        this.#best = outcome;
        this.bestPlace = place;
      }
    } catch (error) {
      if (!isBadSpec(error)) throw error;
      this.#refused++;
      this.#refusal ??= `${name}: ${error.message}`;
    }
    this.tried++;
    onTry?.(this.tried, this.#best);
  }

  found(size: number): Found {
    const { goal } = this.#options;
    const best = this.#best;
    return {
      best,
      holds: best !== undefined && excess(goal, best.mean) === 0,
      frontier: frontierOf(goal, this.#outcomes),
      tried: this.tried,
      size,
      refused: this.#refused,
      refusal: this.#refusal,
    };
  }
}

/** By what the goal names; a goal of one measure is held against the time that jobs wait, or else against cost. */
export function frontierOf(goal: Goal, outcomes: readonly Outcome[]): Outcome[] {
  const named = new Set([goal.objective, ...goal.limits.map(({ measure }) => measure)]);
  if (named.size === 1) named.add(goal.objective === 'cost' ? 'p95-wait' : 'cost');
  const pointOf = ({ mean }: Outcome): number[] => [...named].map((name) => measureOf(name, mean));
  const points = outcomes.map((outcome) => ({ outcome, point: pointOf(outcome) }));
  const isBelow = (one: readonly number[], other: readonly number[]): boolean =>
    one.every((value, index) => value <= other[index]!) && one.some((value, index) => value < other[index]!);
  const kept = points.filter(({ point }) => !points.some((other) => isBelow(other.point, point)));
  const distinct = new Map(kept.toReversed().map((one) => [one.point.join(), one.outcome]));
  return [...distinct.values()].sort((one, other) =>
    compareForGoal({ ...goal, limits: [] }, one.mean, other.mean),
  );
}
