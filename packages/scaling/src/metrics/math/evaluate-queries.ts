/** Lines of metric math that refer to each other by id, worked out together; each once. */
import { evaluateExpression } from './evaluate.ts';
import type { Expression } from './expression.ts';
import type { MathContext } from './math-context.ts';
import { MathError } from './math-error.ts';
import type { MathValue, TimeSeries } from './math-value.ts';

export type MathLine =
  | { readonly id: string; readonly series: TimeSeries }
  | { readonly id: string; readonly expression: Expression; readonly periodMs?: number };

export type LineContext = Omit<MathContext, 'valueOf' | 'metrics'>;

export class MathLines {
  readonly #lines: ReadonlyMap<string, MathLine>;
  readonly #values = new Map<string, MathValue>();
  readonly #underWay = new Set<string>();
  readonly #context: LineContext;

  constructor(lines: readonly MathLine[], context: LineContext) {
    this.#lines = new Map(lines.map((line) => [line.id, line]));
    this.#context = context;
  }

  /** undefined when no line has that id. Throws `MathError`. */
  valueOf(id: string): MathValue | undefined {
    const line = this.#lines.get(id);
    if (line === undefined || 'series' in line) return line?.series;
    const present = this.#values.get(id);
    if (present !== undefined) return present;
    if (this.#underWay.has(id)) throw new MathError(`The expression "${id}" refers to itself`, 0);
    this.#underWay.add(id);
    const value = this.#work(line.expression, line.periodMs);
    this.#underWay.delete(id);
    this.#values.set(id, value);
    return value;
  }

  #work(expression: Expression, periodMs: number | undefined): MathValue {
    return evaluateExpression(expression, {
      ...this.#context,
      ...(periodMs === undefined ? {} : { periodMs }),
      valueOf: (id) => this.valueOf(id),
      metrics: () => this.#metrics(),
    });
  }

  #metrics(): [string, TimeSeries][] {
    const metrics: [string, TimeSeries][] = [];
    for (const line of this.#lines.values()) if ('series' in line) metrics.push([line.id, line.series]);
    return metrics;
  }
}
