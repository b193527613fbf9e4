/** Shows the story while it goes on, and the table that closes it. */
import { StatusLine } from '../../wordfreq/src/load-test/status-line.ts';
import type { LoadReport } from './constant-load.ts';
import type { Sight } from './observer.ts';
import type { ActResult } from './story.ts';
import type { WorkloadCounts } from './workload.ts';

export class Display extends StatusLine {
  show(act: string, sight: Sight, counts: WorkloadCounts): void {
    this.change(
      `${act} | ${groupText(sight)} | fullest disk ${percent(sight.diskPercent)} | ${alarmText(sight)} | ${counts.files} files, ${mib(counts.bytes)} MiB, ${counts.verified} verified`,
    );
  }
}

export function closingTable(acts: readonly ActResult[], counts: WorkloadCounts, load: LoadReport): string[] {
  const rows = [
    ['', 'nodes', 'seconds from the cause', 'moved MiB', 'least', 'ratio'],
    ...acts.map(rowOf),
    ...growthRow(acts),
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

function rowOf(act: ActResult): string[] {
  return [
    act.name,
    `${act.nodesBefore} -> ${act.nodesAfter}`,
    Object.entries(act.seconds)
      .map(([what, seconds]) => `${what} ${seconds.toFixed(1)}`)
      .join(', '),
    ...movedCells(act.movedBytes, act.leastBytes),
  ];
}

/** A node that joins while another one still fills is sent a part of what the other lacked: only the sum says what all of the growth has cost. */
function growthRow(acts: readonly ActResult[]): string[][] {
  const growth = acts.filter(({ nodesBefore, nodesAfter }) => nodesAfter > nodesBefore);
  const [first, last] = [growth.at(0), growth.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const sum = (bytesOf: (act: ActResult) => number): number =>
    growth.reduce((total, act) => total + bytesOf(act), 0);
  return [
    [
      'all growth',
      `${first.nodesBefore} -> ${last.nodesAfter}`,
      '',
      ...movedCells(
        sum(({ movedBytes }) => movedBytes),
        sum(({ leastBytes }) => leastBytes),
      ),
    ],
  ];
}

function movedCells(movedBytes: number, leastBytes: number): string[] {
  return [mib(movedBytes), mib(leastBytes), (movedBytes / leastBytes).toFixed(2)];
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
