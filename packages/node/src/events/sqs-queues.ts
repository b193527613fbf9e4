/**
 * Queues as destinations of notifications: signed calls of SQS at AWS's address, or wherever AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL
 * says, with the credentials that the SDK finds (an instance's own, the environment's).
 *
 * The SDK is loaded with the first call: a store without rules never pays for it.
 */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '@crescendo/base';
import { eventMessage, parseQueueArn, type QueueArn } from '@crescendo/s3';
import type { EventSink, ObjectEvent } from '@crescendo/store';

export interface QueueAccess {
  /** Where SQS answers; by default what the environment says, else AWS's own address in the queue's region. */
  readonly endpoint?: () => string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

export class SqsQueues implements EventSink {
  private readonly access: QueueAccess;
  private readonly clients = new Map<string, SQSClient>();

  constructor(access: QueueAccess) {
    this.access = access;
  }

  async deliver(queue: string, events: readonly ObjectEvent[]): Promise<readonly (string | undefined)[]> {
    const { SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
    const { client, url } = await this.reach(queue);
    const answer = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: events.map((event, i) => ({ Id: String(i), MessageBody: eventMessage(queue, event) })),
      }),
    );
    const taken = new Set(answer.Successful?.map(({ Id }) => Id));
    const failed = new Map(answer.Failed?.map(({ Id, Code, Message }) => [Id, `${Code}: ${Message ?? ''}`]));
    return events.map((_, i) =>
      taken.has(String(i)) ? undefined : (failed.get(String(i)) ?? 'the queue did not say what became of it'),
    );
  }

  /** One message by itself. Fails with the service's own error. */
  async send(queue: string, text: string): Promise<void> {
    const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
    const { client, url } = await this.reach(queue);
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: text }));
  }

  close(): void {
    for (const client of this.clients.values()) client.destroy();
    this.clients.clear();
  }

  private async reach(queue: string): Promise<{ readonly client: SQSClient; readonly url: string }> {
    const arn = parseQueueArn(queue);
    if (arn === undefined) throw new Error(`${queue} is not the ARN of a queue`);
    const endpoint = this.access.endpoint?.() || endpointOfEnvironment();
    const base = endpoint ?? addressOf(arn);
    return { client: await this.client(arn.region, base), url: `${base}/${arn.account}/${arn.name}` };
  }

  private async client(region: string, endpoint: string): Promise<SQSClient> {
    const { SQSClient } = await import('@aws-sdk/client-sqs');
    const name = `${region} ${endpoint}`;
    const known = this.clients.get(name);
    if (known !== undefined) return known;
    const { credentials } = this.access;
    const client = new SQSClient({
      region,
      endpoint,
      // Whoever calls tries again, and knows when.
      maxAttempts: 1,
      requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      ...(credentials === undefined ? {} : { credentials }),
    });
    this.clients.set(name, client);
    return client;
  }
}

function endpointOfEnvironment(): string | undefined {
  const named = process.env['AWS_ENDPOINT_URL_SQS'] || process.env['AWS_ENDPOINT_URL'];
  return named === undefined || named === '' ? undefined : named.replace(/\/+$/, '');
}

function addressOf({ partition, region }: QueueArn): string {
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

/** Why a queue can't be used, in AWS's words where AWS has some. */
export function refusalOf(cause: unknown): string {
  const name = cause instanceof Error ? cause.name : '';
  if (/NonExistentQueue|QueueDoesNotExist/.test(name)) return 'The destination queue does not exist';
  if (/AccessDenied|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient/.test(name)) {
    return 'Permissions on the destination queue do not allow S3 to publish notifications from this bucket';
  }
  return `The destination queue cannot be reached (${messageOf(cause)})`;
}
