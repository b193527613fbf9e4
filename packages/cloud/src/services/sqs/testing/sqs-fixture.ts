/** SQS on a clock that tests move, with its messages in a folder of its own. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Message } from '@aws-sdk/client-sqs';
import { seededRandom } from '@crescendo/base';
import { AwsError, type RequestContext } from '../../../contract/service.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { MemoryRecords } from '../../../testing/memory-records.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { createSqsService, type Sqs, type SqsPorts } from '../index.ts';

export const PLACE = { accountId: '000000000000', region: 'us-east-1' };

export interface ServiceCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

export class SqsFixture {
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1));
  /** What was asked of other services. */
  readonly calls: ServiceCall[] = [];
  readonly #folder: string;
  readonly #limits: SqsPorts['limits'];
  #records = new MemoryRecords();
  #starts = 0;
  #folders = 0;
  sqs: Sqs;

  constructor(folder: string, limits: SqsPorts['limits']) {
    this.#folder = folder;
    this.#limits = limits;
    this.sqs = this.#create();
  }

  /** Started, and stopped when the test ends. */
  static async for(t: TestContext, limits: SqsPorts['limits'] = {}): Promise<SqsFixture> {
    const folder = temporaryFolder();
    const fixture = new SqsFixture(folder.path, limits);
    t.after(async () => {
      await fixture.sqs.stop();
      folder.remove();
    });
    await fixture.sqs.start();
    return fixture;
  }

  get messagesFolder(): string {
    return join(this.#folder, String(this.#folders));
  }

  #create(): Sqs {
    return createSqsService({
      ...PLACE,
      folder: this.messagesFolder,
      records: this.#records,
      time: { clock: this.clock, speed: 1 },
      random: seededRandom(++this.#starts),
      services: {
        call: async <Output>(service: string, operation: string, input: object) => {
          this.calls.push({ service, operation, input: input as Record<string, unknown> });
          return {} as Output;
        },
      },
      endpointUrl: () => 'http://127.0.0.1:4566',
      ...(this.#limits === undefined ? {} : { limits: this.#limits }),
    });
  }

  /** The process dies now; what it had not on disk is lost. */
  async crash(): Promise<void> {
    const before = this.messagesFolder;
    this.#folders += 1;
    cpSync(before, this.messagesFolder, { recursive: true });
    const old = this.sqs;
    this.#records = this.#records.afterCrash();
    this.sqs = this.#create();
    await old.stop();
    await this.sqs.start();
  }

  /** As the endpoint calls: the answer comes when the records are on disk. */
  async call<Output>(
    operation: string,
    input: object,
    context: Partial<RequestContext> = {},
  ): Promise<Output> {
    const handler = this.sqs.service.operations[operation] as (
      input: object,
      context: RequestContext,
    ) => Promise<Output>;
    const nowMs = this.clock.wallMs();
    try {
      return await handler(input, { ...PLACE, requestId: 'r', accessKeyId: 'AKIATEST', nowMs, ...context });
    } finally {
      await this.#records.durable();
    }
  }

  /** The URL of a new queue. */
  async queue(name: string, attributes: Record<string, string> = {}): Promise<string> {
    const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    const input = { QueueName: name, Attributes: { ...fifo, ...attributes } };
    return (await this.call<{ QueueUrl: string }>('CreateQueue', input)).QueueUrl;
  }

  async send(
    QueueUrl: string,
    MessageBody: string,
    more: object = {},
  ): Promise<{ MessageId: string; SequenceNumber?: string }> {
    return await this.call('SendMessage', { QueueUrl, MessageBody, ...more });
  }

  async receive(QueueUrl: string, more: object = {}): Promise<Message[]> {
    const input = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], ...more };
    return (await this.call<{ Messages?: Message[] }>('ReceiveMessage', input)).Messages ?? [];
  }

  async bodies(QueueUrl: string, more: object = {}): Promise<(string | undefined)[]> {
    return (await this.receive(QueueUrl, more)).map(({ Body }) => Body);
  }

  async delete(QueueUrl: string, { ReceiptHandle }: Message): Promise<void> {
    await this.call('DeleteMessage', { QueueUrl, ReceiptHandle });
  }

  async attribute(QueueUrl: string, name: string): Promise<string | undefined> {
    const input = { QueueUrl, AttributeNames: [name] };
    const { Attributes } = await this.call<{ Attributes?: Record<string, string> }>(
      'GetQueueAttributes',
      input,
    );
    return Attributes?.[name];
  }

  /** Visible, in flight, delayed. */
  async counts(QueueUrl: string): Promise<string> {
    const names = ['', 'NotVisible', 'Delayed'].map((end) => `ApproximateNumberOfMessages${end}`);
    return (await Promise.all(names.map((name) => this.attribute(QueueUrl, name)))).join(' ');
  }

  /** Garbage that is being collected has been. */
  async settled(): Promise<void> {
    await this.sqs.settled();
  }

  /** The code that the call is refused with, and what it says. */
  async refusal(operation: string, input: object): Promise<string> {
    try {
      await this.call(operation, input);
    } catch (error) {
      if (error instanceof AwsError) return `${error.code}: ${error.message}`;
      throw error;
    }
    throw new Error(`${operation} was not refused`);
  }
}
