import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createProseWriter } from '../src/corpus/index.ts';
import { countWords, NotTextError, type WordCount } from '../src/counting/index.ts';
import { LOWER_CASE_RUNS } from '../src/counting/simple-lower-case.ts';
import { drawsFrom, randomText } from '../src/counting/testing/random-text.ts';

const JOB = join(import.meta.dirname, 'wordfreq_spark.py');
/** A Python that has pyspark; `.ci/run` makes one. */
const PYTHON = process.env.WORDFREQ_SPARK_PYTHON ?? 'python3';

/** Why a test can't run here, false when it can. */
function whyAbsent(...commands: readonly (readonly [string, ...string[]])[]): string | false {
  for (const [program, ...words] of commands)
    try {
      execFileSync(program, words, { stdio: 'ignore', timeout: 30_000 });
    } catch {
      return `"${program} ${words.join(' ')}" does not work here`;
    }
  return false;
}

/** Runs the job's own functions without Spark: what they count in each text, or what they find wrong. */
const WITHOUT_SPARK = `
import json, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import wordfreq_spark as job
def count(text):
    words = {}
    for word in job.words_of(text):
        words[word.decode()] = words.get(word.decode(), 0) + 1
    return words
texts = json.load(sys.stdin)
print(json.dumps({"runs": job.LOWER_CASE_RUNS, "counts": [count(text.encode()) for text in texts],
                  "names": [job.file_name(uri) for uri in ("s3://bucket/a%20b/%C3%A4+c.txt", "file:/tmp/x.txt")]}))
`;

