/** Writes items from eight clients at once until it is killed, and prints the id of each that was acknowledged. */
import { CreateTableCommand, PutItemCommand, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { DynamoDbBench } from './dynamodb-bench.ts';
import { schema, tableOf } from './tables.ts';

const [, , path] = process.argv;
const bench = await DynamoDbBench.open({ path: path!, remove: () => {} });
const { KeySchema } = schema('first:S');
const rounds = { IndexName: 'rounds', KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' as const } };
try {
  const table = tableOf('written', 'id:S', { keys: 'first:S', GlobalSecondaryIndexes: [rounds] });
  await bench.client.send(new CreateTableCommand(table));
} catch (error) {
  if (!(error instanceof ResourceInUseException)) throw error;
}

async function write(client: number): Promise<never> {
  for (let round = 0; ; round++) {
    const id = `${process.pid}-${client}-${round}`;
    const value = { S: `${id} ${'x'.repeat(2_000)}` };
    await bench.client.send(
      new PutItemCommand({
        TableName: 'written',
        Item: { id: { S: id }, first: { S: id }, v: value, last: { S: id } },
      }),
    );
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, client) => write(client)));
