/**
 * Reads the results queue and keeps what belongs to one run. Results of others are left where they are.
 *
 * (R1) A result is removed from the queue after it has been noted, so none is lost when this ends in between.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { parseResult, type ResultMessage } from '../worker/job-result.ts';

export class ResultCollector {
  /** By key; several where a file was counted again. */
  readonly results = new Map<string, ResultMessage[]>();
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #isOurs: (result: ResultMessage) => boolean;
  /** Told of the first result of each file. */
  readonly #seen: (key: string) => void;

  constructor(
    sqs: SQSClient,
    queueUrl: string,
    isOurs: (result: ResultMessage) => boolean,
    seen: (key: string) => void = () => {},
  ) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
    this.#isOurs = isOurs;
    this.#seen = seen;
  }

  /** Waits a second for results when there are none. Resolves to how many of ours have come. */
  async collect(): Promise<number> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    const ours = Messages.filter((message) => this.#note(message));
    if (ours.length === 0) return 0;
    await this.#sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: ours.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    ); // (R1)
    return ours.length;
  }

  #note({ Body = '' }: Message): boolean {
    const result = parseResult(Body);
    if (result === undefined || !this.#isOurs(result)) return false;
    const { Key } = result.Job;
    if (!this.results.has(Key)) this.#seen(Key);
    this.results.set(Key, [...(this.results.get(Key) ?? []), result]);
    return true;
  }
}
