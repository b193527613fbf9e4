import { invalidNextToken } from './errors.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** The items after the one that the token names, in the order of their keys; a token stays good when items come and go. */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  token: string | undefined,
  limit: number,
): Page<Item> {
  const after = token === undefined ? undefined : decodeToken(token);
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  const rest = after === undefined ? keyed : keyed.filter(({ key }) => key > after);
  rest.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  const page = rest.slice(0, limit);
  const last = page.length < rest.length ? page[page.length - 1] : undefined;
  return {
    items: page.map(({ item }) => item),
    nextToken: last === undefined ? undefined : encodeToken(last.key),
  };
}

export function encodeToken(key: string): string {
  return Buffer.from(`1:${key}`).toString('base64url');
}

export function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1:')) throw invalidNextToken();
  return text.slice(2);
}
