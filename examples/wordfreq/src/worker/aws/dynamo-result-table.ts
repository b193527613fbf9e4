/**
 * The table of results on DynamoDB: one row a file, `Filename` = `bucket/key`, `Words` = word -> count. `Sequencer` is that of the event
 * which the row is of; it orders the events of a key.
 *
 * (T1) A row is never overwritten by the result of an older event. The same event again writes the same row.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Job } from '../job-message.ts';
import type { WordCount } from '../job-result.ts';
import { reasonOf } from '../log.ts';
import { PermanentFailure } from '../permanent-failure.ts';
import type { ResultTable } from '../ports.ts';

const TOO_LARGE = /item size|exceeded the maximum allowed size/i;

export class DynamoResultTable implements ResultTable {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async put(job: Job, words: readonly WordCount[]): Promise<'written' | 'superseded'> {
    try {
      await this.#client.send(
        new PutItemCommand({ TableName: this.#name, Item: rowOf(job, words), ...notNewer(job) }),
      );
      return 'written';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'superseded'; // (T1)
      if (error instanceof Error && error.name === 'ValidationException' && TOO_LARGE.test(error.message))
        throw new PermanentFailure(`the words do not fit in a row (${reasonOf(error)})`, { cause: error });
      throw error;
    }
  }
}

/** The empty word, which a field of nothing but punctuation leaves, is no name that a map can have: it is in the result message only. */
function rowOf(job: Job, words: readonly WordCount[]): Record<string, AttributeValue> {
  const counts = words
    .filter(({ word }) => word !== '')
    .map(({ word, count }) => [word, { N: String(count) }]);
  return {
    Filename: { S: `${job.bucket}/${job.key}` },
    Words: { M: Object.fromEntries(counts) as Record<string, AttributeValue> },
    ...(job.sequencer === undefined ? {} : { Sequencer: { S: job.sequencer } }),
  };
}

/** An event without a sequencer is not S3's own, and is taken for the newest. */
function notNewer({ sequencer }: Job) {
  if (sequencer === undefined) return {};
  return {
    ConditionExpression: 'attribute_not_exists(Sequencer) OR Sequencer <= :sequencer',
    ExpressionAttributeValues: { ':sequencer': { S: sequencer } },
  };
}
