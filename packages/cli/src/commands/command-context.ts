/** What every command gets beside its flags. */
import type { Environment } from '../credentials.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** Aborted when the person wants to stop: SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Exit status: 0, or 1 when something failed that was already told. */
export type CommandStatus = 0 | 1;
