/** `SEARCH('{Namespace,Dimension} MetricName="CPU" web', ...)`: which metrics an expression finds. */
import { type ListedMetric, MathError, type MetricIdentity } from '@crescendo/scaling';

/** AWS's limit for one search. */
const MAX_FOUND = 500;

type Term = (metric: MetricIdentity) => boolean;

interface Cursor {
  readonly words: readonly string[];
  at: number;
}

/** Words side by side must all fit; AND, OR, NOT and brackets join them. In the order of names. Throws `MathError`. */
export function searchMetrics(expression: string, metrics: Iterable<ListedMetric>): MetricIdentity[] {
  const schema = /^\s*\{([^}]*)\}/.exec(expression);
  const [namespace, ...dimensions] =
    schema === null ? [] : schema[1]!.split(',').map((part) => unquoted(part.trim()));
  const rest = expression.slice(schema?.[0].length ?? 0);
  const cursor: Cursor = { words: wordsOf(rest), at: 0 };
  const term = cursor.words.length === 0 ? () => true : parseOr(cursor);
  if (cursor.at < cursor.words.length)
    throw new MathError(`Unexpected "${cursor.words[cursor.at]}" in the search "${expression}"`, 0);
  const found: MetricIdentity[] = [];
  for (const { metric } of metrics)
    if ((namespace === undefined || hasSchema(metric, namespace, dimensions)) && term(metric))
      found.push(metric);
  return found.sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1)).slice(0, MAX_FOUND);
}

function sortKey({ namespace, name, dimensions }: MetricIdentity): string {
  return [namespace, name, ...dimensions.map(({ value }) => value)].join('\0');
}

/** The namespace, and exactly these dimensions. */
function hasSchema(metric: MetricIdentity, namespace: string, dimensions: readonly string[]): boolean {
  const names = metric.dimensions.map(({ name }) => name);
  return (
    metric.namespace === namespace &&
    names.length === dimensions.length &&
    dimensions.every((name) => names.includes(name))
  );
}

function wordsOf(text: string): string[] {
  return text.match(/[()]|(?:"[^"]*"|[^\s()="]+)(?:\s*=\s*(?:"[^"]*"|[^\s()"]+))?|=/g) ?? [];
}

function parseOr(cursor: Cursor): Term {
  let left = parseAnd(cursor);
  while (take(cursor, 'OR')) {
    const [one, other] = [left, parseAnd(cursor)];
    left = (metric) => one(metric) || other(metric);
  }
  return left;
}

function parseAnd(cursor: Cursor): Term {
  let left = parseTerm(cursor);
  for (;;) {
    const next = cursor.words[cursor.at];
    if (next === undefined || next === ')' || next === 'OR') return left;
    take(cursor, 'AND');
    const [one, other] = [left, parseTerm(cursor)];
    left = (metric) => one(metric) && other(metric);
  }
}

function parseTerm(cursor: Cursor): Term {
  if (take(cursor, 'NOT')) {
    const inner = parseTerm(cursor);
    return (metric) => !inner(metric);
  }
  if (take(cursor, '(')) {
    const inner = parseOr(cursor);
    if (!take(cursor, ')')) throw new MathError('A bracket of the search is not closed', 0);
    return inner;
  }
  const word = cursor.words[cursor.at++];
  if (word === undefined || word === ')' || word === '=')
    throw new MathError('The search ends where a word was expected', 0);
  return termOf(word);
}

function take(cursor: Cursor, word: string): boolean {
  if (cursor.words[cursor.at] !== word) return false;
  cursor.at++;
  return true;
}

/** `key=value` or a word; in quotes it must be the whole, else a part of it will do. */
function termOf(word: string): Term {
  const equals = /^("[^"]*"|[^"=]+?)\s*=\s*(.+)$/.exec(word);
  if (equals === null) return (metric) => textsOf(metric).some((text) => fits(text, word));
  const [key, value] = [unquoted(equals[1]!), equals[2]!];
  return (metric) => {
    const texts =
      key === 'MetricName'
        ? [metric.name]
        : key === 'Namespace'
          ? [metric.namespace]
          : dimension(metric, key);
    return texts.some((text) => fits(text, value));
  };
}

function dimension(metric: MetricIdentity, key: string): string[] {
  return metric.dimensions.filter(({ name }) => name === key).map(({ value }) => value);
}

function textsOf({ namespace, name, dimensions }: MetricIdentity): string[] {
  return [namespace, name, ...dimensions.flatMap((one) => [one.name, one.value])];
}

function fits(text: string, wanted: string): boolean {
  if (wanted.startsWith('"')) return text === unquoted(wanted);
  return text.toLowerCase().includes(wanted.toLowerCase());
}

function unquoted(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}
