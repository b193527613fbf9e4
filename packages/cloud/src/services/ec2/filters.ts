/** Filters of the Describe operations: names with lists of values, of which one must match; all filters must match. */
import type { Filter } from '@aws-sdk/client-ec2';
import { invalidValue } from './errors.ts';

export type FilterValue = string | readonly string[] | undefined;
/** What a filter's name means for a resource. */
export type FilterTable<Resource> = Readonly<Record<string, (resource: Resource) => FilterValue>>;

export interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

export function filtered<Resource extends Tagged>(
  resources: readonly Resource[],
  filters: readonly Filter[] | undefined,
  table: FilterTable<Resource>,
): Resource[] {
  const tests = (filters ?? []).map((filter) => testOf(filter, table));
  return resources.filter((resource) => tests.every((passes) => passes(resource)));
}

function testOf<Resource extends Tagged>(
  { Name: name = '', Values: values = [] }: Filter,
  table: FilterTable<Resource>,
): (resource: Resource) => boolean {
  const read = valueReader(name, table);
  const patterns = values.map(patternOf);
  return (resource) => {
    const value = read(resource);
    const candidates = typeof value === 'string' ? [value] : (value ?? []);
    return candidates.some((candidate) => patterns.some((pattern) => pattern.test(candidate)));
  };
}

function valueReader<Resource extends Tagged>(
  name: string,
  table: FilterTable<Resource>,
): (resource: Resource) => FilterValue {
  if (name === 'tag-key') return ({ tags }) => Object.keys(tags);
  if (name === 'tag-value') return ({ tags }) => Object.values(tags);
  if (name.startsWith('tag:')) return ({ tags }) => tags[name.slice('tag:'.length)];
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (known === undefined) {
    throw invalidValue(
      `The filter '${name}' is invalid; known here: tag:KEY, tag-key, ${Object.keys(table).join(', ')}`,
    );
  }
  return known;
}

/** `*` stands for any text, `?` for one character; a backslash takes the meaning from what follows. */
function patternOf(value: string): RegExp {
  const source = value.replace(/\\([\s\S])|([*?])|[\s\S]/g, (whole, escaped: string | undefined, wild) => {
    if (wild === '*') return '[\\s\\S]*';
    if (wild === '?') return '[\\s\\S]';
    return (escaped ?? whole).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}
