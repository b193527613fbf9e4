import { invalidCombination, invalidValue } from './errors.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** The items after the one that the token names, in the order of their keys; a token stays good when items come and go. */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { MaxResults: limit, NextToken: token }: PageRequest,
  bounds: readonly [number, number] = [5, 1000],
): Page<Item> {
  if (limit !== undefined && (limit < bounds[0] || limit > bounds[1])) {
    throw invalidValue(
      `Value ( ${limit} ) for parameter maxResults is invalid. Expecting a value from ${bounds[0]} to ${bounds[1]}.`,
    );
  }
  const after = token === undefined || token === '' ? undefined : decode(token);
  const sorted = [...items].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, limit ?? rest.length);
  const more = page.length < rest.length;
  return { items: page, nextToken: more ? encode(keyOf(page.at(-1)!)) : undefined };
}

/** AWS refuses a list of ids together with paging. */
export function assertNoIdsWithPaging(
  name: string,
  ids: readonly string[] | undefined,
  request: PageRequest,
): void {
  if (ids !== undefined && ids.length > 0 && request.MaxResults !== undefined) {
    throw invalidCombination(`The parameter ${name} cannot be used with the parameter maxResults`);
  }
}

function encode(key: string): string {
  return Buffer.from(`1:${key}`).toString('base64url');
}

function decode(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1:'))
    throw invalidValue('Invalid value for nextToken: use the one of the answer before');
  return text.slice(2);
}
