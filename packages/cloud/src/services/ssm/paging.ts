import { AwsError } from '../../contract/service.ts';
import { invalid } from './parameter-name.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

export interface PageRequest {
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
  /** The most that AWS gives in one answer, and what it gives when nothing is asked. */
  readonly limit: number;
}

/** The items behind the one that the token names; `keyOf` must give the order of the items. */
export function pageOf<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  { maxResults, nextToken, limit }: PageRequest,
): Page<Item> {
  if (maxResults !== undefined && !(Number.isInteger(maxResults) && maxResults >= 1 && maxResults <= limit)) {
    throw invalid(`MaxResults must be between 1 and ${limit}, not ${maxResults}.`);
  }
  const after = nextToken === undefined ? undefined : parseToken(nextToken);
  const wanted = maxResults ?? limit;
  const page: Item[] = [];
  for (const item of items) {
    if (after !== undefined && keyOf(item) <= after) continue;
    if (page.length === wanted) return { items: page, nextToken: formatToken(keyOf(page.at(-1)!)) };
    page.push(item);
  }
  return { items: page };
}

function formatToken(key: string): string {
  return Buffer.from(`1${key}`).toString('base64url');
}

function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (text.startsWith('1') && formatToken(text.slice(1)) === token) return text.slice(1);
  throw new AwsError(
    'InvalidNextToken',
    'The specified token is not valid: it is not from an answer of this operation.',
  );
}
