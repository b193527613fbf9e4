/** Queues of the local cloud: messages a second beside the disk's own flushes, and a million messages that wait. */
import { closeSync, fdatasyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KEYS, KillableCloud } from '../../test/soak/queues/killable-cloud.ts';
import { QueueClient } from '../load/queue-client.ts';
import type { Note } from '../report/note.ts';
import { cpuMsOf, memoryOf } from '../subjects/process-meter.ts';
import type { Probe } from './probe.ts';

const CLIENTS = [1, 8, 64];
const BODY_BYTES = 1_024;
/** Of each kind, with so many clients. */
const MESSAGES = 3_000;
const PATIENCE_MS = 6_000;
const FLUSH_MS = 1_000;
const WAITING = 1_000_000;
const WAITING_BODY_BYTES = 200;
const QUEUE = '/000000000000/bench';

export const queuesProbe: Probe = {
  name: 'queues',
  long: false,
  run: ({ root }) => measured(root, rates),
};

export const millionProbe: Probe = {
  name: 'million messages',
  long: true,
  run: ({ root }) => measured(root, million),
};

type Measure = (cloud: KillableCloud, root: string) => Promise<Note[]>;

async function measured(root: string, measure: Measure): Promise<Note[]> {
  mkdirSync(root, { recursive: true });
  const cloud = new KillableCloud(join(root, 'cloud'));
  await cloud.start();
  try {
    const client = await clientOf(cloud, 1);
    await client.call('CreateQueue', { QueueName: 'bench', Attributes: { VisibilityTimeout: '43200' } });
    client.close();
    return await measure(cloud, root);
  } finally {
    await cloud.kill();
  }
}

async function clientOf(cloud: KillableCloud, connections: number): Promise<QueueClient> {
  return new QueueClient({ endpoint: await cloud.endpoint(), ...KEYS }, connections);
}

interface Rate {
  readonly perSecond: number;
  /** Processor time of the cloud for one. */
  readonly cpuUs: number;
}

