/**
 * SQS: queues of messages that survive. It does not know the wire, nor who sends and receives.
 */
import type { Clock, Random } from '@crescendo/base';
import type { Records } from '../../contract/records.ts';
import type { AwsService, OperationHandler, RequestContext, ServiceCaller } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';
import type { Engine } from './engine/engine.ts';
import { MessageStore, type MessageStoreOptions } from './engine/message-store.ts';
import { MoveTasks } from './engine/move-tasks.ts';
import { QueueRegistry } from './engine/queue-registry.ts';
import { dismissReceivers, wakeReceivers } from './engine/receive-messages.ts';
import { QueueMetrics } from './metrics.ts';
import { getQueueAttributes, setQueueAttributes } from './operations/attributes.ts';
import { changeBatch, changeOne, deleteBatch, deleteOne } from './operations/change.ts';
import {
  cancelMessageMoveTask,
  listMessageMoveTasks,
  startMessageMoveTask,
} from './operations/move-tasks.ts';
import { addPermission, removePermission } from './operations/permissions.ts';
import {
  createQueue,
  deleteQueue,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  purgeQueue,
} from './operations/queues.ts';
import { receive } from './operations/receive.ts';
import { send, sendBatch } from './operations/send.ts';
import { listQueueTags, tagQueue, untagQueue } from './operations/tags.ts';

export { sendToQueueArn } from './queue-messages.ts';

export interface SqsLimits extends Pick<MessageStoreOptions, 'segmentBytes' | 'spareBytes'> {
  /** Messages of one queue that are in flight. Default 120,000, as with AWS. */
  readonly maxInFlight?: number;
}

export interface SqsPorts {
  /** Of the messages; made when it is missing. */
  readonly folder: string;
  readonly records: Records;
  readonly time: CloudTime;
  readonly random: Random;
  /** CloudWatch (`monitoring`) for metrics. */
  readonly services: ServiceCaller;
  readonly accountId: string;
  readonly region: string;
  /** In front of `/ACCOUNT/NAME` in the URLs of queues. */
  readonly endpointUrl: () => string;
  /** Told of metrics that could not be published. */
  readonly log?: (line: string) => void;
  /** Smaller ones, for tests. */
  readonly limits?: SqsLimits;
}

export interface Sqs {
  readonly service: AwsService;
  /** Reads the messages; before it nothing is answered. Fails with a `Failure` that says what to do. */
  start(): Promise<void>;
  /** Answers all that wait, and lets nobody wait any more: the endpoint is about to close. */
  endWaiting(): void;
  /** Resolves when no garbage is being collected. */
  settled(): Promise<void>;
  /** Writes what is under way. */
  stop(): Promise<void>;
}

const MAX_IN_FLIGHT = 120_000;
/** Escapes make up to six bytes of one, in JSON and in forms alike. */
const MAX_BODY_BYTES = 8 * 2 ** 20;

export function createSqsService(ports: SqsPorts): Sqs {
  const engine = new SqsEngine(ports);
  const on =
    <Input>(
      handler: (engine: Engine, input: Input, context: RequestContext) => unknown,
    ): OperationHandler<Input> =>
    (input, context) =>
      handler(engine, input, context);
  return {
    service: {
      signingName: 'sqs',
      maxBodyBytes: MAX_BODY_BYTES,
      operations: {
        AddPermission: on(addPermission),
        CancelMessageMoveTask: on(cancelMessageMoveTask),
        ChangeMessageVisibility: on(changeOne),
        ChangeMessageVisibilityBatch: on(changeBatch),
        CreateQueue: on(createQueue),
        DeleteMessage: on(deleteOne),
        DeleteMessageBatch: on(deleteBatch),
        DeleteQueue: on(deleteQueue),
        GetQueueAttributes: on(getQueueAttributes),
        GetQueueUrl: on(getQueueUrl),
        ListDeadLetterSourceQueues: on(listDeadLetterSourceQueues),
        ListMessageMoveTasks: on(listMessageMoveTasks),
        ListQueues: on(listQueues),
        ListQueueTags: on(listQueueTags),
        PurgeQueue: on(purgeQueue),
        ReceiveMessage: on(receive),
        RemovePermission: on(removePermission),
        SendMessage: on(send),
        SendMessageBatch: on(sendBatch),
        SetQueueAttributes: on(setQueueAttributes),
        StartMessageMoveTask: on(startMessageMoveTask),
        TagQueue: on(tagQueue),
        UntagQueue: on(untagQueue),
      },
    },
    start: () => engine.start(),
    endWaiting: () => engine.endWaiting(),
    settled: () => engine.store.settled(),
    stop: () => engine.stop(),
  };
}

class SqsEngine implements Engine {
  readonly clock: Clock;
  readonly random: Random;
  readonly queues: QueueRegistry;
  readonly moves: MoveTasks;
  readonly maxInFlight: number;
  readonly #metrics: QueueMetrics;
  readonly endpoint: () => string;
  readonly place: Engine['place'];
  mayWait = true;
  readonly #ports: SqsPorts;
  #store: MessageStore | undefined;

  constructor(ports: SqsPorts) {
    this.#ports = ports;
    this.clock = ports.time.clock;
    this.random = ports.random;
    this.endpoint = ports.endpointUrl;
    this.maxInFlight = ports.limits?.maxInFlight ?? MAX_IN_FLIGHT;
    this.place = { accountId: ports.accountId, region: ports.region };
    this.queues = new QueueRegistry(ports.records, this.clock.wallMs());
    this.moves = new MoveTasks(this, ports.records, (line) => ports.log?.(line));
    this.#metrics = new QueueMetrics(this, ports);
  }

  get store(): MessageStore {
    if (this.#store === undefined) throw new Error('the queues have not started');
    return this.#store;
  }

  async start(): Promise<void> {
    this.#store = new MessageStore({
      ...this.#ports.limits,
      folder: this.#ports.folder,
      queues: this.queues.all(),
      nowMs: () => this.clock.wallMs(),
      onArrival: (number) => {
        const queue = this.queues.byNumber(number);
        if (queue !== undefined) wakeReceivers(this, queue);
      },
    });
    this.moves.start();
    this.#metrics.start();
  }

  endWaiting(): void {
    this.mayWait = false;
    for (const queue of this.queues.all()) dismissReceivers(queue);
  }

  async stop(): Promise<void> {
    this.endWaiting();
    await this.#metrics.stop();
    await this.moves.stop();
    await this.#store?.close();
  }
}
