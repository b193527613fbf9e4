/** Whether an item meets a condition: an expression, or the older filters with operators by name. */
import { type AttributeValue, areEqual, bytesOf, type Item, orderOf, typeOf } from './attribute-values.ts';
import {
  type ComparedAttribute,
  type Condition,
  isPath,
  type Operand,
  type Path,
  type ReadExpressions,
  type SizeCall,
} from './checked-requests.ts';

export function meets(item: Item, condition: Condition): boolean {
  switch (condition.type) {
    case 'and':
      return condition.args.every((part) => meets(item, part));
    case 'or':
      return condition.args.some((part) => meets(item, part));
    case 'not':
      return !meets(item, condition.args[0]);
    case 'function':
      return compares(condition.name, valuesOf(item, condition.args));
    default:
      return compares(condition.type, valuesOf(item, condition.args));
  }
}

/** The condition of a write; without one every item will do. */
export function meetsWriteCondition(item: Item, request: ReadExpressions): boolean {
  if (request._condition !== undefined) return meets(item, request._condition.expression);
  return meetsFilter(item, request.Expected, request.ConditionalOperator);
}

export function meetsFilter(
  item: Item,
  filter: Readonly<Record<string, ComparedAttribute>> | undefined,
  operator: 'AND' | 'OR' = 'AND',
): boolean {
  const conditions = Object.entries(filter ?? {});
  if (conditions.length === 0) return true;
  const meetsOne = ([name, compared]: [string, ComparedAttribute]): boolean =>
    compares(operatorOf(compared), [item[name], ...operandsOf(compared)]);
  return operator === 'OR' ? conditions.some(meetsOne) : conditions.every(meetsOne);
}

function operatorOf({ Exists, ComparisonOperator = 'EQ' }: ComparedAttribute): string {
  // `Exists: true` demands the value that stands beside it.
  return Exists === false ? 'NULL' : ComparisonOperator;
}

function operandsOf({ AttributeValueList, Value }: ComparedAttribute): readonly AttributeValue[] {
  return AttributeValueList ?? (Value === undefined ? [] : [Value]);
}

type Value = AttributeValue | undefined;

function valuesOf(item: Item, operands: readonly Operand[]): Value[] {
  return operands.map((operand) => {
    if (isPath(operand)) return valueAt(item, operand);
    return 'type' in operand ? sizeOf(item, operand as SizeCall) : (operand as AttributeValue);
  });
}

/** undefined where the item has nothing. */
export function valueAt(item: Item, [name, ...rest]: Path): Value {
  let value: Value = Object.hasOwn(item, name) ? item[name] : undefined;
  for (const step of rest) {
    if (value === undefined) return undefined;
    if (typeof step === 'number') value = value.L?.[step];
    else value = value.M !== undefined && Object.hasOwn(value.M, step) ? value.M[step] : undefined;
  }
  return value;
}

function sizeOf(item: Item, { args: [path] }: SizeCall): Value {
  const value = valueAt(item, path);
  if (value === undefined) return undefined;
  const size = countOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function countOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.SS ?? value.NS ?? value.BS ?? value.L)?.length;
}

/** By the names of expressions and of older filters. */
function compares(operator: string, [left, ...others]: readonly Value[]): boolean {
  const right = others[0];
  switch (operator) {
    case '=':
    case 'EQ':
      return left !== undefined && right !== undefined && areEqual(left, right);
    case '<>':
    case 'NE':
      return left === undefined || right === undefined || !areEqual(left, right);
    case '<':
    case 'LT':
      return ordered(left, right, (order) => order < 0);
    case '<=':
    case 'LE':
      return ordered(left, right, (order) => order <= 0);
    case '>':
    case 'GT':
      return ordered(left, right, (order) => order > 0);
    case '>=':
    case 'GE':
      return ordered(left, right, (order) => order >= 0);
    case 'between':
    case 'BETWEEN':
      return ordered(left, right, (order) => order >= 0) && ordered(left, others[1], (order) => order <= 0);
    default:
      return holds(operator, left, others);
  }
}

function holds(operator: string, left: Value, others: readonly Value[]): boolean {
  const right = others[0];
  switch (operator) {
    case 'in':
    case 'IN':
      return left !== undefined && others.some((one) => one !== undefined && areEqual(left, one));
    case 'attribute_exists':
    case 'NOT_NULL':
      return left !== undefined;
    case 'attribute_not_exists':
    case 'NULL':
      return left === undefined;
    case 'attribute_type':
      return left !== undefined && typeOf(left) === right?.S;
    case 'begins_with':
    case 'BEGINS_WITH':
      return begins(left, right);
    case 'contains':
    case 'CONTAINS':
      return contains(left, right);
    case 'NOT_CONTAINS':
      return !contains(left, right);
    default:
      throw new Error(`the condition ${operator} is not known`);
  }
}

function ordered(left: Value, right: Value, is: (order: number) => boolean): boolean {
  if (left === undefined || right === undefined) return false;
  const order = orderOf(left, right);
  return order !== undefined && is(order);
}

function begins(left: Value, right: Value): boolean {
  if (left?.S !== undefined && right?.S !== undefined) return left.S.startsWith(right.S);
  if (left?.B === undefined || right?.B === undefined) return false;
  const prefix = bytesOf(right.B);
  return bytesOf(left.B).subarray(0, prefix.length).equals(prefix);
}

function contains(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  if (left.S !== undefined) return right.S !== undefined && left.S.includes(right.S);
  if (left.B !== undefined) return right.B !== undefined && bytesOf(left.B).includes(bytesOf(right.B));
  if (left.L !== undefined) return left.L.some((member) => areEqual(member, right));
  const members = (right.S !== undefined && left.SS) || (right.N !== undefined && left.NS) || left.BS;
  return members?.includes(right.S ?? right.N ?? right.B ?? '') ?? false;
}