/** Each client does one after the other until so many are done or the time is up; `work` gives how many it did, 0 at the end. */
async function rateOf(
  cloud: KillableCloud,
  clients: number,
  most: number,
  work: () => Promise<number>,
  patienceMs = PATIENCE_MS,
): Promise<Rate> {
  const cpuBefore = cpuMsOf(cloud.pid!);
  const startedMs = performance.now();
  let done = 0;
  const one = async (): Promise<void> => {
    while (done < most && performance.now() - startedMs < patienceMs) {
      const count = await work();
      if (count === 0) return;
      done += count;
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
  const elapsedMs = performance.now() - startedMs;
  return {
    perSecond: done / (elapsedMs / 1_000),
    cpuUs: (1_000 * (cpuMsOf(cloud.pid!) - cpuBefore)) / done,
  };
}

/** Appends of as many bytes, each flushed before the next: what one client could have at best. */
function flushesPerSecond(root: string): number {
  const descriptor = openSync(join(root, 'flushes'), 'w');
  const bytes = Buffer.alloc(BODY_BYTES);
  const startedMs = performance.now();
  let count = 0;
  for (; performance.now() - startedMs < FLUSH_MS; count++) {
    writeSync(descriptor, bytes);
    fdatasyncSync(descriptor);
  }
  closeSync(descriptor);
  return count / ((performance.now() - startedMs) / 1_000);
}

async function rates(cloud: KillableCloud, root: string): Promise<Note[]> {
  const notes: Note[] = [];
  // Code that is not compiled yet costs twice as much.
  await round(cloud, 8, 1);
  for (const clients of CLIENTS) {
    const flushes = flushesPerSecond(root);
    notes.push({
      name: `queues, ${clients} clients: the disk alone, flushes of 1 KiB one after the other`,
      value: `${flushes.toFixed(0)} a second`,
    });
    for (const batch of clients === 64 ? [1, 10] : [1]) {
      const results = Object.entries(await round(cloud, clients, batch));
      const text = results.map(
        ([what, { perSecond, cpuUs }]) =>
          `${what} ${perSecond.toFixed(0)} a second (${(perSecond / flushes).toFixed(2)} of the flushes, ${cpuUs.toFixed(0)} us)`,
      );
      const how = batch === 1 ? 'one by one' : `in batches of ${batch}`;
      notes.push({ name: `queues, ${clients} clients, messages of 1 KiB ${how}`, value: text.join('; ') });
    }
  }
  return notes;
}

/** As many messages are sent, received, deleted. */
async function round(cloud: KillableCloud, clients: number, batch: number): Promise<Record<string, Rate>> {
  const client = await clientOf(cloud, clients);
  const MessageBody = 'x'.repeat(BODY_BYTES);
  const handles: string[] = [];
  const sent = await rateOf(cloud, clients, MESSAGES, () => sendSome(client, batch, MessageBody));
  const received = await rateOf(cloud, clients, MESSAGES, async () => {
    const input = { QueueUrl: QUEUE, MaxNumberOfMessages: batch };
    const { Messages } = (await client.call('ReceiveMessage', input)) as {
      Messages?: { ReceiptHandle: string }[];
    };
    handles.push(...(Messages ?? []).map(({ ReceiptHandle }) => ReceiptHandle));
    return Messages?.length ?? 0;
  });
  const deleted = await rateOf(cloud, clients, MESSAGES, () => deleteSome(client, handles.splice(0, batch)));
  client.close();
  return { sent, received, deleted };
}

async function sendSome(client: QueueClient, batch: number, MessageBody: string): Promise<number> {
  if (batch === 1) await client.call('SendMessage', { QueueUrl: QUEUE, MessageBody });
  else {
    const Entries = Array.from({ length: batch }, (_, i) => ({ Id: String(i), MessageBody }));
    await client.call('SendMessageBatch', { QueueUrl: QUEUE, Entries });
  }
  return batch;
}

async function deleteSome(client: QueueClient, handles: readonly string[]): Promise<number> {
  const [ReceiptHandle] = handles;
  if (handles.length === 1) await client.call('DeleteMessage', { QueueUrl: QUEUE, ReceiptHandle });
  else if (handles.length > 1) {
    const Entries = handles.map((handle, i) => ({ Id: String(i), ReceiptHandle: handle }));
    await client.call('DeleteMessageBatch', { QueueUrl: QUEUE, Entries });
  }
  return handles.length;
}

async function million(cloud: KillableCloud): Promise<Note[]> {
  const before = memoryOf(cloud.pid!).ownMiB;
  const few = await round(cloud, 8, 1);
  const client = await clientOf(cloud, 64);
  const MessageBody = 'x'.repeat(WAITING_BODY_BYTES);
  const fill = await rateOf(cloud, 64, WAITING, () => sendSome(client, 10, MessageBody), 3_600_000);
  client.close();
  const full = memoryOf(cloud.pid!);
  const many = await round(cloud, 8, 1);
  await cloud.kill();
  const startedMs = performance.now();
  await cloud.start();
  const reopenedMs = performance.now() - startedMs;
  const cpuMs = cpuMsOf(cloud.pid!);
  const reopened = memoryOf(cloud.pid!);
  const again = await clientOf(cloud, 1);
  const input = { QueueUrl: QUEUE, AttributeNames: ['ApproximateNumberOfMessages'] };
  const { Attributes } = (await again.call('GetQueueAttributes', input)) as { Attributes: object };
  again.close();
  const rate = (name: string, { perSecond, cpuUs }: Rate): Note => ({
    name,
    value: `${perSecond.toFixed(0)} a second, ${cpuUs.toFixed(0)} us of processor time each`,
  });
  return [
    rate(`${WAITING} messages of ${WAITING_BODY_BYTES} bytes, sent in batches of 10 by 64 clients`, fill),
    {
      name: 'memory of the cloud, its own, before; with them; highest',
      value: `${before.toFixed(0)} MiB; ${full.ownMiB.toFixed(0)} MiB; ${full.peakMiB.toFixed(0)} MiB`,
    },
    rate('received by 8 clients while few wait', few['received']!),
    rate('received by 8 clients while all wait', many['received']!),
    {
      name: 'the cloud killed and started again: until it answers; processor time; memory; what waits',
      value: `${(reopenedMs / 1_000).toFixed(1)} s; ${(cpuMs / 1_000).toFixed(1)} s; ${reopened.ownMiB.toFixed(0)} MiB (highest ${reopened.peakMiB.toFixed(0)}); ${JSON.stringify(Attributes)}`,
    },
  ];
}
