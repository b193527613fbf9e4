/** Answers in pages: `MaxRecords` at a time, and a token that says where the next page begins. */
import { AwsError } from '../../contract/service.ts';
import { checkRange } from './checks.ts';

export interface PageRequest {
  readonly MaxRecords?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly NextToken: string | undefined;
}

export interface PageLimits {
  readonly usual: number;
  readonly most: number;
}

const LIMITS: PageLimits = { usual: 50, most: 100 };

/** `keyOf` must tell the items apart; an item that is gone by the next page loses nothing but itself. */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { MaxRecords, NextToken }: PageRequest,
  { usual, most }: PageLimits = LIMITS,
): Page<Item> {
  const count = checkRange(MaxRecords, 'MaxRecords', 1, most) ?? usual;
  const start = NextToken === undefined ? 0 : startOf(items, keyOf, NextToken);
  const page = items.slice(start, start + count);
  const isLast = start + count >= items.length;
  return {
    items: page,
    NextToken: isLast ? undefined : formatToken(start + count, keyOf(items[start + count]!)),
  };
}

function formatToken(index: number, key: string): string {
  return Buffer.from(JSON.stringify([index, key])).toString('base64url');
}

/** Where the item of the token is now; where it was, when it is gone. */
function startOf<Item>(items: readonly Item[], keyOf: (item: Item) => string, token: string): number {
  const [index, key] = parseToken(token);
  const found = items.findIndex((item) => keyOf(item) === key);
  return found >= 0 ? found : Math.min(index, items.length);
}

function parseToken(token: string): [number, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(value) && Number.isInteger(value[0]) && typeof value[1] === 'string') {
      return [value[0], value[1]];
    }
  } catch {
    // Falls through to the error for a token that nobody here made.
  }
  throw new AwsError('InvalidNextToken', `The token '${token}' is invalid.`);
}
