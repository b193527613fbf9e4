import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createProseWriter } from '../../examples/wordfreq/src/corpus/index.ts';
import { countWords, WordCounter } from '../../examples/wordfreq/src/counting/index.ts';
import type { Note } from '../report/note.ts';
import type { Probe } from './probe.ts';

const ROUNDS = 7;
const BYTES = 105_000_000;
const PIECE_BYTES = 512 * 1_024;
/** Split-and-Map counts this much of the file: it is a fiftieth as fast, and holds what it counts several times over. */
const NAIVE_BYTES = 10_000_000;
const SPARK_JOB = join(import.meta.dirname, '../../examples/wordfreq/bigdata/wordfreq_spark.py');

interface Corpus {
  readonly name: string;
  readonly vocabularySize: number;
}

const CORPORA: readonly Corpus[] = [
  { name: '60 thousand different words', vocabularySize: 25_000 },
  { name: 'a million different words', vocabularySize: 1_000_000 },
];

/** Seconds of a clock and of processors. */
interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

interface Contestant {
  readonly name: string;
  readonly bytes: number;
  run(path: string): Promise<Spent>;
}

/** Counting words beside `wc -w` and a split into a Map, each reading the same file from the page cache, in turn. */
export const countingProbe: Probe = {
  name: 'counting',
  long: true,
  run: async ({ root }) => {
    const notes: Note[] = [];
    for (const corpus of CORPORA) notes.push(...(await contest(root, corpus)));
    return notes;
  },
};

async function contest(root: string, { name, vocabularySize }: Corpus): Promise<Note[]> {
  const folder = join(root, String(vocabularySize));
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'text.txt');
  const prose = createProseWriter({ seed: 1, vocabularySize });
  await pipeline(Readable.from(prose.write(0, BYTES)), createWriteStream(path));
  const { distinctWords } = await countWords(pieces(path));
  const counters = [new WordCounter(1), new WordCounter(2)] as const;
  try {
    const contestants = [wc, ours(1, counters[0]), ours(2, counters[1]), naive];
    const rounds: Spent[][] = [];
    await Promise.all(counters.map((counter) => counter.count(pieces(path))));
    for (let round = 0; round < ROUNDS; round++) {
      const spent: Spent[] = [];
      for (const one of contestants) spent.push(perByte(await one.run(path), one.bytes));
      rounds.push(spent);
    }
    const notes = contestants.map((one, i) => noteOf(`${name}: ${one.name}`, rounds, i));
    const spark = await sparkNote(`${name}: Spark on this machine`, folder, rounds);
    return [{ name: `${name}: exactly`, value: `${distinctWords}, ${BYTES} bytes` }, ...notes, ...spark];
  } finally {
    await Promise.all(counters.map((counter) => counter.close()));
  }
}

function perByte({ wall, cpu }: Spent, bytes: number): Spent {
  return { wall: wall / bytes, cpu: cpu / bytes };
}

/** Ratios are taken within a round, and the median of the rounds is told; speeds are those of the best round. */
function noteOf(name: string, rounds: readonly Spent[][], index: number): Note {
  const best = (pick: (spent: Spent) => number) => Math.min(...rounds.map((round) => pick(round[index]!)));
  const ratio = (pick: (spent: Spent) => number) =>
    median(rounds.map((round) => pick(round[0]!) / pick(round[index]!))).toFixed(2);
  const [wall, cpu] = [best((one) => one.wall), best((one) => one.cpu)].map((s) => Math.round(1e-6 / s));
  const ratios = `${ratio((one) => one.wall)} by the clock, ${ratio((one) => one.cpu)} by processor time`;
  return { name, value: `${wall} MB/s, ${cpu} MB/s of processor time; times wc -w: ${ratios}` };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** The shell's `time` tells the processor time of a process that has ended. */
const wc: Contestant = {
  name: 'wc -w',
  bytes: BYTES,
  run: async (path) => {
    const script = 'TIMEFORMAT="%R %U %S"; time LC_ALL=C.UTF-8 wc -w "$0" > /dev/null';
    const { stderr } = await promisify(execFile)('bash', ['-c', script, path]);
    const [wall, user, system] = stderr.trim().split(/\s+/).map(Number);
    return { wall: wall!, cpu: user! + system! };
  },
};

function ours(threads: number, counter: WordCounter): Contestant {
  return {
    name: `countWords, threads: ${threads}`,
    bytes: BYTES,
    run: (path) => measured(async () => void (await counter.count(pieces(path)))),
  };
}

const naive: Contestant = {
  name: 'split and Map',
  bytes: NAIVE_BYTES,
  run: (path) =>
    measured(async () => {
      const parts: Buffer[] = [];
      for await (const piece of pieces(path, NAIVE_BYTES)) parts.push(Buffer.from(piece));
      const counts = new Map<string, number>();
      for (const field of Buffer.concat(parts).toString('utf8').split(/\s+/)) {
        const lower = field.toLowerCase();
        if (Buffer.byteLength(lower) <= 4) continue;
        const word = lower.replace(/^[.,"'?!]+|[.,"'?!]+$/g, '');
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
    }),
};

async function measured(work: () => Promise<void>): Promise<Spent> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const wall = (performance.now() - startedMs) / 1e3;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1e6 };
}

/** The file in pieces of memory that is used again. */
async function* pieces(path: string, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  const memory = new Uint8Array(PIECE_BYTES);
  for (let given = 0; given < limit; ) {
    const { bytesRead } = await file.read(memory, 0, Math.min(PIECE_BYTES, limit - given));
    if (bytesRead === 0) return;
    given += bytesRead;
    yield memory.subarray(0, bytesRead);
  }
}

/** Once, its start included: it is there for files that one machine does not hold. */
async function sparkNote(name: string, folder: string, rounds: readonly Spent[][]): Promise<Note[]> {
  const python = process.env.WORDFREQ_SPARK_PYTHON ?? 'python3';
  const run = promisify(execFile);
  const conf =
    '--master local[2] --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell';
  const env = {
    ...process.env,
    PYSPARK_PYTHON: python,
    PYSPARK_SUBMIT_ARGS: conf,
    SPARK_LOCAL_IP: '127.0.0.1',
  };
  try {
    await run(python, ['-c', 'import pyspark']);
  } catch {
    return [{ name, value: `not measured: ${python} has no pyspark` }];
  }
  const startedMs = performance.now();
  const output = `file://${join(folder, 'rows')}`;
  await run(python, [SPARK_JOB, '--input', `file://${folder}`, '--output', output], {
    env,
    maxBuffer: 2 ** 26,
  });
  const seconds = (performance.now() - startedMs) / 1e3;
  const ratio = median(rounds.map((round) => round[0]!.wall * BYTES)) / seconds;
  const value = `${(BYTES / seconds / 1e6).toFixed(1)} MB/s, start included; times wc -w: ${ratio.toFixed(3)} by the clock`;
  return [{ name, value }];
}
