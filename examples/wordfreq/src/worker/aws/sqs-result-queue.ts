/** The results queue on SQS. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { reasonOf } from '../log.ts';
import { PermanentFailure } from '../permanent-failure.ts';
import type { ResultQueue } from '../ports.ts';

/** A few enormous words can make a result larger than a message may be. */
const TOO_LARGE = /must be shorter than|exceeds? the maximum|longer than/i;

export class SqsResultQueue implements ResultQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async send(text: string): Promise<void> {
    try {
      await this.#client.send(new SendMessageCommand({ QueueUrl: this.#url, MessageBody: text }));
    } catch (error) {
      if (error instanceof Error && TOO_LARGE.test(error.message))
        throw new PermanentFailure(`the words do not fit in a message (${reasonOf(error)})`, {
          cause: error,
        });
      throw error;
    }
  }
}
