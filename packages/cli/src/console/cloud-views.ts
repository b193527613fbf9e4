/** Queues, tables and stacks as the console shows them. */
import type { Part, QueueView, StackView, TableView } from '@crescendo/console';
import { everyItem, partOf } from './cloud-pages.ts';
import { type ChartPorts, type MetricQuery, readChart } from './metric-charts.ts';

const MOST = 50;

export function queueViews(ports: ChartPorts): Promise<Part<QueueView>> {
  const read = () =>
    everyItem<string>(ports.services, {
      ...{ service: 'sqs', operation: 'ListQueues', items: 'QueueUrls' },
      input: { MaxResults: 1_000 },
    });
  return partOf(MOST, read, (url) => queueView(url, ports));
}

async function queueView(url: string, ports: ChartPorts): Promise<QueueView> {
  const name = nameOf(url, '/');
  const attributes = await attributesOf(url, ports);
  const count = (attribute: string): number => Number(attributes[attribute] ?? 0);
  const oldestSeconds = await oldestOf(name, ports);
  const dead = await deadLetters(url, attributes['RedrivePolicy'], ports);
  return {
    name,
    waiting: count('ApproximateNumberOfMessages'),
    inFlight: count('ApproximateNumberOfMessagesNotVisible'),
    delayed: count('ApproximateNumberOfMessagesDelayed'),
    ...(oldestSeconds !== undefined && { oldestSeconds }),
    ...(dead !== undefined && { dead }),
  };
}

async function attributesOf(QueueUrl: string, { services }: ChartPorts): Promise<Record<string, string>> {
  const { Attributes = {} } = await services.call<{ Attributes?: Record<string, string> }>(
    'sqs',
    'GetQueueAttributes',
    { QueueUrl, AttributeNames: ['All'] },
  );
  return Attributes;
}

/** What the queue published last. */
async function oldestOf(queue: string, ports: ChartPorts): Promise<number | undefined> {
  const Metric = {
    ...{ Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage' },
    Dimensions: [{ Name: 'QueueName', Value: queue }],
  };
  const queries: MetricQuery[] = [{ Id: 'oldest', MetricStat: { Metric, Stat: 'Maximum' } }];
  const { lines } = await readChart({ title: queue, queries, period: 60 }, ports);
  return lines[0]?.points.at(-1)?.[1];
}

async function deadLetters(
  url: string,
  policy: string | undefined,
  ports: ChartPorts,
): Promise<QueueView['dead']> {
  if (policy === undefined) return undefined;
  const { deadLetterTargetArn = '' } = JSON.parse(policy) as { deadLetterTargetArn?: string };
  const queue = nameOf(deadLetterTargetArn, ':');
  const target = url.slice(0, url.lastIndexOf('/') + 1) + queue;
  const attributes: Record<string, string> = await attributesOf(target, ports).catch(() => ({}));
  return { queue, waiting: Number(attributes['ApproximateNumberOfMessages'] ?? 0) };
}

function nameOf(path: string, separator: string): string {
  return path.slice(path.lastIndexOf(separator) + 1);
}

export function tableViews({ services }: ChartPorts): Promise<Part<TableView>> {
  const read = () =>
    everyItem<string>(services, {
      ...{ service: 'dynamodb', operation: 'ListTables', items: 'TableNames' },
      ...{ token: 'ExclusiveStartTableName', nextToken: 'LastEvaluatedTableName' },
    });
  return partOf(MOST, read, async (name) => {
    const { Table = {} } = await services.call<TableAnswer>('dynamodb', 'DescribeTable', { TableName: name });
    const { TableStatus = '', ItemCount = 0, TableSizeBytes = 0 } = Table;
    return { name, status: TableStatus, itemCount: ItemCount, bytes: TableSizeBytes };
  });
}

interface TableAnswer {
  readonly Table?: {
    readonly TableStatus?: string;
    readonly ItemCount?: number;
    readonly TableSizeBytes?: number;
  };
}

export function stackViews({ services }: ChartPorts): Promise<Part<StackView>> {
  const read = () =>
    everyItem<Stack>(services, { service: 'cloudformation', operation: 'DescribeStacks', items: 'Stacks' });
  return partOf(
    MOST,
    read,
    ({ StackName, StackStatus, StackStatusReason, LastUpdatedTime, CreationTime }) => ({
      name: StackName,
      status: StackStatus,
      changedMs: (LastUpdatedTime ?? CreationTime).getTime(),
      ...(StackStatusReason !== undefined && { reason: StackStatusReason }),
    }),
  );
}

interface Stack {
  readonly StackName: string;
  readonly StackStatus: string;
  readonly StackStatusReason?: string;
  readonly CreationTime: Date;
  readonly LastUpdatedTime?: Date;
}
