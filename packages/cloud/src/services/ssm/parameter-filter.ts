import type { ParameterStringFilter } from '@aws-sdk/client-ssm';
import { AwsError } from '../../contract/service.ts';
import type { Found, ParameterTable } from './parameter-table.ts';
import { DEFAULT_KEY_ID } from './put-parameter.ts';

export interface ParameterFilter {
  readonly key: string;
  readonly option: string;
  readonly values: readonly string[];
}

/** Options by key, the default first. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Name: ['Equals', 'BeginsWith', 'Contains'],
  Path: ['OneLevel', 'Recursive'],
};

/** Fails with AWS's errors for filters that are not known. `tag:KEY` is allowed where `tag` is. */
export function parseFilters(
  filters: readonly ParameterStringFilter[] | undefined,
  allowed: readonly string[],
): ParameterFilter[] {
  return (filters ?? []).map(({ Key, Option, Values }) => {
    const kind = Key!.startsWith('tag:') ? 'tag' : Key!;
    if (!allowed.includes(kind)) {
      throw new AwsError(
        'InvalidFilterKey',
        `The filter key must be ${allowed.join(', ')}, not ${JSON.stringify(Key)}.`,
      );
    }
    const options = OPTIONS[kind] ?? ['Equals'];
    const option = Option ?? options[0]!;
    if (!options.includes(option)) {
      throw new AwsError(
        'InvalidFilterOption',
        `The option of the filter ${Key} must be ${options.join(', ')}, not ${JSON.stringify(Option)}.`,
      );
    }
    const values = Values ?? [];
    if (values.length === 0 && kind !== 'tag') {
      throw new AwsError('InvalidFilterValue', `The filter ${Key} needs at least one value.`);
    }
    return { key: Key!, option, values };
  });
}

export function matchesAll(
  filters: readonly ParameterFilter[],
  found: Found,
  table: ParameterTable,
): boolean {
  return filters.every((filter) => matches(filter, found, table));
}

function matches({ key, option, values }: ParameterFilter, found: Found, table: ParameterTable): boolean {
  const { version } = found;
  if (key.startsWith('tag:')) return matchesTag(key.slice(4), values, table.head(found.name)?.tags ?? {});
  switch (key) {
    case 'Name':
      return values.some((value) => matchesName(found.name, option, value));
    case 'Path':
      return values.some((value) => isBelow(found.name, option, value));
    case 'Label':
      return values.some((value) => version.labels.includes(value));
    case 'KeyId':
      return found.type === 'SecureString' && values.includes(DEFAULT_KEY_ID);
    case 'Type':
      return values.includes(found.type);
    case 'Tier':
      return values.includes(version.tier);
    default:
      return values.includes(version.dataType);
  }
}

function matchesTag(key: string, values: readonly string[], tags: Readonly<Record<string, string>>): boolean {
  if (!Object.hasOwn(tags, key)) return false;
  return values.length === 0 || values.includes(tags[key]!);
}

/** With or without the slash at the beginning, as AWS's filter does. */
function matchesName(name: string, option: string, value: string): boolean {
  if (option === 'Contains') return name.includes(value);
  if (option === 'BeginsWith') return name.startsWith(value) || name.startsWith(`/${value}`);
  return name === value || name === `/${value}`;
}

function isBelow(name: string, option: string, path: string): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith(prefix)) return false;
  return option === 'Recursive' || !name.slice(prefix.length).includes('/');
}
