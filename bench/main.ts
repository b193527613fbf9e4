/** `npm run bench`: what the store does beside a bare node:http server that moves the same bytes, in one run. Times are never asserted. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, parseBenchOptions, USAGE } from './bench-options.ts';
import {
  doorsOf,
  getContest,
  LIST_BUCKET,
  listContest,
  prefixOf,
  putContest,
  SIZES,
} from './cases/object-contests.ts';
import { probes } from './cases/probes.ts';
import { type Measured, runContest } from './cases/run-contest.ts';
import { LoadGenerator } from './load/load-generator.ts';
import type { Note } from './report/note.ts';
import { contestTable, noteTable } from './report/table.ts';
import { BareServer } from './subjects/bare.ts';
import { memoryOf } from './subjects/process-meter.ts';
import { Store } from './subjects/store.ts';

const LISTED_BYTES = 1_000;

interface Results {
  readonly measured: Measured[];
  readonly notes: Note[];
}

async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  endWithSignals();
  const root = await mkdtemp(join(tmpdir(), 'crescendo-bench-'));
  const generator = new LoadGenerator();
  try {
    process.stdout.write(`${machine()}\n`);
    const { measured, notes } = await contests(options, root, generator);
    notes.push(...(await runProbes(options, root, generator)));
    process.stdout.write(`\n${noteTable(notes)}\n`);
    if (options.json !== undefined)
      await writeFile(
        options.json,
        `${JSON.stringify({ machine: machine(), measured, notes }, undefined, 2)}\n`,
      );
  } finally {
    generator.close();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs every contest whose name was asked for; all stores and the bare server are up at once, so that rounds can alternate. */
async function contests(options: BenchOptions, root: string, generator: LoadGenerator): Promise<Results> {
  const names = [...SIZES.flatMap(({ name }) => [`GET ${name}`, `PUT ${name}`]), 'LIST'];
  const wanted = new Set(names.filter((name) => name.includes(options.only)));
  if (wanted.size === 0) return { measured: [], notes: [] };
  const bare = await BareServer.start(root);
  const stores: Store[] = [];
  try {
    for (const count of options.nodes) {
      tell(`starting a store of ${count}`);
      stores.push(await Store.start(root, count));
    }
    return await runContests(options, wanted, bare, stores, generator);
  } finally {
    await Promise.all(stores.map((store) => store.stop()));
    await bare.stop();
  }
}

async function runContests(
  options: BenchOptions,
  wanted: ReadonlySet<string>,
  bare: BareServer,
  stores: readonly Store[],
  generator: LoadGenerator,
): Promise<Results> {
  const notes: Note[] = [];
  const pace = options.quick
    ? { rounds: 2, limitMs: 300, warmUpMs: 300 }
    : { rounds: 4, limitMs: 1_000, warmUpMs: 2_500 };
  const doors = doorsOf(stores);
  const measured: Measured[] = [];
  const run = async (contest: Parameters<typeof runContest>[0]): Promise<void> => {
    tell(contest.name);
    const block = await runContest(contest, generator, pace);
    measured.push(...block);
    process.stdout.write(`${contestTable(block)}\n`);
  };
  for (const size of SIZES) {
    if (wanted.has(`GET ${size.name}`)) {
      for (const store of stores) await writeObjects(generator, store, size);
      await run(getContest(size, bare, doors));
    }
    if (wanted.has(`PUT ${size.name}`)) await run(putContest(size, bare, doors));
  }
  if (wanted.has('LIST')) {
    const count = options.quick ? 2_000 : 100_000;
    for (const store of stores) notes.push(...(await fillListing(generator, store, count)));
    const page = await stores[0]!.client.send('GET', `/${LIST_BUCKET}`, { query: { 'list-type': '2' } });
    await run(listContest(bare, page.body.length, doors));
  }
  return { measured, notes };
}

async function writeObjects(
  generator: LoadGenerator,
  store: Store,
  size: (typeof SIZES)[number],
): Promise<void> {
  const { failed, failure } = await generator.run({
    ...{ kind: 'fill', target: store.doors[0]!, prefix: prefixOf(size), count: size.objects },
    ...{ bodyBytes: size.bytes, connections: Math.min(size.connections, size.objects) },
  });
  if (failed > 0) throw new Error(`objects of ${size.name} could not be written: ${failure}`);
}

/** Loads the keys through the API, and tells at what rate and what memory it takes to hold them. */
async function fillListing(generator: LoadGenerator, store: Store, count: number): Promise<Note[]> {
  await store.client.createBucket(LIST_BUCKET);
  tell(`putting ${count} objects into a store of ${store.nodes}`);
  const { failed, failure, elapsedMs } = await generator.run({
    ...{ kind: 'fill', target: store.doors[0]!, prefix: `/${LIST_BUCKET}/folder/object-`, count },
    ...{ bodyBytes: LISTED_BYTES, connections: 128 },
  });
  if (failed > 0) throw new Error(`${failed} of ${count} objects could not be written: ${failure}`);
  const memory = [...store.pids].map(([name, pid]) => {
    const { ownMiB, mappedMiB, peakMiB } = memoryOf(pid);
    return `${name} ${Math.round(ownMiB)} + ${Math.round(mappedMiB)} (peak ${Math.round(peakMiB)})`;
  });
  const what = `store of ${store.nodes} with ${count} objects of ${LISTED_BYTES} bytes`;
  return [
    { name: `${what}: put at`, value: `${Math.round(count / (elapsedMs / 1_000))} a second` },
    { name: `${what}: memory in MiB, own + mapped files`, value: memory.join(', ') },
  ];
}

async function runProbes(options: BenchOptions, root: string, generator: LoadGenerator): Promise<Note[]> {
  const notes: Note[] = [];
  for (const { name, long, run } of probes) {
    if (!name.includes(options.only) || (options.quick && long)) continue;
    tell(name);
    notes.push(...(await run({ root: join(root, name), generator })));
  }
  return notes;
}

function machine(): string {
  const load = loadavg().map((value) => value.toFixed(1));
  return `Node ${process.version}, ${availableParallelism()} cores, load average ${load.join(' ')}; ratios are medians against the first line of each block`;
}

/** The stores end when this process exits; death by a signal would leave them running. */
function endWithSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

await main();
