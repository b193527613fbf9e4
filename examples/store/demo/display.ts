/** Shows the story: one line that changes on a terminal, plain lines elsewhere. */
import type { LoadReport } from './constant-load.ts';
import type { Sight } from './observer.ts';
import type { ActResult } from './story.ts';
import type { WorkloadCounts } from './workload.ts';

const PLAIN_EVERY_MS = 5_000;

export class Display {
  private readonly isTerminal = process.stdout.isTTY === true;
  private readonly startedMs = Date.now();
  private shownMs = 0;

  say(line: string): void {
    this.clear();
    process.stdout.write(`${this.time()}  ${line}\n`);
  }

  show(act: string, sight: Sight, counts: WorkloadCounts): void {
    const line = `${this.time()}  ${act} | ${groupText(sight)} | fullest disk ${percent(sight.diskPercent)} | ${alarmText(sight)} | ${counts.files} files, ${mib(counts.bytes)} MiB, ${counts.verified} verified`;
    if (this.isTerminal) {
      const width = process.stdout.columns ?? 120;
      process.stdout.write(`\r\x1b[2K${line.slice(0, width - 1)}`);
    } else if (Date.now() - this.shownMs > PLAIN_EVERY_MS) {
      this.shownMs = Date.now();
      process.stdout.write(`${line}\n`);
    }
  }

  clear(): void {
    if (this.isTerminal) process.stdout.write('\r\x1b[2K');
  }

  private time(): string {
    return `${((Date.now() - this.startedMs) / 1000).toFixed(0).padStart(4)} s`;
  }
}

export function closingTable(acts: readonly ActResult[], counts: WorkloadCounts, load: LoadReport): string[] {
  const rows = [
    ['', 'nodes', 'seconds from the cause', 'moved MiB', 'least', 'ratio'],
    ...acts.map((act) => [
      act.name,
      `${act.nodesBefore} -> ${act.nodesAfter}`,
      Object.entries(act.seconds)
        .map(([what, seconds]) => `${what} ${seconds.toFixed(1)}`)
        .join(', '),
      mib(act.movedBytes),
      mib(act.leastBytes),
      (act.movedBytes / act.leastBytes).toFixed(2),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const { files, bytes, verified, lost, wrong, failed } = counts;
  return [
    ...table,
    '',
    `files written ${files}, held now ${mib(bytes)} MiB, verified ${verified} times, calls failed ${failed}, lost ${lost}, wrong ${wrong}`,
    `constant load, half reads and half writes: ${load.requests} requests, failed ${load.failed}, wrong ${load.wrong}`,
    `its p99 ${ms(load.p99Ms.rest)} at rest and ${ms(load.p99Ms.moving)} while data moved; slowest ${ms(load.slowestMs.rest)} and ${ms(load.slowestMs.moving)}`,
  ];
}

function groupText({ desired, instances }: Sight): string {
  const states = new Map<string, number>();
  for (const { state } of instances) states.set(state, (states.get(state) ?? 0) + 1);
  return `desired ${desired}: ${[...states].map(([state, count]) => `${count} ${state}`).join(', ')}`;
}

function alarmText({ alarms }: Sight): string {
  const ringing = Object.entries(alarms)
    .filter(([, state]) => state === 'ALARM')
    .map(([name]) => name);
  return ringing.length === 0 ? 'no alarm' : `ALARM ${ringing.join(', ')}`;
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(0)} %`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
