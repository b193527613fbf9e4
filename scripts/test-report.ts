/** What people read of a test run: one line a file, the failures in full, the skipped tests with their reasons, the counts. */
import type { TestRecord } from './test-reporter.ts';

export interface FileResult {
  /** Path relative to the repository. */
  readonly file: string;
  readonly durationMs: number;
  readonly records: readonly TestRecord[];
  /** What the file printed. */
  readonly output: string;
}

export interface Total {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const OUTPUT_LINES_KEPT = 60;

export function totalOf(results: readonly FileResult[]): Total {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) for (const record of result.records) total[record.outcome]++;
  return total;
}

export function hasFailed(result: FileResult): boolean {
  return result.records.some(({ outcome }) => outcome === 'failed');
}

/** The line that other programs read: it is the last one of a run. */
export function totalLine(total: Total): string {
  return `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`;
}

export function fileLine(result: FileResult): string {
  const { passed, failed, skipped } = totalOf([result]);
  const counts = [`${passed} passed`];
  if (failed > 0) counts.push(`${failed} failed`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  const seconds = (result.durationMs / 1000).toFixed(1);
  return `${failed > 0 ? 'FAIL' : 'ok  '} ${result.file}: ${counts.join(', ')} (${seconds} s)`;
}

export function failureLines(results: readonly FileResult[]): string[] {
  const lines: string[] = [];
  for (const result of results) {
    const failed = result.records.filter((record) => record.outcome === 'failed');
    for (const record of failed) {
      lines.push('', `--- failed: ${result.file}: ${record.name}`, ...indent(record.detail ?? ''));
    }
    if (failed.length > 0 && result.output.trim() !== '') {
      lines.push('  printed by this file:', ...indent(result.output.trimEnd()).slice(-OUTPUT_LINES_KEPT));
    }
  }
  return lines;
}

export function skipLines(results: readonly FileResult[]): string[] {
  return results.flatMap((result) =>
    result.records
      .filter((record) => record.outcome === 'skipped')
      .map((record) => `skipped: ${result.file}: ${record.name} (${record.detail})`),
  );
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `    ${line}`);
}
