/** Producers and consumers of a standard and a FIFO queue, a cloud that is killed at random moments, and a judge for each queue. */
import { setTimeout as pause } from 'node:timers/promises';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { seededRandom } from '../../../packages/base/src/index.ts';
import { KillableCloud } from './killable-cloud.ts';
import { Clients, consume, drain, produce, type QueueUnderTest } from './queue-clients.ts';
import { QueueJudge, type QueueReport } from './queue-judge.ts';

export interface QueueCheck {
  /** Given to the cloud; must exist. */
  readonly folder: string;
  readonly seed: number;
  /** The cloud is killed so often, after lives of a random length. */
  readonly kills: number;
  readonly producers: number;
  readonly consumers: number;
  readonly tell?: (line: string) => void;
}

export interface QueueCheckResult {
  readonly kills: number;
  readonly standard: QueueReport;
  readonly fifo: QueueReport;
}

const VISIBILITY_SECONDS = 2;
const ACCOUNT = '000000000000';
const SHORTEST_LIFE_MS = 100;
const LONGEST_LIFE_MS = 1_500;

export async function checkQueues(check: QueueCheck): Promise<QueueCheckResult> {
  const cloud = new KillableCloud(check.folder);
  await cloud.start();
  let over = false;
  try {
    const queues = await makeQueues(cloud, () => over);
    const random = seededRandom(check.seed);
    const working = queues.flatMap((queue) => [
      ...Array.from({ length: check.producers }, (_, i) =>
        produce(queue, `p${i}`, random.fork(`${queue.path} producer ${i}`)),
      ),
      ...Array.from({ length: check.consumers }, (_, i) =>
        consume(queue, random.fork(`${queue.path} consumer ${i}`)),
      ),
    ]);
    const all = Promise.all(working);
    while (cloud.kills < check.kills) {
      await Promise.race([pause(SHORTEST_LIFE_MS + random.int(LONGEST_LIFE_MS)), all]);
      await cloud.kill();
      await cloud.start();
      check.tell?.(`killed ${cloud.kills} times`);
    }
    over = true;
    await all;
    await Promise.all(queues.map((queue) => drain(queue, random.fork(`${queue.path} last`))));
    const [standard, fifo] = queues.map(({ judge }) => judge.report());
    return { kills: cloud.kills, standard: standard!, fifo: fifo! };
  } finally {
    over = true;
    await cloud.kill();
  }
}

async function makeQueues(cloud: KillableCloud, isOver: () => boolean): Promise<QueueUnderTest[]> {
  const clients = new Clients();
  const queues: QueueUnderTest[] = [];
  for (const QueueName of ['check', 'check.fifo']) {
    const isFifo = QueueName.endsWith('.fifo');
    const Attributes = isFifo ? { FifoQueue: 'true' } : {};
    await (await clients.get(cloud)).send(new CreateQueueCommand({ QueueName, Attributes }));
    const judge = new QueueJudge(isFifo);
    // The clients know its host by the cloud that runs.
    const path = `http://127.0.0.1/${ACCOUNT}/${QueueName}`;
    queues.push({ cloud, path, isFifo, judge, visibilitySeconds: VISIBILITY_SECONDS, isOver });
  }
  clients.close();
  return queues;
}

export function reportLines({ kills, standard, fifo }: QueueCheckResult): string[] {
  const line = (name: string, report: QueueReport): string =>
    `${name}: ${report.acknowledged} acknowledged, ${report.deliveries} deliveries, ${report.repeated} of them more than once, ${report.deleted} deleted, ${report.violations.length} violations`;
  return [
    `the cloud was killed ${kills} times`,
    line('standard', standard),
    line('FIFO', fifo),
    ...standard.violations,
    ...fifo.violations,
  ];
}
