import type { DescribeParametersCommandInput, ParameterStringFilter } from '@aws-sdk/client-ssm';
import { pageOf } from './paging.ts';
import { matchesAll, parseFilters } from './parameter-filter.ts';
import { invalid } from './parameter-name.ts';
import type { ParameterTable } from './parameter-table.ts';
import { metadataOf } from './read-parameters.ts';

const KEYS = ['Name', 'Path', 'Type', 'KeyId', 'Label', 'Tier', 'DataType', 'tag'];

/** The account's own parameters: public ones are found by `GetParametersByPath`. */
export function describeParameters(table: ParameterTable, input: DescribeParametersCommandInput) {
  if (input.Shared === true) return { Parameters: [] };
  const filters = parseFilters([...(input.ParameterFilters ?? []), ...oldFilters(input)], KEYS);
  const found = [...table.list('')].filter((one) => matchesAll(filters, one, table));
  const page = pageOf(found, ({ name }) => name, {
    maxResults: input.MaxResults,
    nextToken: input.NextToken,
    limit: 50,
  });
  const shown = page.items.map((one) => ({ ...metadataOf(one), ARN: one.arn }));
  return { Parameters: shown, NextToken: page.nextToken };
}

/** The filters of old clients: names by their beginning, others by equality. */
function oldFilters({ Filters, ParameterFilters }: DescribeParametersCommandInput): ParameterStringFilter[] {
  if (Filters !== undefined && Filters.length > 0 && (ParameterFilters?.length ?? 0) > 0) {
    throw invalid('Filters and ParameterFilters cannot both be specified.');
  }
  return (Filters ?? []).map(({ Key, Values }) => ({
    Key,
    Values,
    Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
  }));
}
