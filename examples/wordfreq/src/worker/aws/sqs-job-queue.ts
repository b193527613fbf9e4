/** The jobs queue and its dead letters on SQS. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { HeldMessage, JobQueue } from '../ports.ts';

export interface SqsJobQueueOptions {
  readonly url: string;
  readonly visibilitySeconds: number;
}

interface Redrive {
  readonly maxReceives: number;
  readonly deadLetterUrl: string;
}

const LONG_POLL_SECONDS = 5;
const REASON_CHARACTERS = 1_000;

export class SqsJobQueue implements JobQueue {
  readonly #client: SQSClient;
  readonly #options: SqsJobQueueOptions;
  #redrive: Redrive | 'none' | undefined;

  constructor(client: SQSClient, options: SqsJobQueueOptions) {
    this.#client = client;
    this.#options = options;
  }

  async receive(): Promise<HeldMessage | undefined> {
    const { Messages } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#options.url,
        MaxNumberOfMessages: 1,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        VisibilityTimeout: this.#options.visibilitySeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      }),
    );
    const message = Messages?.[0];
    if (message === undefined) return undefined;
    const { ApproximateReceiveCount, SentTimestamp } = message.Attributes ?? {};
    return {
      id: message.MessageId ?? '',
      body: message.Body ?? '',
      receipt: message.ReceiptHandle ?? '',
      receiveCount: Number(ApproximateReceiveCount ?? 1),
      ...(SentTimestamp === undefined ? {} : { sentAtMs: Number(SentTimestamp) }),
    };
  }

  async setVisibility({ receipt }: HeldMessage, seconds: number): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#options.url,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }),
    );
  }

  async remove({ receipt }: HeldMessage): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.#options.url, ReceiptHandle: receipt }),
    );
  }

  async maxReceives(): Promise<number> {
    const redrive = await this.#findRedrive();
    return redrive === 'none' ? Number.POSITIVE_INFINITY : redrive.maxReceives;
  }

  async bury(body: string, reason: string): Promise<boolean> {
    const redrive = await this.#findRedrive();
    if (redrive === 'none') return false;
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: redrive.deadLetterUrl,
        MessageBody: body,
        MessageAttributes: {
          Reason: { DataType: 'String', StringValue: reason.slice(0, REASON_CHARACTERS) },
        },
      }),
    );
    return true;
  }

  /** The queue itself says where its dead letters go. */
  async #findRedrive(): Promise<Redrive | 'none'> {
    this.#redrive ??= await this.#readRedrive();
    return this.#redrive;
  }

  async #readRedrive(): Promise<Redrive | 'none'> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#options.url, AttributeNames: ['RedrivePolicy'] }),
    );
    const text = Attributes?.['RedrivePolicy'];
    if (text === undefined || text === '') return 'none';
    const policy = JSON.parse(text) as { deadLetterTargetArn: string; maxReceiveCount: number | string };
    const [account, name] = policy.deadLetterTargetArn.split(':').slice(-2);
    const { QueueUrl } = await this.#client.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
    );
    return { maxReceives: Number(policy.maxReceiveCount), deadLetterUrl: QueueUrl ?? '' };
  }
}
