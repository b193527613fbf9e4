/**
 * Runs one test file in a process group of its own and collects what its tests did.
 *
 * A file also fails when it ends badly without a failing test (an import that throws, `process.exit`), when it does not end
 * within the limit (a leaked timer or socket), or when it leaves processes behind.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileResult } from './test-report.ts';
import type { TestRecord } from './test-reporter.ts';

const REPORTER = join(import.meta.dirname, 'test-reporter.ts');

const runningGroups = new Set<number>();

/** Ends every test file that is running, with whatever it started. */
export function stopTestFiles(): void {
  for (const group of runningGroups) killGroup(group);
}

/** @param file path relative to `root` */
export async function runTestFile(root: string, file: string, limitMs: number): Promise<FileResult> {
  const folder = mkdtempSync(join(tmpdir(), 'crescendo-test-'));
  try {
    const startedMs = performance.now();
    const end = await runProcess(root, file, limitMs, folder);
    const durationMs = performance.now() - startedMs;
    const records = readRecords(join(folder, 'events'));
    const output = readFileSync(join(folder, 'output'), 'utf8');
    const complaint = end.complaint ?? complaintAbout(end.status, records);
    const all = complaint === undefined ? records : [...records, fileFailure(complaint)];
    return { file, durationMs, records: all, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ProcessEnd {
  readonly status: string;
  readonly complaint?: string;
}

function runProcess(root: string, file: string, limitMs: number, folder: string): Promise<ProcessEnd> {
  const outputFd = openSync(join(folder, 'output'), 'w');
  const child = spawn(
    process.execPath,
    [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${join(folder, 'events')}`, file],
    { cwd: root, stdio: ['ignore', outputFd, outputFd], detached: true, env: cleanEnvironment() },
  );
  closeSync(outputFd);
  const group = child.pid;
  if (group !== undefined) runningGroups.add(group);
  return new Promise((resolve) => {
    let complaint: string | undefined;
    const limit = setTimeout(() => {
      complaint = `the file did not end within ${limitMs / 1000} s: it hangs, or leaks a timer, socket or process`;
      if (group !== undefined) killGroup(group);
    }, limitMs);
    child.once('error', (error) => resolve({ status: error.message }));
    child.once('exit', async (code, signal) => {
      clearTimeout(limit);
      if (group !== undefined && !(await groupEnds(group))) {
        killGroup(group);
        complaint ??= 'the file left processes running';
      }
      if (group !== undefined) runningGroups.delete(group);
      const status = signal ?? String(code);
      resolve(complaint === undefined ? { status } : { status, complaint });
    });
  });
}

/** A test file that was started by a test must not believe that it is part of that one. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return environment;
}

/** Processes that were ended a moment ago stay visible until they are reaped, orphans by a first process that may look but once a second. */
async function groupEnds(group: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (!signalGroup(group, 0)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return !signalGroup(group, 0);
}

function killGroup(group: number): void {
  signalGroup(group, 'SIGKILL');
}

/** False when there is no process in the group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

function readRecords(path: string): TestRecord[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const records: TestRecord[] = [];
  for (const line of text.split('\n')) if (line !== '') records.push(JSON.parse(line));
  return records;
}

function complaintAbout(status: string, records: readonly TestRecord[]): string | undefined {
  if (status === '0') return records.length > 0 ? undefined : 'the file holds no test';
  if (status === '1' && records.some((record) => record.outcome === 'failed')) return undefined;
  return `the file ended with status ${status}`;
}

function fileFailure(error: string): TestRecord {
  return { outcome: 'failed', name: '(the file itself)', detail: error };
}
