/** DeleteMessage and ChangeMessageVisibility, single and in batches. */
import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityCommandInput,
  DeleteMessageBatchCommandInput,
  DeleteMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { changeVisibility, deleteMessage } from '../engine/change-messages.ts';
import type { Engine } from '../engine/engine.ts';
import { checkedRange, missingParameter } from '../errors.ts';
import { runBatch } from './batches.ts';
import { queueOf } from './queue-calls.ts';

const MAX_VISIBILITY_SECONDS = 43_200;

export async function deleteOne(engine: Engine, input: DeleteMessageCommandInput): Promise<void> {
  deleteMessage(engine, queueOf(engine, input.QueueUrl), input.ReceiptHandle);
  await engine.store.durable();
}

export async function deleteBatch(engine: Engine, { QueueUrl, Entries }: DeleteMessageBatchCommandInput) {
  const queue = queueOf(engine, QueueUrl);
  const answer = runBatch(Entries, ({ ReceiptHandle }) => {
    deleteMessage(engine, queue, ReceiptHandle);
    return {};
  });
  await engine.store.durable();
  return answer;
}

export async function changeOne(engine: Engine, input: ChangeMessageVisibilityCommandInput): Promise<void> {
  const queue = queueOf(engine, input.QueueUrl);
  changeVisibility(engine, queue, input.ReceiptHandle, visibilityMs(input.VisibilityTimeout));
  await engine.store.durable();
}

export async function changeBatch(
  engine: Engine,
  { QueueUrl, Entries }: ChangeMessageVisibilityBatchCommandInput,
) {
  const queue = queueOf(engine, QueueUrl);
  const answer = runBatch(Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
    changeVisibility(engine, queue, ReceiptHandle, visibilityMs(VisibilityTimeout));
    return {};
  });
  await engine.store.durable();
  return answer;
}

function visibilityMs(seconds: number | undefined): number {
  const checked = checkedRange('VisibilityTimeout', seconds, 0, MAX_VISIBILITY_SECONDS);
  if (checked === undefined) throw missingParameter('VisibilityTimeout');
  return checked * 1_000;
}
