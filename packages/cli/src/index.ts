/**
 * The command line of Crescendo: the local cloud that runs a store on one machine, the daemon's command, and a client for files and
 * operators. People start it as `crescendo`; programs that embed it call `runCommand`.
 */
export type { CommandContext } from './commands/command-context.ts';
export { runCommand } from './run.ts';
export type { Terminal } from './terminal/terminal.ts';
