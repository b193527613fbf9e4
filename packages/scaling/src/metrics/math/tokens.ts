import { MathError } from './math-error.ts';

export type TokenType = 'number' | 'name' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly type: TokenType;
  /** As it was written; of strings what is between the quotes. */
  readonly text: string;
  readonly position: number;
}

const PATTERN =
  /\s+|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|"([^"]*)"|'([^']*)'|(==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]])/y;

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    PATTERN.lastIndex = position;
    const match = PATTERN.exec(text);
    if (match === null)
      throw new MathError(
        `"${text[position]}" at position ${position + 1} is not part of any expression`,
        position,
      );
    const token = tokenOf(match, position);
    if (token !== undefined) tokens.push(token);
    position += match[0].length;
  }
  tokens.push({ type: 'end', text: '', position: text.length });
  return tokens;
}

function tokenOf(
  [, number, name, double, single, symbol]: RegExpExecArray,
  position: number,
): Token | undefined {
  if (number !== undefined) return { type: 'number', text: number, position };
  if (name !== undefined) return { type: 'name', text: name, position };
  const string = double ?? single;
  if (string !== undefined) return { type: 'string', text: string, position };
  return symbol === undefined ? undefined : { type: 'symbol', text: symbol, position };
}
