import type {
  GetParameterCommandInput,
  GetParameterHistoryCommandInput,
  GetParametersByPathCommandInput,
  GetParametersCommandInput,
  Parameter,
  ParameterHistory,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../../contract/service.ts';
import { pageOf } from './paging.ts';
import { matchesAll, parseFilters } from './parameter-filter.ts';
import { invalid, parseSelection } from './parameter-name.ts';
import { type Found, notFound, type ParameterTable } from './parameter-table.ts';
import { DEFAULT_KEY_ID } from './put-parameter.ts';

const PATH_FILTERS = ['Type', 'KeyId', 'Label'];
const MAX_NAMES = 10;

export function getParameter(table: ParameterTable, { Name, WithDecryption }: GetParameterCommandInput) {
  const selection = parseSelection(Name!);
  const found = table.select(selection);
  return { Parameter: parameterOf(table, found, WithDecryption === true, selection.selector) };
}

export function getParameters(table: ParameterTable, { Names, WithDecryption }: GetParametersCommandInput) {
  checkNames(Names!);
  const parameters: Parameter[] = [];
  const invalidNames: string[] = [];
  for (const name of new Set(Names!)) {
    try {
      parameters.push(getParameter(table, { Name: name, WithDecryption }).Parameter);
    } catch (error) {
      const absent = ['ParameterNotFound', 'ParameterVersionNotFound'];
      if (!(error instanceof AwsError && absent.includes(error.code))) throw error;
      invalidNames.push(name);
    }
  }
  return { Parameters: parameters, InvalidParameters: invalidNames };
}

/** AWS's limit of the operations that take a list of names. */
export function checkNames(names: readonly string[]): void {
  if (names.length >= 1 && names.length <= MAX_NAMES) return;
  throw invalid(`Names must have between 1 and ${MAX_NAMES} members, not ${names.length}.`);
}

export function getParametersByPath(table: ParameterTable, input: GetParametersByPathCommandInput) {
  const path = pathPrefix(input.Path!);
  const filters = parseFilters(input.ParameterFilters, PATH_FILTERS);
  const below = [...table.list(path)].filter(
    ({ name }) => input.Recursive === true || !name.slice(path.length).includes('/'),
  );
  const label = filters.find(({ key }) => key === 'Label');
  const wanted = (label === undefined ? below : below.flatMap(({ name }) => table.history(name))).filter(
    (found) => matchesAll(filters, found, table),
  );
  const page = pageOf(wanted, keyOf, { maxResults: input.MaxResults, nextToken: input.NextToken, limit: 10 });
  return {
    Parameters: page.items.map((found) => parameterOf(table, found, input.WithDecryption === true)),
    NextToken: page.nextToken,
  };
}

/** `/a/b` -> `/a/b/`. */
export function pathPrefix(path: string): string {
  if (!/^\/[A-Za-z0-9_.\-/]*$/.test(path)) {
    throw invalid(
      `The path must begin with "/" and hold only letters, digits and the symbols "_", ".", "-" and "/", not ${JSON.stringify(path)}.`,
    );
  }
  return path.endsWith('/') ? path : `${path}/`;
}

export function getParameterHistory(table: ParameterTable, input: GetParameterHistoryCommandInput) {
  const { names } = parseSelection(input.Name!);
  const name = names.find((one) => table.newest(one) !== undefined);
  if (name === undefined) throw notFound(names[0]!);
  const page = pageOf(table.history(name), keyOf, {
    maxResults: input.MaxResults,
    nextToken: input.NextToken,
    limit: 50,
  });
  const shown = page.items.map((found) => historyOf(table, found, input.WithDecryption === true));
  return { Parameters: shown, NextToken: page.nextToken };
}

function keyOf({ name, version }: Found): string {
  return `${name}\0${String(version.number).padStart(10, '0')}`;
}

function parameterOf(table: ParameterTable, found: Found, decrypt: boolean, selector?: string): Parameter {
  return {
    Name: found.name,
    Type: found.type,
    Value: table.valueOf(found, decrypt),
    Version: found.version.number,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: new Date(found.version.modifiedMs),
    ARN: found.arn,
    DataType: found.version.dataType,
  };
}

function historyOf(table: ParameterTable, found: Found, decrypt: boolean): ParameterHistory {
  return { ...metadataOf(found), Value: table.valueOf(found, decrypt), Labels: [...found.version.labels] };
}

/** What operations that do not show values say of a parameter. */
export function metadataOf({ name, type, version }: Found) {
  return {
    Name: name,
    Type: type,
    ...(type === 'SecureString' ? { KeyId: DEFAULT_KEY_ID } : {}),
    LastModifiedDate: new Date(version.modifiedMs),
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.number,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  };
}
