/** StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks. */
import type {
  CancelMessageMoveTaskCommandInput,
  ListMessageMoveTasksCommandInput,
  StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { AwsError } from '../../../contract/service.ts';
import { type Engine, newMessageId } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import type { MoveTask } from '../engine/move-tasks.ts';
import { checkedRange, invalidParameter, missingParameter } from '../errors.ts';
import { arnOf, nameInArn } from '../queue-record.ts';
import { sourcesOf } from './queues.ts';

export function startMessageMoveTask(engine: Engine, input: StartMessageMoveTaskCommandInput) {
  const source = queueOfArn(engine, 'SourceArn', input.SourceArn);
  const { DestinationArn } = input;
  const destination =
    DestinationArn === undefined ? undefined : queueOfArn(engine, 'DestinationArn', DestinationArn);
  const perSecond = checkedRange('MaxNumberOfMessagesPerSecond', input.MaxNumberOfMessagesPerSecond, 1, 500);
  if (sourcesOf(engine, source).length === 0) {
    throw invalidParameter(
      'SourceArn',
      input.SourceArn,
      'Source queue must be configured as a Dead Letter Queue',
    );
  }
  if (destination === source)
    throw invalidParameter(
      'DestinationArn',
      DestinationArn,
      'The destination must be another queue than the source',
    );
  if (destination !== undefined && destination.isFifo !== source.isFifo)
    throw invalidParameter(
      'DestinationArn',
      DestinationArn,
      'The destination must be of the type of the source',
    );
  if (engine.moves.of(source.name).some(({ status }) => status === 'RUNNING')) {
    throw invalidParameter(
      'SourceArn',
      input.SourceArn,
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time',
    );
  }
  const index = engine.store.index(source.number);
  index.advance(engine.clock.wallMs());
  const task: MoveTask = {
    id: newMessageId(engine.random),
    source: source.name,
    destination: destination?.name,
    perSecond,
    status: 'RUNNING',
    moved: 0,
    toMove: index.counts.ready,
    startedMs: engine.clock.wallMs(),
    untilSeq: engine.store.lastSeq,
  };
  engine.moves.begin(task);
  return { TaskHandle: handleOf(engine, task) };
}

export function cancelMessageMoveTask(engine: Engine, { TaskHandle }: CancelMessageMoveTaskCommandInput) {
  if (TaskHandle === undefined || TaskHandle === '') throw missingParameter('TaskHandle');
  const { taskId, sourceArn } = parseHandle(TaskHandle);
  const source = nameInArn(engine.place, sourceArn);
  const task = source === undefined ? undefined : engine.moves.find(source, taskId);
  if (task === undefined) throw new AwsError('ResourceNotFoundException', 'Task does not exist.');
  if (task.status !== 'RUNNING')
    throw invalidParameter('TaskHandle', TaskHandle, 'Only active tasks can be cancelled');
  engine.moves.cancel(task);
  return { ApproximateNumberOfMessagesMoved: task.moved };
}

export function listMessageMoveTasks(engine: Engine, input: ListMessageMoveTasksCommandInput) {
  const source = queueOfArn(engine, 'SourceArn', input.SourceArn);
  const most = checkedRange('MaxResults', input.MaxResults, 1, 10) ?? 1;
  const Results = engine.moves
    .of(source.name)
    .slice(0, most)
    .map((task) => shown(engine, task));
  return { Results };
}

function shown(engine: Engine, task: MoveTask): object {
  const { destination, perSecond, failure } = task;
  return {
    ...(task.status === 'RUNNING' ? { TaskHandle: handleOf(engine, task) } : {}),
    Status: task.status,
    SourceArn: arnOf(engine.place, task.source),
    ...(destination === undefined ? {} : { DestinationArn: arnOf(engine.place, destination) }),
    ...(perSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: perSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(failure === undefined ? {} : { FailureReason: failure }),
    StartedTimestamp: task.startedMs,
  };
}

function queueOfArn(engine: Engine, parameter: string, arn: string | undefined): LiveQueue {
  if (arn === undefined || arn === '') throw missingParameter(parameter);
  const name = nameInArn(engine.place, arn);
  const queue = name === undefined ? undefined : engine.queues.find(name);
  if (queue === undefined) {
    throw new AwsError(
      'ResourceNotFoundException',
      `The resource that you specified for the ${parameter} parameter doesn't exist.`,
    );
  }
  queue.usedMs = engine.clock.wallMs();
  return queue;
}

function handleOf({ place }: Engine, { id, source }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn: arnOf(place, source) })).toString('base64');
}

function parseHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString('utf8'));
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {
    // Told below.
  }
  throw invalidParameter('TaskHandle', handle, 'It is not from an answer of StartMessageMoveTask');
}
