/** Tables of DynamoDB. An update compares with what the table is, so that one that was interrupted is simply made again. */
import type {
  ContinuousBackupsDescription,
  TableDescription,
  TimeToLiveDescription,
} from '@aws-sdk/client-dynamodb';
import type { Tag } from '../state/stack-records.ts';
import {
  createNamed,
  listIn,
  mergeTags,
  pick,
  tagsAreOurs,
  textIn,
  unless,
  untilTrue,
} from './handler-tools.ts';
import type { Made, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

const GONE = ['ResourceNotFoundException'];
const CREATED_WITH = [
  'AttributeDefinitions',
  'BillingMode',
  'DeletionProtectionEnabled',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
  'TableClass',
];
const INDEX_MEMBERS = ['IndexName', 'KeySchema', 'Projection', 'ProvisionedThroughput'];
/** The filling of an index with many items takes its time. */
const INDEX_PATIENCE_MS = 3_600_000;

type Index = Properties & { readonly IndexName: string };

function call<Output>(step: ResourceStep, operation: string, input: object): Promise<Output> {
  return step.call<Output>('dynamodb', operation, input);
}

async function describe(name: string, step: ResourceStep): Promise<TableDescription> {
  const { Table } = await call<{ Table: TableDescription }>(step, 'DescribeTable', { TableName: name });
  return Table;
}

function made({ TableName, TableArn, LatestStreamArn }: TableDescription): Made {
  return {
    physicalId: TableName!,
    attributes: { Arn: TableArn, ...(LatestStreamArn === undefined ? {} : { StreamArn: LatestStreamArn }) },
  };
}

function globalIndexes(properties: Properties): Index[] {
  return listIn<Index>(properties, 'GlobalSecondaryIndexes').map(
    (index) => pick(index, INDEX_MEMBERS) as Index,
  );
}

/** In templates a stream is on when it is there, and encryption's switch has another name. */
function settings(properties: Properties): object {
  const stream = properties['StreamSpecification'] as { readonly StreamViewType: string } | undefined;
  const encryption = properties['SSESpecification'] as
    | { readonly SSEEnabled: boolean; readonly SSEType?: string }
    | undefined;
  return {
    ...(stream === undefined
      ? {}
      : { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.StreamViewType } }),
    ...(encryption === undefined
      ? {}
      : { SSESpecification: { Enabled: encryption.SSEEnabled, ...pick(encryption, ['SSEType']) } }),
  };
}

export const table: ResourceHandler = {
  type: 'AWS::DynamoDB::Table',

  create: async (request, step) => {
    const { properties } = request;
    const name = textIn(properties, 'TableName') ?? request.name(255);
    const indexes = globalIndexes(properties);
    const create = (): Promise<unknown> =>
      call(step, 'CreateTable', {
        TableName: name,
        ...pick(properties, CREATED_WITH),
        ...settings(properties),
        ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
        Tags: mergeTags(listIn<Tag>(properties, 'Tags'), request.tags),
      });
    await createNamed(request, ['ResourceInUseException'], create, () => isOurs(name, step));
    request.made(name);
    await setExpiry(name, properties, step);
    await setBackups(name, properties, step);
    return made(await describe(name, step));
  },

  update: async ({ physicalId: name, properties, previous, tags }, step) => {
    await updateSettings(name, properties, step);
    await updateStream(name, properties, step);
    await updateIndexes(name, properties, step);
    await setExpiry(name, properties, step);
    await setBackups(name, properties, step);
    const described = await describe(name, step);
    await updateTags(described.TableArn!, previous, mergeTags(listIn<Tag>(properties, 'Tags'), tags), step);
    return made(described);
  },

  remove: async ({ physicalId: name }, step) => {
    await unless(GONE, () => call(step, 'DeleteTable', { TableName: name }));
  },
};

async function isOurs(name: string, step: ResourceStep): Promise<boolean> {
  const { TableArn } = await describe(name, step);
  const { Tags } = await call<{ Tags?: Tag[] }>(step, 'ListTagsOfResource', { ResourceArn: TableArn });
  return tagsAreOurs(Tags, step);
}

async function updateSettings(name: string, properties: Properties, step: ResourceStep): Promise<void> {
  const now = await describe(name, step);
  const before = now.BillingModeSummary?.BillingMode ?? 'PROVISIONED';
  const BillingMode = textIn(properties, 'BillingMode') ?? 'PROVISIONED';
  const asked = properties['ProvisionedThroughput'] as TableDescription['ProvisionedThroughput'];
  const sameUnits =
    asked?.ReadCapacityUnits === now.ProvisionedThroughput?.ReadCapacityUnits &&
    asked?.WriteCapacityUnits === now.ProvisionedThroughput?.WriteCapacityUnits;
  const { SSESpecification = { Enabled: false } } = settings(properties) as { SSESpecification?: object };
  await call(step, 'UpdateTable', {
    TableName: name,
    ...(BillingMode === before ? {} : { BillingMode }),
    ...(BillingMode === 'PAY_PER_REQUEST' || (sameUnits && BillingMode === before)
      ? {}
      : { ProvisionedThroughput: asked }),
    DeletionProtectionEnabled: properties['DeletionProtectionEnabled'] === true,
    TableClass: textIn(properties, 'TableClass') ?? 'STANDARD',
    SSESpecification,
  });
}

