/** Tables are described, listed and deleted. */
import type {
  DeleteTableCommandInput,
  DescribeTableCommandInput,
  ListTablesCommandInput,
  TableDescription,
} from '@aws-sdk/client-dynamodb';
import { noSuchTable, validation } from './errors.ts';
import type { DynamoDbState } from './ports.ts';
import { type TableRecord, type TableState, tableView } from './table-record.ts';

const PAGE = 100;

export function viewOf({ tables }: DynamoDbState, table: TableRecord, state: TableState): TableDescription {
  return tableView(table, state, (index) => tables.countOf(table, index));
}

/** Throws as operations on tables do, which name the table. */
export function tableNamed({ tables }: DynamoDbState, name: string): TableRecord {
  const table = tables.find(name);
  if (table === undefined) throw noSuchTable(name);
  return table;
}

export function describeTable(state: DynamoDbState, { TableName }: DescribeTableCommandInput): object {
  return { Table: viewOf(state, tableNamed(state, TableName!), 'ACTIVE') };
}

export function listTables({ tables }: DynamoDbState, input: ListTablesCommandInput): object {
  const { ExclusiveStartTableName: start = '', Limit = PAGE } = input;
  if (!Number.isInteger(Limit) || Limit < 1 || Limit > PAGE) {
    throw validation(`Limit must be a whole number from 1 to ${PAGE}, not ${Limit}`);
  }
  const names = [...tables.all()].map(({ name }) => name).filter((name) => name > start);
  const page = names.slice(0, Limit);
  return { TableNames: page, ...(names.length > Limit ? { LastEvaluatedTableName: page.at(-1) } : {}) };
}

export function deleteTable(state: DynamoDbState, { TableName }: DeleteTableCommandInput): object {
  const table = tableNamed(state, TableName!);
  if (table.deletionProtection) {
    throw validation(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  const TableDescription = viewOf(state, table, 'DELETING');
  state.tables.delete(table);
  return { TableDescription };
}
