/** Operations take a table's ARN wherever they take its name. */
const TABLE_ARN = /^arn:aws[a-z-]*:dynamodb:[^:]*:\d{12}:table\/([^/]+)$/;

export function tableNameOf(nameOrArn: string): string {
  return TABLE_ARN.exec(nameOrArn)?.[1] ?? nameOrArn;
}

export function withTableName<Input extends object>(input: Input): Input {
  const { TableName } = input as { TableName?: string };
  return TableName === undefined ? input : { ...input, TableName: tableNameOf(TableName) };
}