test('[WB1] the functions of the job find the words that the worker finds', {
  skip: whyAbsent(['python3', '--version']),
}, async () => {
  const texts = (['ascii', 'mixed', 'odd'] as const).flatMap((flavour) =>
    Array.from({ length: 10 }, (_, seed) => randomText(drawsFrom(seed), 3_000, flavour)),
  );
  const running = promisify(execFile)('python3', ['-c', WITHOUT_SPARK, import.meta.dirname], {
    maxBuffer: 2 ** 26,
  });
  running.child.stdin!.end(JSON.stringify(texts));
  const told = JSON.parse((await running).stdout) as {
    runs: string;
    counts: Record<string, number>[];
    names: string[];
  };
  assert.equal(told.runs, LOWER_CASE_RUNS);
  assert.deepEqual(told.names, ['bucket/a b/ä+c.txt', '/tmp/x.txt']);
  for (const [i, text] of texts.entries()) {
    const { words } = await countWords(once(Buffer.from(text)), { top: Number.POSITIVE_INFINITY });
    assert.deepEqual(
      new Map(Object.entries(told.counts[i]!)),
      new Map(words.map(({ word, count }) => [word, count])),
    );
  }
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Files that Spark's way of reading might get wrong: split in the middle, marked, without lines, with odd names and odd ends of lines. */
function trickyFiles(): Map<string, Buffer> {
  const prose = createProseWriter({ seed: 9, marks: 'typographic' });
  const texts = join(import.meta.dirname, '../texts');
  const files = new Map<string, Buffer>([
    ['prose.txt', Buffer.concat([...prose.write(0, 300_000)])],
    ['odd.txt', Buffer.from(randomText(drawsFrom(1), 200_000, 'odd'))],
    ['mixed.txt', Buffer.from(randomText(drawsFrom(2), 200_000, 'mixed'))],
    ['one-line.txt', Buffer.from(randomText(drawsFrom(3), 100_000, 'ascii').replace(/[\r\n]/g, '\u2028'))],
    ['crlf.txt', Buffer.from('Alpha alpha.\r\nBetas\rbetas\n\n\u0085gamma\u001cgamma ')],
    ['deep/mark ä+b%20.txt', Buffer.from('\ufeffAlpha alpha \ufeffalpha\n\ufeffalpha')],
    ['deep/only-mark.txt', Buffer.from('\ufeff')],
    ['deep/short.txt', Buffer.from('a bc def\n')],
    ['empty.txt', Buffer.alloc(0)],
    ['dots.txt', Buffer.from('..... "?!?!" ..... five5')],
    ['nul.txt', Buffer.from('alpha betas\0 gamma')],
    [
      'latin-1.txt',
      Buffer.concat([
        Buffer.concat([...prose.write(1, 100_000)]),
        Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
      ]),
    ],
    ['long-word.txt', Buffer.alloc(2 ** 20 + 1, 'w')],
  ]);
  for (const name of readdirSync(texts).filter((one) => one.endsWith('.txt')))
    files.set(name, readFileSync(join(texts, name)));
  return files;
}

interface Row {
  readonly Filename: string;
  readonly Words: readonly { readonly Word: string; readonly Count: number }[];
  readonly DistinctWords: number;
  readonly Bytes: number;
  readonly Status: string;
  readonly StatusMessage: string;
}

/** Blocks of 64 KiB, so that files of a few hundred are read in parts, each by a task of its own. */
const SPARK = [
  ...['--master local[2]', '--conf spark.ui.enabled=false', '--conf spark.ui.showConsoleProgress=false'],
  ...[
    '--conf spark.sql.shuffle.partitions=2',
    '--conf spark.sql.files.maxPartitionBytes=65536',
    'pyspark-shell',
  ],
].join(' ');

async function runSpark(input: string, output: string): Promise<Map<string, Row>> {
  const program = [JOB, '--input', `file://${input}`, '--output', `file://${output}`, '--format', 'json'];
  const env = {
    ...process.env,
    PYSPARK_PYTHON: PYTHON,
    SPARK_LOCAL_IP: '127.0.0.1',
    PYSPARK_SUBMIT_ARGS: SPARK,
  };
  await promisify(execFile)(PYTHON, program, { env, cwd: dirname(input), maxBuffer: 2 ** 26 });
  const parts = readdirSync(output).filter((name) => name.startsWith('part-'));
  const lines = parts.flatMap((name) => readFileSync(join(output, name), 'utf8').trim().split('\n'));
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
  return new Map(rows.map((row) => [row.Filename.slice(input.length + 1), row]));
}

const sparkIsAbsent = whyAbsent([PYTHON, '-c', 'import pyspark'], ['java', '-version']);

test('[WB2, WB3] the Spark job has the table of the worker, word for word', {
  skip: sparkIsAbsent,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wordfreq-spark-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = trickyFiles();
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, 'in', name)), { recursive: true });
    writeFileSync(join(folder, 'in', name), bytes);
  }
  writeFileSync(join(folder, 'in/not-counted.csv'), 'alpha,betas');
  const rows = await runSpark(join(folder, 'in'), join(folder, 'out'));
  assert.deepEqual([...rows.keys()].sort(), [...files.keys()].sort());
  for (const [name, bytes] of files)
    assert.deepEqual(withoutName(rows.get(name)!), await workerRow(bytes), name);
});

function withoutName({ Filename: _, ...row }: Row): Omit<Row, 'Filename'> {
  return row;
}

/** What the worker's counting gives for a file, as a row of the job. */
async function workerRow(bytes: Buffer): Promise<Omit<Row, 'Filename'>> {
  try {
    const { words, distinctWords } = await countWords(once(bytes));
    const Words = words.map(({ word, count }: WordCount) => ({ Word: word, Count: count }));
    return { Words, DistinctWords: distinctWords, Bytes: bytes.length, Status: 'success', StatusMessage: '' };
  } catch (error) {
    assert.ok(error instanceof NotTextError);
    const what = {
      nul: 'a NUL byte',
      'invalid-utf-8': 'bytes that are not UTF-8',
      'long-word': 'a word that is longer than 1048576 bytes',
    };
    const StatusMessage = `not a text: ${what[error.reason]}`;
    return { Words: [], DistinctWords: 0, Bytes: bytes.length, Status: 'failure', StatusMessage };
  }
}