async function updateStream(name: string, properties: Properties, step: ResourceStep): Promise<void> {
  const { StreamSpecification: before } = await describe(name, step);
  const { StreamSpecification: wanted } = settings(properties) as Pick<
    TableDescription,
    'StreamSpecification'
  >;
  if (before?.StreamViewType === wanted?.StreamViewType) return;
  // A stream shows one view all its life.
  if (before !== undefined) {
    await call(step, 'UpdateTable', { TableName: name, StreamSpecification: { StreamEnabled: false } });
  }
  if (wanted !== undefined) await call(step, 'UpdateTable', { TableName: name, StreamSpecification: wanted });
}

async function updateIndexes(name: string, properties: Properties, step: ResourceStep): Promise<void> {
  const before = (await describe(name, step)).GlobalSecondaryIndexes ?? [];
  const wanted = globalIndexes(properties);
  const gone = before.filter(({ IndexName }) => !wanted.some((index) => index.IndexName === IndexName));
  for (const { IndexName } of gone) await changeIndex(name, { Delete: { IndexName } }, properties, step);
  for (const index of wanted) {
    const now = before.find(({ IndexName }) => IndexName === index.IndexName);
    const { ProvisionedThroughput } = index as { ProvisionedThroughput?: Properties };
    if (now === undefined) await changeIndex(name, { Create: index }, properties, step);
    else if (ProvisionedThroughput !== undefined) {
      const { IndexName } = index;
      await changeIndex(name, { Update: { IndexName, ProvisionedThroughput } }, properties, step);
    }
  }
  await untilTrue(
    step,
    INDEX_PATIENCE_MS,
    () => `the indexes of ${name} were not filled in time`,
    async () =>
      ((await describe(name, step)).GlobalSecondaryIndexes ?? []).every(
        (index) => index.IndexStatus === 'ACTIVE',
      ),
  );
}

async function changeIndex(
  name: string,
  change: object,
  properties: Properties,
  step: ResourceStep,
): Promise<void> {
  await call(step, 'UpdateTable', {
    TableName: name,
    ...pick(properties, ['AttributeDefinitions']),
    GlobalSecondaryIndexUpdates: [change],
  });
}

async function setExpiry(name: string, properties: Properties, step: ResourceStep): Promise<void> {
  type Wanted = { readonly AttributeName?: string; readonly Enabled: boolean } | undefined;
  const wanted = properties['TimeToLiveSpecification'] as Wanted;
  const attribute = wanted?.Enabled === true ? wanted.AttributeName : undefined;
  const { TimeToLiveDescription: now } = await call<{ TimeToLiveDescription: TimeToLiveDescription }>(
    step,
    'DescribeTimeToLive',
    { TableName: name },
  );
  if (now.AttributeName === attribute) return;
  const set = (AttributeName: string, Enabled: boolean): Promise<unknown> =>
    call(step, 'UpdateTimeToLive', {
      TableName: name,
      TimeToLiveSpecification: { AttributeName, Enabled },
    });
  if (now.AttributeName !== undefined) await set(now.AttributeName, false);
  if (attribute !== undefined) await set(attribute, true);
}

async function setBackups(name: string, properties: Properties, step: ResourceStep): Promise<void> {
  const wanted = properties['PointInTimeRecoverySpecification'] as
    | { readonly PointInTimeRecoveryEnabled?: boolean }
    | undefined;
  const PointInTimeRecoveryEnabled = wanted?.PointInTimeRecoveryEnabled === true;
  const { ContinuousBackupsDescription: now } = await call<{
    ContinuousBackupsDescription: ContinuousBackupsDescription;
  }>(step, 'DescribeContinuousBackups', { TableName: name });
  const isOn = now.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
  if (isOn === PointInTimeRecoveryEnabled) return;
  await call(step, 'UpdateContinuousBackups', {
    TableName: name,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
  });
}

async function updateTags(
  ResourceArn: string,
  previous: Properties,
  wanted: readonly Tag[],
  step: ResourceStep,
): Promise<void> {
  const gone = listIn<Tag>(previous, 'Tags').filter(({ Key }) => !wanted.some((tag) => tag.Key === Key));
  if (gone.length > 0)
    await call(step, 'UntagResource', { ResourceArn, TagKeys: gone.map(({ Key }) => Key) });
  await call(step, 'TagResource', { ResourceArn, Tags: wanted });
}
