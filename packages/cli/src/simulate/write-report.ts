import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ReportInputs, report } from '@crescendo/lab';
import type { SimulateFlags } from '../commands/simulate.ts';
import { CommandFailure, reasonOf } from '../failures.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Writes the report where one was asked for. */
export function writeReport(
  path: string,
  flags: SimulateFlags,
  inputs: Pick<ReportInputs, 'experiment' | 'outcomes' | 'best'>,
  terminal: Terminal,
): void {
  if (flags.report === undefined) return;
  const page = report({
    title: `Scaling of ${basename(path)}`,
    command: commandLine(path, flags),
    ...inputs,
  });
  try {
    writeFileSync(flags.report, page);
  } catch (error) {
    throw new CommandFailure(`cannot write ${flags.report}: ${reasonOf(error)}`, { cause: error });
  }
  terminal.error(`report: ${flags.report}\n`);
}

const DEFAULTS: Readonly<Record<string, unknown>> = {
  runs: 1,
  seed: 1,
  tries: 200,
  speed: 1,
  timing: 'aws',
  tolerance: 20,
};

/** The command that would do the same again. */
export function commandLine(path: string, flags: SimulateFlags): string {
  const words = Object.entries(flags).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || value === false || DEFAULTS[name] === value) return [];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [flag];
    return [flag, ...(Array.isArray(value) ? value : [value]).map((one) => quoted(String(one)))];
  });
  return ['crescendo', 'simulate', quoted(path), ...words].join(' ');
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
