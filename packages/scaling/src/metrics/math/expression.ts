/** A parsed line of metric math. `position` is that of the token in the text, from 0. */
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '^'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'AND'
  | 'OR';

export type Expression =
  | { readonly type: 'number'; readonly value: number; readonly position: number }
  | { readonly type: 'string'; readonly value: string; readonly position: number }
  /** The id of a metric or of another expression, or a word such as `REPEAT`. */
  | { readonly type: 'name'; readonly name: string; readonly position: number }
  | { readonly type: 'negate'; readonly operand: Expression; readonly position: number }
  | {
      readonly type: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly position: number;
    }
  | { readonly type: 'array'; readonly items: readonly Expression[]; readonly position: number }
  | {
      readonly type: 'call';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly position: number;
    };

/** Every name in the expression that may be an id, once. */
export function namesIn(expression: Expression): Set<string> {
  const names = new Set<string>();
  const visit = (part: Expression): void => {
    if (part.type === 'name') names.add(part.name);
    else if (part.type === 'negate') visit(part.operand);
    else if (part.type === 'array') part.items.forEach(visit);
    else if (part.type === 'call') part.args.forEach(visit);
    else if (part.type === 'binary') {
      visit(part.left);
      visit(part.right);
    }
  };
  visit(expression);
  return names;
}
