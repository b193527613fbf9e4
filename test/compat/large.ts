/**
 * `npm run compat:large -- [--mib N] [CLIENT]...`: every client moves a large file to three real nodes and back. Prints the times, whether the
 * bytes are the same, and how much memory the front and each node took meanwhile; fails when one took 300 MB or bytes differ.
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { runCrescendo } from '../e2e/testing/child-processes.ts';
import { LARGE_BUCKET, LARGE_CLIENTS, type LargeClient } from './testing/large-clients.ts';
import { type MemoryPeak, type WatchedProcess, watchMemory } from './testing/memory-watch.ts';
import { sha256File, writeRandomFile } from './testing/sample-files.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

const MIB = 1024 * 1024;
const LIMIT_BYTES = 300e6;

interface Leg {
  readonly client: string;
  readonly direction: 'push' | 'pull';
  readonly seconds: number;
  readonly peaks: readonly MemoryPeak[];
}

async function main(): Promise<number> {
  const options = { mib: { type: 'string', default: '1024' } } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const bytes = Number(values.mib) * MIB;
  const store = await StoreUnderTest.start();
  try {
    const wanted = LARGE_CLIENTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    return await moveAll(store, bytes, wanted);
  } finally {
    await store.end();
  }
}

async function moveAll(
  store: StoreUnderTest,
  bytes: number,
  clients: readonly LargeClient[],
): Promise<number> {
  await writeRandomFile(store.path('large'), bytes);
  const digest = await sha256File(store.path('large'));
  await inBucket(store, (client) => client.send(new CreateBucketCommand({ Bucket: LARGE_BUCKET })));
  const processes = await processesOf(store);
  const legs: Leg[] = [];
  let wrong = 0;
  for (const client of clients) {
    if (client.absent !== false) {
      console.log(`${client.name}: passed over: ${client.absent}`);
      continue;
    }
    for (const direction of ['push', 'pull'] as const)
      legs.push(await measure(processes, client.name, direction, () => client[direction](store)));
    const same = (await sha256File(store.path('returned'))) === digest;
    console.log(`${client.name}: ${same ? 'the same bytes came back' : 'OTHER BYTES CAME BACK'}`);
    if (!same) wrong++;
    await rm(store.path('returned'));
    const Key = client.name.split(' ')[0]!;
    await inBucket(store, (sdk) => sdk.send(new DeleteObjectCommand({ Bucket: LARGE_BUCKET, Key })));
  }
  printTable(legs, bytes, processes);
  const over = legs.some(({ peaks }) => peaks.some(({ peakBytes }) => peakBytes >= LIMIT_BYTES));
  if (over) console.log(`a process took ${LIMIT_BYTES / 1e6} MB or more`);
  return over || wrong > 0 ? 1 : 0;
}

async function measure(
  processes: readonly WatchedProcess[],
  client: string,
  direction: Leg['direction'],
  work: () => Promise<void>,
): Promise<Leg> {
  const startedMs = performance.now();
  const { peaks } = await watchMemory(processes, work);
  return { client, direction, seconds: (performance.now() - startedMs) / 1_000, peaks };
}

/** The front, which is the cloud's process, and the nodes. */
async function processesOf(store: StoreUnderTest): Promise<WatchedProcess[]> {
  const { output } = await runCrescendo(['status', '--json', `--data=${store.dataFolder}`]);
  const { nodes } = JSON.parse(output) as { nodes: readonly { readonly pid: number }[] };
  return [
    { name: 'front', pid: store.pid },
    ...nodes.map(({ pid }, index) => ({ name: `node ${index + 1}`, pid })),
  ];
}

async function inBucket(store: StoreUnderTest, work: (client: S3Client) => Promise<unknown>): Promise<void> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = store.environment;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID!, secretAccessKey: AWS_SECRET_ACCESS_KEY! };
  const client = new S3Client({
    ...{ endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true, credentials },
  });
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

function printTable(legs: readonly Leg[], bytes: number, processes: readonly WatchedProcess[]): void {
  const widths = [20, 6, 8, 8, ...processes.map(() => 8)];
  const line = (cells: readonly string[]) =>
    console.log(
      cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' '),
    );
  console.log(`\n${bytes / MIB} MiB; peaks of resident memory in MB (10^6 bytes)`);
  line(['client', '', 's', 'MB/s', ...processes.map(({ name }) => name)]);
  for (const { client, direction, seconds, peaks } of legs) {
    const speed = (bytes / 1e6 / seconds).toFixed(1);
    const memory = peaks.map(({ peakBytes }) => (peakBytes / 1e6).toFixed(0));
    line([client, direction, seconds.toFixed(1), speed, ...memory]);
  }
}

process.exitCode = await main();
