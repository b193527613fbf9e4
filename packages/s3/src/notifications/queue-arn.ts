/** Where a queue is, as its ARN says. */
export interface QueueArn {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

const QUEUE_ARN = /^arn:(aws[a-z-]*):sqs:([a-z0-9-]+):([0-9]{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;

/** undefined when the text is not the ARN of a queue. */
export function parseQueueArn(text: string): QueueArn | undefined {
  const match = QUEUE_ARN.exec(text);
  if (match === null) return undefined;
  const [, partition, region, account, name] = match as unknown as string[];
  return { partition: partition!, region: region!, account: account!, name: name! };
}
