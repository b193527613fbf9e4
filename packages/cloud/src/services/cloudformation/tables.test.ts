import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { realClock } from '@crescendo/node/system';
import type { RunningCloud } from '../../daemon/cloud-options.ts';
import { startCloud } from '../../daemon/start-cloud.ts';
import { SimulatedProvider } from '../../instances/simulated/simulated-provider.ts';
import { type TemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts';

const credentials = { accessKeyId: 'AKIACLOUDTEST', secretAccessKey: 'a secret' };
const StackName = 'tables';
let folder: TemporaryFolder;
let cloud: RunningCloud;
let stacks: CloudFormationClient;
let tables: DynamoDBClient;

before(async () => {
  folder = temporaryFolder();
  cloud = await startCloud({
    dataDir: folder.path,
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [credentials],
    devKeys: false,
    provider: new SimulatedProvider({ clock: realClock() }),
    log: () => {},
  });
  const client = { endpoint: cloud.endpoint, region: 'us-east-1', credentials };
  stacks = new CloudFormationClient(client);
  tables = new DynamoDBClient(client);
});

after(async () => {
  await cloud.stop();
  folder.remove();
});

function template(properties: string, key = 'Filename'): string {
  return `
Resources:
  Results:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: ${key}, AttributeType: S}, {AttributeName: Kind, AttributeType: S}]
      KeySchema: [{AttributeName: ${key}, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - {IndexName: kinds, KeySchema: [{AttributeName: Kind, KeyType: HASH}], Projection: {ProjectionType: ALL}}
${properties}
Outputs:
  Name: {Value: !Ref Results}
  Arn: {Value: !GetAtt Results.Arn}
`;
}

async function settled(): Promise<Record<string, string>> {
  for (;;) {
    const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }));
    const { StackStatus: status = '', Outputs = [] } = Stacks![0]!;
    if (status.endsWith('_COMPLETE') && !status.includes('ROLLBACK') && !status.includes('CLEANUP')) {
      return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue!]));
    }
    if (!status.endsWith('_IN_PROGRESS')) {
      const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName }));
      assert.fail(`${status}: ${StackEvents?.map((event) => event.ResourceStatusReason).join('; ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('[Y18] a stack makes a table, changes it, replaces it when its key changes, and deletes it', async () => {
  const onDemand = template('      BillingMode: PAY_PER_REQUEST\n      Tags: [{Key: team, Value: words}]');
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody: onDemand }));
  const made = await settled();
  const TableName = made['Name']!;
  assert.match(TableName, /^tables-Results-/);
  assert.equal(made['Arn'], `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`);
  const Item = { Filename: { S: 'a' }, Kind: { S: 'b' } };
  await tables.send(new PutItemCommand({ TableName, Item }));
  const changed = template(`      ProvisionedThroughput: {ReadCapacityUnits: '5', WriteCapacityUnits: 6}
      DeletionProtectionEnabled: true
      TimeToLiveSpecification: {AttributeName: ends, Enabled: true}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      Tags: [{Key: team, Value: letters}]`).replace(
    'Projection: {ProjectionType: ALL}}',
    'Projection: {ProjectionType: ALL}, ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}}',
  );
  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: changed }));
  assert.equal((await settled())['Name'], TableName);
  const { Table } = await tables.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [Table?.ProvisionedThroughput?.ReadCapacityUnits, Table?.DeletionProtectionEnabled, Table?.ItemCount],
    [5, true, 1],
  );
  assert.equal(Table?.StreamSpecification?.StreamViewType, 'NEW_IMAGE');
  const expiry = await tables.send(new DescribeTimeToLiveCommand({ TableName }));
  assert.equal(expiry.TimeToLiveDescription?.AttributeName, 'ends');
  const { Tags } = await tables.send(new ListTagsOfResourceCommand({ ResourceArn: made['Arn'] }));
  assert.deepEqual(
    Tags?.filter(({ Key }) => Key === 'team'),
    [{ Key: 'team', Value: 'letters' }],
  );
  assert.ok(Tags?.some(({ Key, Value }) => Key === 'aws:cloudformation:logical-id' && Value === 'Results'));
  // Unprotected first: the old table goes at the end of the replacement.
  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: onDemand }));
  await settled();
  const replaced = template('      BillingMode: PAY_PER_REQUEST', 'Path');
  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: replaced }));
  const after = await settled();
  assert.notEqual(after['Name'], TableName);
  assert.deepEqual((await tables.send(new ListTablesCommand({}))).TableNames, [after['Name']]);
  await stacks.send(new DeleteStackCommand({ StackName }));
  const names = async () => (await tables.send(new ListTablesCommand({}))).TableNames!;
  while ((await names()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('[Y18] a table that can not be fails its stack with DynamoDB’s reason', async () => {
  const broken = template('      BillingMode: PROVISIONED');
  await stacks.send(new CreateStackCommand({ StackName: 'broken', TemplateBody: broken }));
  const reasons = async (): Promise<string> => {
    const { StackEvents } = await stacks.send(new DescribeStackEventsCommand({ StackName: 'broken' }));
    return StackEvents!.map((event) => event.ResourceStatusReason).join('\n');
  };
  while (!(await reasons()).includes('must both be specified'))
    await new Promise((resolve) => setTimeout(resolve, 20));
});
