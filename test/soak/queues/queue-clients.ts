/** Producers and consumers of one queue, which go on while the cloud is killed under them, and tell the judge what they were told. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Random } from '../../../packages/base/src/index.ts';
import { KEYS, type KillableCloud } from './killable-cloud.ts';
import type { QueueJudge } from './queue-judge.ts';

export interface QueueUnderTest {
  readonly cloud: KillableCloud;
  readonly path: string;
  readonly isFifo: boolean;
  readonly judge: QueueJudge;
  readonly visibilitySeconds: number;
  /** Nothing new is begun afterwards. */
  readonly isOver: () => boolean;
}

const RETRY_MS = 20;

/** A client for the cloud that runs now; another one runs after each kill. */
export class Clients {
  #client: SQSClient | undefined;
  #endpoint: string | undefined;

  async get(cloud: KillableCloud): Promise<SQSClient> {
    const endpoint = await cloud.endpoint();
    if (this.#client === undefined || endpoint !== this.#endpoint) {
      this.#client?.destroy();
      this.#endpoint = endpoint;
      this.#client = new SQSClient({ endpoint, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 });
    }
    return this.#client;
  }

  close(): void {
    this.#client?.destroy();
  }
}

/** Sends until the end: singles and batches to standard queues; in order, and again until it is acknowledged, to its group of a FIFO queue. */
export async function produce(queue: QueueUnderTest, name: string, random: Random): Promise<void> {
  const clients = new Clients();
  for (let i = 0; !queue.isOver(); i++) {
    if (queue.isFifo) {
      await sendUntilAcknowledged(queue, clients, name, `${name}/${i}`);
      // As who has missed the answer does.
      if (random.chance(0.3)) await sendUntilAcknowledged(queue, clients, name, `${name}/${i}`);
    } else await sendOnce(queue, clients, name, i, random);
    await pause(random.int(8));
  }
  clients.close();
}

async function sendOnce(
  { cloud, path, judge }: QueueUnderTest,
  clients: Clients,
  name: string,
  i: number,
  random: Random,
): Promise<void> {
  const count = random.chance(0.5) ? 1 : 1 + random.int(10);
  const Entries = Array.from({ length: count }, (_, j) => ({
    Id: String(j),
    MessageBody: `${name}/${i}/${j} ${'.'.repeat(random.int(2_000))}`,
  }));
  for (const { MessageBody } of Entries) judge.sending(tokenOf(MessageBody));
  try {
    const client = await clients.get(cloud);
    const { Successful } = await client.send(new SendMessageBatchCommand({ QueueUrl: path, Entries }));
    for (const { Id, MessageId } of Successful ?? [])
      judge.acknowledged(tokenOf(Entries[Number(Id)]!.MessageBody), MessageId!);
  } catch (error) {
    assertGone(error);
    await pause(RETRY_MS);
  }
}

async function sendUntilAcknowledged(
  { cloud, path, judge }: QueueUnderTest,
  clients: Clients,
  group: string,
  token: string,
): Promise<void> {
  if (!judge.knows(token)) judge.sending(token, group);
  const command = new SendMessageCommand({
    QueueUrl: path,
    MessageBody: token,
    MessageGroupId: group,
    MessageDeduplicationId: token,
  });
  for (;;) {
    try {
      const { MessageId } = await (await clients.get(cloud)).send(command);
      judge.acknowledged(token, MessageId!);
      return;
    } catch (error) {
      assertGone(error);
      await pause(RETRY_MS);
    }
  }
}

/** Receives, and deletes most of it; what it keeps comes again. */
export async function consume(queue: QueueUnderTest, random: Random): Promise<void> {
  const clients = new Clients();
  while (!queue.isOver()) {
    try {
      await receiveSome(queue, clients, { keep: 0.1, waitSeconds: random.int(2) }, random);
    } catch (error) {
      assertGone(error);
      await pause(RETRY_MS);
    }
  }
  clients.close();
}

/** Takes what is left, until nothing has come for longer than the visibility time. */
export async function drain(queue: QueueUnderTest, random: Random): Promise<void> {
  const clients = new Clients();
  let quietSinceMs = performance.now();
  while (performance.now() - quietSinceMs < queue.visibilitySeconds * 1_000 + 500) {
    const count = await receiveSome(queue, clients, { keep: 0, waitSeconds: 1 }, random);
    if (count > 0) quietSinceMs = performance.now();
  }
  clients.close();
}

async function receiveSome(
  { cloud, path, judge, visibilitySeconds }: QueueUnderTest,
  clients: Clients,
  { keep, waitSeconds }: { readonly keep: number; readonly waitSeconds: number },
  random: Random,
): Promise<number> {
  const client = await clients.get(cloud);
  const askedMs = performance.now();
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: path,
      MaxNumberOfMessages: 1 + random.int(10),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilitySeconds,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  );
  const messages = Messages.map(({ Body, MessageId, Attributes }) => ({
    token: tokenOf(Body!),
    messageId: MessageId!,
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
  }));
  judge.received({
    ...{ askedMs, answeredMs: performance.now(), messages },
    visibilityMs: visibilitySeconds * 1_000,
  });
  for (const { Body, ReceiptHandle } of Messages) {
    // What follows in its group may be delivered only once this is gone.
    if (random.chance(keep)) break;
    judge.deleting(tokenOf(Body!));
    await client.send(new DeleteMessageCommand({ QueueUrl: path, ReceiptHandle }));
    judge.deleted(tokenOf(Body!), performance.now());
  }
  return Messages.length;
}

function tokenOf(body: string): string {
  return body.split(' ')[0]!;
}

/** Only a cloud that is not there may refuse, and a handle whose time is over. */
function assertGone(error: unknown): void {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  const isGone = /ECONN|EPIPE|socket hang up|TimeoutError/.test(`${name} ${code} ${message}`);
  if (!isGone && !/receipt handle has expired/.test(String(message))) throw error;
}
