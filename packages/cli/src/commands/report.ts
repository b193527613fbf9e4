/** The end of a command that works on many files: what failed, by name, and one line that sums up. */
import { formatBytes } from '@crescendo/base';
import { printable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Outcome } from '../transfer/outcome.ts';
import type { CommandStatus } from './command-context.ts';

export function reportOutcome(terminal: Terminal, verb: string, outcome: Outcome): CommandStatus {
  const { done, failed } = outcome;
  for (const { name, error } of failed) terminal.error(`failed: ${printable(name)}: ${error}\n`);
  const bytes = done.reduce((sum, file) => sum + file.bytes, 0);
  const failures = failed.length === 0 ? '' : `, ${failed.length} failed`;
  terminal.error(
    `${verb} ${done.length} ${done.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}${failures}\n`,
  );
  return failed.length === 0 ? 0 : 1;
}
