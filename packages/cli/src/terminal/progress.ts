/**
 * What a person sees while files are on their way: a pure function from the state of the transfers to lines.
 */
import { formatBytes, formatDuration } from '@crescendo/base';
import { printable, shorten, textWidth } from './table.ts';

export interface ActiveTransfer {
  readonly name: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface ProgressState {
  readonly totalFiles: number;
  readonly doneFiles: number;
  readonly failedFiles: number;
  readonly totalBytes: number;
  readonly doneBytes: number;
  /** Over the last seconds; 0 when nothing is known yet. */
  readonly bytesPerSecond: number;
  readonly active: readonly ActiveTransfer[];
}

const SHOWN_AT_ONCE = 4;
const BAR_WIDTH = 24;

/** At most `SHOWN_AT_ONCE` + 2 lines, none wider than `columns`. */
export function progressLines(state: ProgressState, columns: number): string[] {
  const width = Math.max(20, columns - 1);
  const files = state.active.slice(0, SHOWN_AT_ONCE).map((transfer) => transferLine(transfer, width));
  const hidden = state.active.length - files.length;
  return [summaryLine(state, width), ...files, ...(hidden > 0 ? [`  and ${hidden} more`] : [])];
}

function summaryLine(state: ProgressState, width: number): string {
  const share = shareOf(state.doneBytes, state.totalBytes);
  const parts = [
    `${percent(share)} ${bar(share)}`,
    `${formatBytes(state.doneBytes)} of ${formatBytes(state.totalBytes)}`,
    ...(state.bytesPerSecond > 0 ? [`${formatBytes(state.bytesPerSecond)}/s`, remaining(state)] : []),
    `${state.doneFiles}/${state.totalFiles} files${state.failedFiles > 0 ? `, ${state.failedFiles} failed` : ''}`,
  ];
  return fit(parts, width);
}

/** Drops parts from the end until the line fits. */
function fit(parts: readonly string[], width: number): string {
  for (let count = parts.length; count > 1; count--) {
    const line = parts.slice(0, count).join('  ');
    if (textWidth(line) <= width) return line;
  }
  return (parts[0] ?? '').slice(0, width);
}

function transferLine(transfer: ActiveTransfer, width: number): string {
  const left = `  ${percent(shareOf(transfer.doneBytes, transfer.totalBytes))} `;
  return left + shorten(printable(transfer.name), width - left.length);
}

function remaining(state: ProgressState): string {
  const seconds = (state.totalBytes - state.doneBytes) / state.bytesPerSecond;
  return `${formatDuration(seconds)} left`;
}

/** An empty file is whole at once. */
function shareOf(done: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}

/** 100 % is shown only when nothing is left. */
function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %`;
}

function bar(share: number): string {
  const filled = Math.floor(share * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}
