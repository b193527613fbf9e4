import type { BinaryOperator } from './expression.ts';
import { MathError } from './math-error.ts';
import { joinSeries, type MathValue, mapPoints, scalar, type TimeSeries, VALUE_NAMES } from './math-value.ts';

const flag = (truth: boolean): number => (truth ? 1 : 0);

const OPERATIONS: Readonly<Record<BinaryOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  // By zero it gives no finite number, which leaves the point out.
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => flag(a === b),
  '!=': (a, b) => flag(a !== b),
  '<': (a, b) => flag(a < b),
  '>': (a, b) => flag(a > b),
  '<=': (a, b) => flag(a <= b),
  '>=': (a, b) => flag(a >= b),
  AND: (a, b) => flag(a !== 0 && b !== 0),
  OR: (a, b) => flag(a !== 0 || b !== 0),
};

/** Works on numbers and series in any pairing, and on a list against one of them. Of two series a missing value counts as 0. */
export function applyOperator(
  operator: BinaryOperator,
  left: MathValue,
  right: MathValue,
  position: number,
): MathValue {
  const operation = OPERATIONS[operator];
  const refuse = (): never => {
    const kinds = `${VALUE_NAMES[left.type]} and ${VALUE_NAMES[right.type]}`;
    throw new MathError(`"${operator}" at position ${position + 1} cannot be applied to ${kinds}`, position);
  };
  if (left.type === 'string' || right.type === 'string') return refuse();
  if (left.type === 'list' && right.type === 'list') return refuse();
  if (left.type === 'list')
    return overList(left.items, (item) => ofTwo(operation, item, right as TimeSeries));
  if (right.type === 'list') return overList(right.items, (item) => ofTwo(operation, left, item));
  return ofTwo(operation, left, right);
}

type Single = TimeSeries | { readonly type: 'scalar'; readonly value: number };

function overList(items: readonly TimeSeries[], map: (item: TimeSeries) => MathValue): MathValue {
  return { type: 'list', items: items.map((item) => map(item) as TimeSeries) };
}

function ofTwo(operation: (a: number, b: number) => number, left: Single, right: Single): MathValue {
  if (left.type === 'scalar')
    return right.type === 'scalar'
      ? scalar(operation(left.value, right.value))
      : mapPoints(right, (value) => operation(left.value, value));
  if (right.type === 'scalar') return mapPoints(left, (value) => operation(value, right.value));
  return joinSeries([left, right], ([a, b]) => operation(a ?? 0, b ?? 0));
}
