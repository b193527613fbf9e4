/** Lists of names, page by page. */
import { AwsError } from '../../../contract/service.ts';
import { checkedRange } from '../errors.ts';

const MOST = 1_000;

export interface Page {
  readonly items: readonly string[];
  readonly nextToken?: string;
}

/** Of sorted names. As with AWS there is a next page only for who has asked for `MaxResults`. */
export function pageOf(
  names: readonly string[],
  {
    MaxResults,
    NextToken,
  }: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
): Page {
  const most = checkedRange('MaxResults', MaxResults, 1, MOST) ?? MOST;
  const after = NextToken === undefined ? '' : parseToken(NextToken);
  const rest = names.filter((name) => name > after);
  const items = rest.slice(0, most);
  if (MaxResults === undefined || items.length === rest.length) return { items };
  return { items, nextToken: Buffer.from(`1${items.at(-1)}`).toString('base64') };
}

function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (text.startsWith('1')) return text.slice(1);
  throw new AwsError('InvalidParameterValue', 'Invalid or expired next token.');
}
