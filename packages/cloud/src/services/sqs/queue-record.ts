/** A queue as it is recorded, and how its name, URL and ARN hang together. */
import { invalidParameter, missingParameter, noSuchQueue } from './errors.ts';

/** What can be set of a queue, in AWS's own names; texts as AWS gives them. */
export type QueueAttributes = Readonly<Record<string, string>>;

export interface QueueRecord {
  /** Never given twice; messages in the log name their queue by it. */
  readonly number: number;
  readonly name: string;
  /** Only those that were set; `DEFAULTS` has the others. */
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly purgedMs?: number;
}

export interface Place {
  readonly accountId: string;
  readonly region: string;
}

const FIFO_SUFFIX = '.fifo';

export function isFifo({ name }: Pick<QueueRecord, 'name'>): boolean {
  return name.endsWith(FIFO_SUFFIX);
}

export function arnOf(place: Place, name: string): string {
  return `arn:aws:sqs:${place.region}:${place.accountId}:${name}`;
}

/** The name in an ARN of this account and region; undefined for any other. */
export function nameInArn(place: Place, arn: string): string | undefined {
  const prefix = arnOf(place, '');
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}

/** Of a URL under whatever host: `.../ACCOUNT/NAME`. */
export function nameInUrl({ accountId }: Place, url: string | undefined): string {
  if (url === undefined) throw missingParameter('QueueUrl');
  const match = /^(?:[a-z]+:\/\/[^/]*)?\/(\d{12})\/([A-Za-z0-9_.-]{1,80})\/?$/i.exec(url);
  if (match === null) {
    throw invalidParameter(
      'QueueUrl',
      url,
      'It must end with /ACCOUNT/NAME, as CreateQueue and GetQueueUrl give it',
    );
  }
  if (match[1] !== accountId) throw noSuchQueue();
  return match[2]!;
}

export function assertName(name: string, fifo: boolean): void {
  const stem = fifo ? name.slice(0, -FIFO_SUFFIX.length) : name;
  const good = /^[A-Za-z0-9_-]+$/.test(stem) && name.length <= 80;
  if (fifo && !(good && name.endsWith(FIFO_SUFFIX))) {
    throw invalidParameter(
      'QueueName',
      name,
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length',
    );
  }
  if (!good) {
    throw invalidParameter(
      'QueueName',
      name,
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
}
