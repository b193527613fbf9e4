import { decodePercent, decodeQueryPercent } from './percent-encoding.ts';

/** Names in lower case; values that came several times are joined by `,`; text is decoded from UTF-8. */
export type HeaderMap = Readonly<Record<string, string | undefined>>;

export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/** Everything of a request but its body. */
export interface RequestHead {
  readonly method: string;
  /** As sent, percent-encoded, from the first slash. */
  readonly rawPath: string;
  /** Decoded. Nothing is normalised: `//` and `..` are parts of keys. */
  readonly path: string;
  /** Decoded, in the order sent. */
  readonly query: readonly QueryParameter[];
  readonly headers: HeaderMap;
}

const NO_PARAMETERS: readonly QueryParameter[] = [];

/** Takes a request target as HTTP/1.1 carries it: origin form, or absolute form as proxies send it. */
export function parseRequestHead(method: string, target: string, headers: HeaderMap): RequestHead {
  const origin = target.startsWith('/') ? target : originForm(target);
  const mark = origin.indexOf('?');
  const rawPath = mark < 0 ? origin : origin.slice(0, mark);
  const query = mark < 0 || mark === origin.length - 1 ? NO_PARAMETERS : parseQuery(origin.slice(mark + 1));
  return { method, rawPath, path: decodePercent(rawPath), query, headers };
}

function originForm(target: string): string {
  return /^https?:\/\/[^/?]*/i.test(target)
    ? normalRoot(target.replace(/^https?:\/\/[^/?]*/i, ''))
    : normalRoot(target);
}

function normalRoot(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

export function parseQuery(text: string): QueryParameter[] {
  const parameters: QueryParameter[] = [];
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    parameters.push({
      name: decodeQueryPercent(name),
      value: equals < 0 ? '' : decodeQueryPercent(pair.slice(equals + 1)),
    });
  }
  return parameters;
}

/** The first value of a query parameter; `''` when it has none. */
export function queryValue(head: RequestHead, name: string): string | undefined {
  for (const parameter of head.query) if (parameter.name === name) return parameter.value;
  return undefined;
}
