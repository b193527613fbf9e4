/** What a function was called with, and errors that name the place. */
import type { Expression } from './expression.ts';
import type { MathContext } from './math-context.ts';
import { MathError } from './math-error.ts';
import { type MathValue, type TimeSeries, VALUE_NAMES } from './math-value.ts';

export type Evaluate = (expression: Expression, context: MathContext) => MathValue;

export interface Call {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly position: number;
  readonly context: MathContext;
  readonly evaluate: Evaluate;
}

export function valueAt(call: Call, index: number): MathValue {
  return call.evaluate(call.args[index]!, call.context);
}

export function seriesAt(call: Call, index: number): TimeSeries {
  const value = valueAt(call, index);
  return value.type === 'series' ? value : refuse(call, index, value, 'a time series');
}

/** A single series counts as a list of one. */
export function listAt(call: Call, index: number): readonly TimeSeries[] {
  const value = valueAt(call, index);
  if (value.type === 'list') return value.items;
  return value.type === 'series' ? [value] : refuse(call, index, value, 'a list of time series');
}

export function numberAt(call: Call, index: number): number {
  const value = valueAt(call, index);
  return value.type === 'scalar' ? value.value : refuse(call, index, value, 'a number');
}

export function textAt(call: Call, index: number): string {
  const value = valueAt(call, index);
  return value.type === 'string' ? value.value : refuse(call, index, value, 'a text in quotes');
}

/** A bare word of a closed set, such as `ASC`; undefined when the argument is something else. */
export function wordAt<Word extends string>(
  call: Call,
  index: number,
  words: readonly Word[],
): Word | undefined {
  const argument = call.args[index];
  return argument?.type === 'name' ? words.find((word) => word === argument.name) : undefined;
}

/** Applies `map` to a series, or to each of a list. */
export function mapSeriesAt(call: Call, index: number, map: (series: TimeSeries) => TimeSeries): MathValue {
  const value = valueAt(call, index);
  if (value.type === 'list') return { type: 'list', items: value.items.map(map) };
  return value.type === 'series' ? map(value) : refuse(call, index, value, 'a time series or a list of them');
}

export function refuse(call: Call, index: number, value: MathValue, wanted: string): never {
  const { position } = call.args[index]!;
  throw new MathError(
    `Argument ${index + 1} of ${call.name} at position ${position + 1} is ${VALUE_NAMES[value.type]}; ${wanted} was expected`,
    position,
  );
}
