/** Descriptions of tables for tests, short to write. */
import type { CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb';

/** `id:S at:N`. */
export function schema(text: string): {
  readonly KeySchema: KeySchemaElement[];
  readonly AttributeDefinitions: NonNullable<CreateTableCommandInput['AttributeDefinitions']>;
} {
  const parts = text.split(' ').map((part) => part.split(':') as [string, 'S' | 'N' | 'B']);
  return {
    KeySchema: parts.map(([AttributeName], at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: parts.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
  };
}

export function tableOf(
  TableName: string,
  key: string,
  more: Partial<CreateTableCommandInput> & { readonly keys?: string } = {},
): CreateTableCommandInput {
  const { keys = '', ...rest } = more;
  const { KeySchema, AttributeDefinitions } = schema(key);
  const others = keys === '' ? [] : schema(keys).AttributeDefinitions;
  return {
    TableName,
    KeySchema,
    AttributeDefinitions: [...AttributeDefinitions, ...others],
    BillingMode: 'PAY_PER_REQUEST',
    ...rest,
  };
}
