import type { Measured } from '../cases/run-contest.ts';
import type { Note } from './note.ts';

/** One table for people: a block for each contest, a line for each contestant. */
export function contestTable(measured: readonly Measured[]): string {
  const lines: string[] = [];
  let contest = '';
  for (const one of measured) {
    if (one.contest !== contest) {
      contest = one.contest;
      lines.push('', `${contest} (${one.durability}; ${one.unit})`, HEADER);
    }
    lines.push(line(one));
    if (one.failed > 0) lines.push(`    ${one.failed} FAILED: ${one.failure}`);
  }
  return lines.join('\n');
}

const HEADER =
  '  contestant                            per s    MiB/s   ratio  CPU ratio   p50 ms   p99 ms   CPU us of one (by process)';

function line(one: Measured): string {
  const cpu = Object.entries(one.cpuMicros)
    .map(([name, micros]) => `${name} ${digits(micros)}`)
    .join(', ');
  const cells = [
    one.contestant.slice(0, 34).padEnd(34),
    digits(one.perSecond).padStart(9),
    digits(one.mibPerSecond).padStart(8),
    one.ratio.toFixed(2).padStart(7),
    one.cpuRatio.toFixed(2).padStart(9),
    one.p50Ms.toFixed(2).padStart(9),
    one.p99Ms.toFixed(2).padStart(8),
    `  ${cpu}, generator ${digits(one.generatorCpuMicros)}`,
  ];
  return `  ${cells.join(' ')}`;
}

export function noteTable(notes: readonly Note[]): string {
  return notes.map(({ name, value }) => `  ${name.padEnd(58)} ${value}`).join('\n');
}

export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
