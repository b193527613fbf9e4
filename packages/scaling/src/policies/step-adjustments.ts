/** The steps of a step policy: which one a metric's distance from the alarm's threshold falls into, and what a list of them must satisfy. */

export interface StepAdjustment {
  /** Relative to the threshold; absent: minus infinity. */
  readonly lowerBound?: number;
  /** Relative to the threshold; absent: plus infinity. */
  readonly upperBound?: number;
  readonly adjustment: number;
}

/**
 * The step for `distance` = metric - threshold. A step above the threshold has its lower bound in and its upper bound out; a step below
 * it has its lower bound out and its upper bound in.
 */
export function findStep(steps: readonly StepAdjustment[], distance: number): StepAdjustment | undefined {
  return steps.find((step) => isWithin(step, distance));
}

function isWithin(step: StepAdjustment, distance: number): boolean {
  const { lower, upper } = boundsOf(step);
  return upper <= 0 ? lower < distance && distance <= upper : lower <= distance && distance < upper;
}

function boundsOf(step: StepAdjustment): { lower: number; upper: number } {
  return {
    lower: step.lowerBound ?? Number.NEGATIVE_INFINITY,
    upper: step.upperBound ?? Number.POSITIVE_INFINITY,
  };
}

/** What is wrong with a list of steps, as a sentence; undefined when it is sound. */
export function stepsProblem(steps: readonly StepAdjustment[]): string | undefined {
  if (steps.length === 0) return 'At least one StepAdjustment must be specified';
  const sorted = [...steps].sort((a, b) => boundsOf(a).lower - boundsOf(b).lower);
  return emptyStepProblem(sorted) ?? seamProblem(sorted) ?? openEndProblem(sorted);
}

function emptyStepProblem(sorted: readonly StepAdjustment[]): string | undefined {
  const empty = sorted.find((step) => boundsOf(step).lower >= boundsOf(step).upper);
  return empty === undefined
    ? undefined
    : `The lower bound of a StepAdjustment must be less than its upper bound, but it is ${empty.lowerBound} and the upper one ${empty.upperBound}`;
}

function seamProblem(sorted: readonly StepAdjustment[]): string | undefined {
  for (const [index, step] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined) continue;
    const end = boundsOf(step).upper;
    const start = boundsOf(next).lower;
    if (end > start) return 'StepAdjustment intervals must not overlap';
    if (end < start) return 'There must not be a gap between StepAdjustment intervals';
  }
  return undefined;
}

/** AWS asks for an open end on each side where the steps leave the threshold. */
function openEndProblem(sorted: readonly StepAdjustment[]): string | undefined {
  const lowest = boundsOf(sorted[0]!).lower;
  const highest = boundsOf(sorted.at(-1)!).upper;
  if (lowest < 0 && lowest !== Number.NEGATIVE_INFINITY) {
    return 'With a negative lower bound, one StepAdjustment must have no lower bound';
  }
  if (highest > 0 && highest !== Number.POSITIVE_INFINITY) {
    return 'With a positive upper bound, one StepAdjustment must have no upper bound';
  }
  return undefined;
}
