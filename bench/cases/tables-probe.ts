import { closeSync, fdatasyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Note } from '../report/note.ts';
import { cpuMsOf } from '../subjects/process-meter.ts';
import { TableServer } from '../subjects/table-server-process.ts';
import type { Probe } from './probe.ts';

const CLIENTS = [1, 8, 64];
const TURN_MS = 1_000;
const TURNS = 3;
const SYNC_MS = 500;
const KEYS = 1_000;
const TEXT = 'x'.repeat(1_000);

type Operation = 'put' | 'get';

interface Rate {
  readonly perSecond: number;
  /** Of the server, for one operation. */
  readonly cpuUs: number;
}

/** Items of 1 KB put and read by the SDK's client, beside dynalite by itself (whose writes are not flushed) and the disk's own rate. */
export const tablesProbe: Probe = {
  name: 'tables',
  long: false,
  run: async ({ root }) => {
    mkdirSync(root, { recursive: true });
    const cloud = await TableServer.start('cloud', join(root, 'cloud'));
    const dynalite = await TableServer.start('dynalite', join(root, 'dynalite'));
    try {
      const notes = [
        { name: 'tables: flushed writes a second of the disk', value: String(syncsPerSecond(root)) },
      ];
      for (const operation of ['put', 'get'] as const) {
        for (const clients of CLIENTS) notes.push(await compare(operation, clients, cloud, dynalite));
      }
      return notes;
    } finally {
      await cloud.stop();
      await dynalite.stop();
    }
  },
};

/** In turns, so that both have the same weather. */
async function compare(
  operation: Operation,
  clients: number,
  cloud: TableServer,
  dynalite: TableServer,
): Promise<Note> {
  const ours: Rate[] = [];
  const theirs: Rate[] = [];
  for (const server of [cloud, dynalite]) await rateOf(server, operation, clients);
  for (let turn = 0; turn < TURNS; turn++) {
    ours.push(await rateOf(cloud, operation, clients));
    theirs.push(await rateOf(dynalite, operation, clients));
  }
  const [own, other] = [median(ours), median(theirs)];
  const ratio = (left: number, right: number): string => (left / right).toFixed(2);
  return {
    name: `tables: ${operation} of 1 KB, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    value: `${Math.round(own.perSecond)} a second, ${ratio(own.perSecond, other.perSecond)} of dynalite's; ${Math.round(own.cpuUs)} us of processor time each, ${ratio(own.cpuUs, other.cpuUs)} of dynalite's`,
  };
}

async function rateOf({ client, pid }: TableServer, operation: Operation, clients: number): Promise<Rate> {
  const startedMs = performance.now();
  const startedCpuMs = cpuMsOf(pid);
  let done = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - startedMs < TURN_MS) {
      const id = { S: `key${done++ % KEYS}` };
      const command =
        operation === 'put'
          ? new PutItemCommand({ TableName: 'bench', Item: { id, text: { S: TEXT }, n: { N: '1' } } })
          : new GetItemCommand({ TableName: 'bench', Key: { id } });
      await client.send(command as PutItemCommand);
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  const elapsedMs = performance.now() - startedMs;
  return { perSecond: (done / elapsedMs) * 1_000, cpuUs: ((cpuMsOf(pid) - startedCpuMs) / done) * 1_000 };
}

function median(rates: readonly Rate[]): Rate {
  return rates.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(rates.length / 2)]!;
}

/** One after another, as a single client could have them at best. */
function syncsPerSecond(root: string): number {
  const file = openSync(join(root, 'sync'), 'w');
  const startedMs = performance.now();
  const block = Buffer.alloc(4_096);
  let done = 0;
  for (; performance.now() - startedMs < SYNC_MS; done++) {
    writeSync(file, block);
    fdatasyncSync(file);
  }
  closeSync(file);
  return Math.round((done / (performance.now() - startedMs)) * 1_000);
}
