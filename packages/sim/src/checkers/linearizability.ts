/**
 * Is there an order of a register's operations that explains every outcome, in which each operation takes effect between its start
 * and its end? The search of Wing and Gong with Lowe's memory of configurations that led nowhere.
 *
 * (L1) Operations with a known outcome take effect once; those with an unknown one at any time after their start or never.
 * (L2) A look that may come next and fits is taken at once: whatever order exists, it exists with this one first as well. Only
 *      writes and deletes branch, also where they happen to change nothing: later they may be needed.
 */
import {
  ABSENT,
  applyOperation,
  describeOperation,
  type RegisterOperation,
  type RegisterValue,
} from './register.ts';

export type LinearizabilityResult =
  | { readonly verdict: 'linearizable' }
  /** The search was given up after `maxConfigurations`. */
  | { readonly verdict: 'undecided' }
  | { readonly verdict: 'violated'; readonly explanation: string };

interface Configuration {
  /** Known operations before this position have taken effect. */
  readonly front: number;
  /** Positions after `front` that have taken effect, ascending. */
  readonly ahead: readonly number[];
  /** Positions of unknown operations that have taken effect, ascending. */
  readonly used: readonly number[];
  readonly state: RegisterValue;
}

export interface SearchOptions {
  readonly maxConfigurations?: number;
  readonly initial?: RegisterValue;
}

export function checkLinearizability(
  operations: readonly RegisterOperation[],
  options: SearchOptions = {},
): LinearizabilityResult {
  const search = new Search(operations, options.maxConfigurations ?? 200_000);
  return search.run(options.initial ?? ABSENT);
}

class Search {
  readonly #known: readonly RegisterOperation[];
  readonly #unknown: readonly RegisterOperation[];
  readonly #maxConfigurations: number;
  readonly #seen = new Set<string>();
  #deepest: Configuration | undefined;

  constructor(operations: readonly RegisterOperation[], maxConfigurations: number) {
    const byStart = [...operations].sort((a, b) => a.startMs - b.startMs || a.id - b.id);
    this.#known = byStart.filter(({ outcome }) => outcome.kind !== 'unknown');
    // An unknown read tells nothing.
    this.#unknown = byStart.filter(
      ({ action, outcome }) => outcome.kind === 'unknown' && action.kind !== 'read',
    );
    this.#maxConfigurations = maxConfigurations;
  }

  run(initial: RegisterValue): LinearizabilityResult {
    const stack: Configuration[] = [{ front: 0, ahead: [], used: [], state: initial }];
    for (;;) {
      const next = stack.pop();
      if (next === undefined) return { verdict: 'violated', explanation: this.#explain() };
      const configuration = this.#takeLooks(next);
      if (configuration.front === this.#known.length) return { verdict: 'linearizable' };
      if (!this.#isNew(configuration)) continue;
      if (this.#seen.size > this.#maxConfigurations) return { verdict: 'undecided' };
      if (depth(configuration) > depth(this.#deepest)) this.#deepest = configuration;
      this.#pushChildren(configuration, stack);
    }
  }

  #isNew({ front, ahead, used, state }: Configuration): boolean {
    const key = `${front}|${ahead.join()}|${used.join()}|${state}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** Positions of known operations that no other one precedes. */
  #eligible({ front, ahead }: Configuration): number[] {
    const positions: number[] = [];
    let earliestEndMs = Number.POSITIVE_INFINITY;
    for (let i = front; i < this.#known.length; i++) {
      const operation = this.#known[i]!;
      if (operation.startMs > earliestEndMs) break;
      if (ahead.includes(i)) continue;
      positions.push(i);
      earliestEndMs = Math.min(earliestEndMs, operation.endMs);
    }
    return positions.filter((i) => this.#known[i]!.startMs <= earliestEndMs);
  }

  /** (L2) */
  #takeLooks(from: Configuration): Configuration {
    let configuration = from;
    for (;;) {
      const look = this.#eligible(configuration).find((i) => {
        const operation = this.#known[i]!;
        return isLook(operation) && applyOperation(operation, configuration.state) !== undefined;
      });
      if (look === undefined) return configuration;
      configuration = this.#take(configuration, look, configuration.state);
    }
  }

  #take(configuration: Configuration, position: number, state: RegisterValue): Configuration {
    const ahead = [...configuration.ahead, position].sort((a, b) => a - b);
    let { front } = configuration;
    while (ahead[0] === front) {
      ahead.shift();
      front++;
    }
    return { ...configuration, front, ahead, state };
  }

  /** What is likelier goes on the stack last: known operations before unknown ones, those that end first before others. */
  #pushChildren(configuration: Configuration, stack: Configuration[]): void {
    const { state, used } = configuration;
    const eligible = this.#eligible(configuration);
    const latestStartMs = Math.min(...eligible.map((i) => this.#known[i]!.endMs));
    for (let i = this.#unknown.length - 1; i >= 0; i--) {
      const operation = this.#unknown[i]!;
      if (operation.startMs > latestStartMs || used.includes(i)) continue;
      const after = applyOperation(operation, state);
      if (after === undefined || after === state) continue;
      stack.push({ ...configuration, used: [...used, i].sort((a, b) => a - b), state: after });
    }
    for (const i of eligible.sort((a, b) => this.#known[b]!.endMs - this.#known[a]!.endMs)) {
      const after = applyOperation(this.#known[i]!, state);
      if (after !== undefined) stack.push(this.#take(configuration, i, after));
    }
  }

  #explain(): string {
    const deepest = this.#deepest;
    if (deepest === undefined) return 'no operation can come first';
    const stuck = this.#eligible(deepest).map((i) => describeOperation(this.#known[i]!));
    const history = [...this.#known, ...this.#unknown]
      .sort((a, b) => a.startMs - b.startMs)
      .map(describeOperation);
    return [
      `no order explains it; the longest one explains ${depth(deepest)} operations and ends with ${deepest.state === ABSENT ? 'nothing' : deepest.state} there, then none of these fits:`,
      ...stuck.map((line) => `    ${line}`),
      '  the whole history of the key:',
      ...history.map((line) => `    ${line}`),
    ].join('\n');
  }
}

/** It never changes anything, in whatever state it comes. */
function isLook({ action, outcome }: RegisterOperation): boolean {
  return action.kind === 'read' || outcome.kind === 'refused';
}

function depth(configuration: Configuration | undefined): number {
  return configuration === undefined ? -1 : configuration.front + configuration.ahead.length;
}
