/** Query: the items of one partition of a table or an index, in the order of their sort key. */
import { type AttributeValue, areEqual, type Item } from './attribute-values.ts';
import { type ComparedAttribute, checkedRequest } from './checked-requests.ts';
import { meetsFilter } from './conditions.ts';
import { validation } from './errors.ts';
import type { KeyRange } from './item-database.ts';
import type { DynamoDbState } from './ports.ts';
import { answerPage, type PageRequest, positionOf, type Source, sourceOf } from './read-pages.ts';
import { after, indexPrefix, partitionKey, rowPrefix, sortKey, sortPrefix } from './sort-keys.ts';
import { attributeType, keyNames } from './table-record.ts';

export interface QueryRequest extends PageRequest {
  readonly KeyConditions: Readonly<Record<string, ComparedAttribute>>;
  readonly ScanIndexForward?: boolean;
}

interface KeyCondition {
  readonly hash: AttributeValue;
  readonly range: ComparedAttribute | undefined;
}

const NOT_OF_KEYS = ['NULL', 'NOT_NULL', 'NE', 'CONTAINS', 'NOT_CONTAINS', 'IN'];

export function query(state: DynamoDbState, input: object): object {
  const request = checkedRequest<QueryRequest>('query', input);
  const source = sourceOf(state, request);
  const condition = keyCondition(source, request);
  checkFilterLeavesKey(source, request);
  const whole = rangeOf(source, condition);
  return answerPage(state, source, request, pageRange(whole, source, condition, request));
}

function keyCondition({ table, keySchema }: Source, { KeyConditions }: QueryRequest): KeyCondition {
  const { hash, range } = keyNames(keySchema);
  const names = Object.keys(KeyConditions);
  if (KeyConditions[hash] === undefined) throw missed(hash);
  const other = names.find((name) => name !== hash && name !== range);
  if (other !== undefined) {
    throw range === undefined ? validation('Query key condition not supported') : missed(range);
  }
  for (const name of names) checkComparison(KeyConditions[name]!, attributeType(table, name)!);
  if (KeyConditions[hash].ComparisonOperator !== 'EQ') throw validation('Query key condition not supported');
  return {
    hash: KeyConditions[hash].AttributeValueList![0]!,
    range: range === undefined ? undefined : KeyConditions[range],
  };
}

function missed(name: string): Error {
  return validation(`Query condition missed key schema element: ${name}`);
}

function checkComparison(
  { ComparisonOperator, AttributeValueList }: ComparedAttribute,
  type: 'S' | 'N' | 'B',
): void {
  if (NOT_OF_KEYS.includes(ComparisonOperator!)) {
    throw validation('Attempted conditional constraint is not an indexable operation');
  }
  if (AttributeValueList!.some((value) => value[type] === undefined)) {
    throw validation(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  }
  if (AttributeValueList!.some((value) => value[type] === '')) {
    throw validation(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value.`,
    );
  }
}

function checkFilterLeavesKey({ keySchema }: Source, { QueryFilter, _filter }: QueryRequest): void {
  const used = QueryFilter ?? _filter?.pathHeads ?? {};
  const { hash, range } = keyNames(keySchema);
  const name = [hash, range].find((one) => one !== undefined && Object.hasOwn(used, one));
  if (name === undefined) return;
  throw validation(
    `${QueryFilter === undefined ? 'Filter Expression' : 'QueryFilter'} can only contain non-primary key attributes: Primary key attribute: ${name}`,
  );
}

function rangeOf({ table, index }: Source, { hash, range }: KeyCondition): KeyRange {
  const start =
    (index === undefined ? rowPrefix(table.number, 'item') : indexPrefix(table.number, index.number)) +
    partitionKey(hash);
  if (range === undefined) return { from: start, to: after(start) };
  const [first, second] = range.AttributeValueList!;
  const key = start + (range.ComparisonOperator === 'BEGINS_WITH' ? sortPrefix(first!) : sortKey(first!));
  switch (range.ComparisonOperator) {
    case 'LT':
      return { from: start, to: key };
    case 'LE':
      return { from: start, to: after(key) };
    case 'GT':
      return { from: after(key), to: after(start) };
    case 'GE':
      return { from: key, to: after(start) };
    case 'BETWEEN':
      return { from: key, to: after(start + sortKey(second!)) };
    // EQ: an index may hold several; BEGINS_WITH.
    default:
      return { from: key, to: after(key) };
  }
}

function pageRange(
  { from, to }: KeyRange,
  source: Source,
  condition: KeyCondition,
  { ExclusiveStartKey: start, ScanIndexForward }: QueryRequest,
): KeyRange {
  const reverse = ScanIndexForward === false;
  if (start === undefined) return { from, to, reverse };
  const position = positionOf(source, start);
  checkStart(source, condition, start);
  return reverse ? { from, to: position, reverse } : { from: `${position}\0`, to, reverse };
}

function checkStart({ keySchema }: Source, { hash, range }: KeyCondition, start: Item): void {
  const names = keyNames(keySchema);
  const inPartition = areEqual(start[names.hash]!, hash);
  if (range !== undefined && !meetsFilter(start, { [names.range!]: range })) {
    throw validation('The provided starting key does not match the range key predicate');
  }
  if (!inPartition) {
    throw validation('The provided starting key is outside query boundaries based on provided conditions');
  }
}
