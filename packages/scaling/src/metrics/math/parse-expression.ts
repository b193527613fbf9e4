/**
 * Parses metric math. From loose to tight: OR, AND, comparisons, + and -, * and /, ^, unary minus. All join from the left but ^, which
 * AWS does not describe and which joins from the right here, as in mathematics.
 */
import type { BinaryOperator, Expression } from './expression.ts';
import { MathError, unexpected } from './math-error.ts';
import { type Token, tokensOf } from './tokens.ts';

/** AWS's limit for one expression. */
export const MAX_EXPRESSION_LENGTH = 2_048;
const MAX_DEPTH = 100;

/** What has been read of the text so far. */
interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

const LEVELS: readonly Readonly<Record<string, BinaryOperator>>[] = [
  { OR: 'OR', '||': 'OR' },
  { AND: 'AND', '&&': 'AND' },
  { '==': '==', '!=': '!=', '<': '<', '>': '>', '<=': '<=', '>=': '>=' },
  { '+': '+', '-': '-' },
  { '*': '*', '/': '/' },
];

/** Throws `MathError`. */
export function parseExpression(text: string): Expression {
  if (text.trim() === '') throw new MathError('The expression is empty', 0);
  if (text.length > MAX_EXPRESSION_LENGTH)
    throw new MathError(
      `The expression has ${text.length} characters; at most ${MAX_EXPRESSION_LENGTH} are allowed`,
      MAX_EXPRESSION_LENGTH,
    );
  const cursor: Cursor = { tokens: tokensOf(text), at: 0, depth: 0 };
  const expression = parseLevel(cursor, 0);
  const rest = peek(cursor);
  if (rest.type !== 'end') throw unexpected(rest.text, rest.position, 'an operator or the end was expected');
  return expression;
}

function parseLevel(cursor: Cursor, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parsePower(cursor);
  let left = parseLevel(cursor, level + 1);
  for (;;) {
    const token = peek(cursor);
    const operator = token.type === 'symbol' || token.type === 'name' ? operators[token.text] : undefined;
    if (operator === undefined || !Object.hasOwn(operators, token.text)) return left;
    cursor.at++;
    left = { type: 'binary', operator, left, right: parseLevel(cursor, level + 1), position: token.position };
  }
}

function parsePower(cursor: Cursor): Expression {
  const left = parseUnary(cursor);
  const token = peek(cursor);
  if (!isSymbol(token, '^')) return left;
  cursor.at++;
  return { type: 'binary', operator: '^', left, right: nested(cursor, parsePower), position: token.position };
}

function parseUnary(cursor: Cursor): Expression {
  const token = peek(cursor);
  if (isSymbol(token, '+')) {
    cursor.at++;
    return nested(cursor, parseUnary);
  }
  if (!isSymbol(token, '-')) return parsePrimary(cursor);
  cursor.at++;
  return { type: 'negate', operand: nested(cursor, parsePower), position: token.position };
}

function parsePrimary(cursor: Cursor): Expression {
  const token = peek(cursor);
  cursor.at++;
  const { position } = token;
  if (token.type === 'number') return { type: 'number', value: Number(token.text), position };
  if (token.type === 'string') return { type: 'string', value: token.text, position };
  if (token.type === 'name' && isSymbol(peek(cursor), '(')) {
    cursor.at++;
    return { type: 'call', name: token.text, args: parseList(cursor, ')'), position };
  }
  if (token.type === 'name') return { type: 'name', name: token.text, position };
  if (isSymbol(token, '[')) return { type: 'array', items: parseList(cursor, ']'), position };
  if (!isSymbol(token, '('))
    throw unexpected(token.text, position, 'a number, an id or a function was expected');
  const inner = nested(cursor, (inside) => parseLevel(inside, 0));
  expect(cursor, ')');
  return inner;
}

function parseList(cursor: Cursor, end: string): Expression[] {
  const items: Expression[] = [];
  if (isSymbol(peek(cursor), end)) {
    cursor.at++;
    return items;
  }
  for (;;) {
    items.push(nested(cursor, (inside) => parseLevel(inside, 0)));
    const token = peek(cursor);
    cursor.at++;
    if (isSymbol(token, end)) return items;
    if (!isSymbol(token, ',')) throw unexpected(token.text, token.position, `"," or "${end}" was expected`);
  }
}

/** Keeps an expression of brackets alone from using up the stack. */
function nested(cursor: Cursor, parse: (cursor: Cursor) => Expression): Expression {
  if (cursor.depth >= MAX_DEPTH)
    throw new MathError(`The expression is nested deeper than ${MAX_DEPTH}`, peek(cursor).position);
  cursor.depth++;
  const result = parse(cursor);
  cursor.depth--;
  return result;
}

function expect(cursor: Cursor, symbol: string): void {
  const token = peek(cursor);
  if (!isSymbol(token, symbol)) throw unexpected(token.text, token.position, `"${symbol}" was expected`);
  cursor.at++;
}

function peek({ tokens, at }: Cursor): Token {
  return tokens[Math.min(at, tokens.length - 1)]!;
}

function isSymbol({ type, text }: Token, symbol: string): boolean {
  return type === 'symbol' && text === symbol;
}
