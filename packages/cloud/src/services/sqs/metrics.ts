/**
 * What queues tell CloudWatch: at the end of every minute (divided by the speed), before alarms look at it. Messages whose time is over are
 * dropped then too.
 *
 * A queue is active while it holds messages, and for six hours after an operation named it; others tell nothing (AWS: "A queue is considered
 * active by CloudWatch for up to six hours").
 */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { messageOf, type Timer } from '@crescendo/base';
import type { ServiceCaller } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';
import type { Engine } from './engine/engine.ts';
import type { LiveQueue } from './engine/live-queue.ts';
import type { LogRecord } from './log/log-record.ts';
import { millisecondsOf } from './queue-attributes.ts';

export interface QueueMetricsPorts {
  readonly time: CloudTime;
  readonly services: ServiceCaller;
  readonly log?: (line: string) => void;
}

const MINUTE_MS = 60_000;
/** Of a minute: what is put in its last second belongs to it when alarms look at it. `speed` divides it. */
export const LEAD_MS = 1_000;
const ACTIVE_MS = 6 * 3_600_000;
const DATA_A_CALL = 1_000;
/** What has been received more often without success is not the oldest message (AWS: poison pills). */
const MAX_RECEIVES_OF_OLDEST = 3;

export class QueueMetrics {
  readonly #engine: Engine;
  readonly #ports: QueueMetricsPorts;
  #timer: Timer | undefined;
  #publishing: Promise<void> = Promise.resolve();

  constructor(engine: Engine, ports: QueueMetricsPorts) {
    this.#engine = engine;
    this.#ports = ports;
  }

  start(): void {
    const { clock, speed } = this.#ports.time;
    const minuteMs = MINUTE_MS / speed;
    const intoMs = (clock.wallMs() + LEAD_MS / speed) % minuteMs;
    this.#timer = clock.setTimer(minuteMs - intoMs, () => {
      this.start();
      this.#publishing = this.#publish();
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#publishing;
  }

  async #publish(): Promise<void> {
    try {
      const data = this.#engine.queues.all().flatMap((queue) => this.#lookAt(queue));
      for (let from = 0; from < data.length; from += DATA_A_CALL) {
        const MetricData = data.slice(from, from + DATA_A_CALL);
        await this.#ports.services.call('monitoring', 'PutMetricData', { Namespace: 'AWS/SQS', MetricData });
      }
    } catch (error) {
      this.#ports.log?.(`metrics of queues: ${messageOf(error)}`);
    }
  }

  #lookAt(queue: LiveQueue): MetricDatum[] {
    const nowMs = this.#engine.clock.wallMs();
    const index = this.#engine.store.index(queue.number);
    index.advance(nowMs);
    expireMessages(this.#engine, queue, nowMs);
    if (index.table.size === 0 && nowMs - queue.usedMs > ACTIVE_MS) return [];
    const { ready, inFlight, delayed } = index.counts;
    const { sent, received, deleted, emptyReceives, sizes } = queue.traffic.take();
    const about = {
      Dimensions: [{ Name: 'QueueName', Value: queue.name }],
      Timestamp: new Date(nowMs),
    };
    const count = (MetricName: string, Value: number): MetricDatum => ({
      ...about,
      MetricName,
      Value,
      Unit: 'Count',
    });
    const data = [
      count('ApproximateNumberOfMessagesVisible', ready),
      count('ApproximateNumberOfMessagesNotVisible', inFlight),
      count('ApproximateNumberOfMessagesDelayed', delayed),
      count('NumberOfMessagesSent', sent),
      count('NumberOfMessagesReceived', received),
      count('NumberOfMessagesDeleted', deleted),
      count('NumberOfEmptyReceives', emptyReceives),
    ];
    data.push({
      ...about,
      MetricName: 'ApproximateAgeOfOldestMessage',
      Value: ageOfOldestSeconds(this.#engine, queue, nowMs),
      Unit: 'Seconds',
    });
    if (sent > 0) {
      const { sum: Sum, minimum: Minimum, maximum: Maximum } = sizes;
      const StatisticValues = { SampleCount: sent, Sum, Minimum, Maximum };
      data.push({ ...about, MetricName: 'SentMessageSize', StatisticValues, Unit: 'Bytes' });
    }
    return data;
  }
}

/** By the time that a message came into this queue. */
function ageOfOldestSeconds(engine: Engine, queue: LiveQueue, nowMs: number): number {
  const { table } = engine.store.index(queue.number);
  let oldestMs = nowMs;
  for (const slot of table.slots()) {
    const arrivedMs = table.arrivedMs[slot]!;
    // As a dead letter it brought receives along that were not of this queue.
    const isPoison =
      !queue.isFifo &&
      table.receiveCount[slot]! > MAX_RECEIVES_OF_OLDEST &&
      table.receivedMs[slot]! >= arrivedMs;
    if (!isPoison && arrivedMs < oldestMs) oldestMs = arrivedMs;
  }
  return Math.floor((nowMs - oldestMs) / 1_000);
}

/** In flight too. Nobody is answered for it, so nobody waits until it is on disk. */
function expireMessages(engine: Engine, queue: LiveQueue, nowMs: number): void {
  const index = engine.store.index(queue.number);
  const { table } = index;
  const oldestMs = nowMs - millisecondsOf(queue.record, 'MessageRetentionPeriod');
  const records: LogRecord[] = [];
  for (const slot of [...table.slots()]) {
    if (table.sentMs[slot]! > oldestMs) continue;
    records.push({ type: 'deleted', queue: queue.number, seq: table.seq[slot]! });
    index.remove(slot);
  }
  if (records.length > 0) engine.store.append(records);
}
