import type { Expression } from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import type { MathContext } from './math-context.ts';
import { MathError } from './math-error.ts';
import { type MathValue, mapPoints, scalar, type TimeSeries } from './math-value.ts';
import { applyOperator } from './operators.ts';

/** Throws `MathError`. */
export function evaluateExpression(expression: Expression, context: MathContext): MathValue {
  const { position } = expression;
  switch (expression.type) {
    case 'number':
      return scalar(expression.value);
    case 'string':
      return { type: 'string', value: expression.value };
    case 'name': {
      const value = context.valueOf(expression.name);
      if (value !== undefined) return value;
      throw new MathError(
        `"${expression.name}" at position ${position + 1} is no id of the request`,
        position,
      );
    }
    case 'negate':
      return negate(evaluateExpression(expression.operand, context), position);
    case 'binary':
      return applyOperator(
        expression.operator,
        evaluateExpression(expression.left, context),
        evaluateExpression(expression.right, context),
        position,
      );
    case 'array':
      return { type: 'list', items: expression.items.flatMap((item) => seriesOf(item, context)) };
    case 'call':
      return callFunction(expression, context);
  }
}

function negate(value: MathValue, position: number): MathValue {
  if (value.type === 'scalar') return scalar(-value.value);
  if (value.type === 'series') return mapPoints(value, (point) => -point);
  if (value.type === 'list')
    return { type: 'list', items: value.items.map((series) => mapPoints(series, (point) => -point)) };
  throw new MathError(`"-" at position ${position + 1} stands before a text`, position);
}

function seriesOf(item: Expression, context: MathContext): readonly TimeSeries[] {
  const value = evaluateExpression(item, context);
  if (value.type === 'series') return [value];
  if (value.type === 'list') return value.items;
  throw new MathError(`A list holds time series; position ${item.position + 1} has none`, item.position);
}

function callFunction(call: Expression & { type: 'call' }, context: MathContext): MathValue {
  const { name, args, position } = call;
  checkCall(call);
  return FUNCTIONS[name]!.run({ name, args, position, context, evaluate: evaluateExpression });
}

/** Whether there is such a function, and with so many arguments. */
function checkCall({ name, args, position }: Expression & { type: 'call' }): void {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (known === undefined) {
    const names = Object.keys(FUNCTIONS).sort().join(', ');
    throw new MathError(
      `There is no function "${name}" (position ${position + 1}); there are ${names}`,
      position,
    );
  }
  const { least, most } = known;
  if (args.length >= least && args.length <= most) return;
  const allowed = least === most ? `${least}` : `${least} to ${most}`;
  throw new MathError(
    `"${name}" at position ${position + 1} has ${args.length} arguments; it takes ${allowed}`,
    position,
  );
}
