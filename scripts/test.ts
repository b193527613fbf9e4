/**
 * Runs the tests: `npm test -- [--again] [--except SUBSTRING]... [PATH SUBSTRING]...`
 *
 * Three files at a time, each in a process group of its own. Tests that take minutes lie under test/soak and run when they are
 * named. With `--again` a file that failed runs once more, alone, when all others have ended: what passes then is told as unsteady,
 * with its first failure, and counted as passed. The last line is always `N passed, N failed, N skipped`; the exit status is 1 when a test failed or when none ran.
 */
import { globSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runTestFile, stopTestFiles } from './test-file.ts';
import type { FileResult } from './test-report.ts';
import { failureLines, fileLine, hasFailed, skipLines, totalLine, totalOf } from './test-report.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PATTERNS = ['packages', 'examples', 'test', 'scripts', 'bench'].map(
  (folder) => `${folder}/**/*.test.ts`,
);
/**
 * Which end of the list each worker takes its files from. Files under test mostly wait for real processes and stand at the end, those of the
 * packages mostly compute: one that waits leaves its processor to one that computes.
 */
const WORKERS: readonly ('first' | 'last')[] = ['first', 'last', 'last'];
const FILE_LIMIT_MS = Number(process.env.TEST_FILE_LIMIT_MS ?? 240_000);
/** Tests that take minutes run only when they are named, one at a time, and may take this many times as long. */
const LONG = 'test/soak';
const LONG_FACTOR = 5;

function findTestFiles(wanted: readonly string[], unwanted: readonly string[]): string[] {
  const found = globSync(PATTERNS, {
    cwd: ROOT,
    exclude: (path) => path === 'node_modules' || path.endsWith('/node_modules'),
  });
  return found
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
    .filter((path) => !path.startsWith(LONG) || wanted.some((part) => part.startsWith(LONG)))
    .filter((path) => !unwanted.some((part) => path.includes(part)))
    .sort();
}

/** People paste absolute paths and paths with a leading `./`: both name the same files. */
function asSubstring(argument: string): string {
  return argument.startsWith('/') ? relative(ROOT, argument) : argument.replace(/^\.\//, '');
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

async function runFile(file: string): Promise<FileResult> {
  const limitMs = file.startsWith(LONG) ? LONG_FACTOR * FILE_LIMIT_MS : FILE_LIMIT_MS;
  const result = await runTestFile(ROOT, file, limitMs);
  print([fileLine(result)]);
  return result;
}

async function runAll(files: readonly string[]): Promise<FileResult[]> {
  const results: FileResult[] = [];
  const waiting = [...files];
  const worker = async (next: () => string | undefined): Promise<void> => {
    for (let file = next(); file !== undefined; file = next()) results.push(await runFile(file));
  };
  const first = (): string | undefined => waiting.shift();
  const last = (): string | undefined => waiting.pop();
  const workers = files.some((file) => file.startsWith(LONG))
    ? [first]
    : WORKERS.map((from) => (from === 'first' ? first : last));
  await Promise.all(workers.map(worker));
  return results;
}

/** The results with those of files that pass when they run alone in place of their first ones, which are told. */
async function runFailedAgain(results: readonly FileResult[]): Promise<FileResult[]> {
  const settled: FileResult[] = [];
  for (const first of results) {
    const second = hasFailed(first) ? await runFile(first.file) : first;
    if (second !== first && !hasFailed(second)) {
      print(['', `UNSTEADY ${first.file}: passes alone, failed beside others`, ...failureLines([first])]);
    }
    settled.push(second);
  }
  return settled;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      again: { type: 'boolean', default: false },
      except: { type: 'string', multiple: true, default: [] },
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopTestFiles();
      process.exit(1);
    });
  }
  const files = findTestFiles(positionals.map(asSubstring), values.except.map(asSubstring));
  const first = await runAll(files);
  const results = values.again ? await runFailedAgain(first) : first;
  const total = totalOf(results);
  print([...failureLines(results), ...skipLines(results)]);
  if (total.passed + total.failed + total.skipped === 0) print(['No test ran: no test file matches.']);
  print([totalLine(total)]);
  process.exitCode = total.failed === 0 && total.passed + total.skipped > 0 ? 0 : 1;
}

await main();
