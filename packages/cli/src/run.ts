/** From the arguments of the process to its exit status. */
import { CommanderError } from 'commander';
import type { CommandContext, CommandStatus } from './commands/command-context.ts';
import { EXIT_STATUS, reasonOf, UsageError } from './failures.ts';
import { buildProgram } from './program.ts';
import type { Terminal } from './terminal/terminal.ts';
import { endQuietlyOnClosedPipe, processTerminal } from './terminal/terminal.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Runs the command and ends the process. */
export async function main(programArguments: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe();
  const terminal = processTerminal();
  const context: CommandContext = { terminal, environment: process.env, signal: stopSignal() };
  // A command is over when it says so: what it waits for may be a timer that keeps no process alive.
  setInterval(() => undefined, LONGEST_TIMER_MS);
  const status = await runCommand(programArguments, context);
  // Everything is closed by now; whatever a library has left open must not keep the process.
  await new Promise<void>((flushed) => process.stdout.write('', () => flushed()));
  process.exit(status);
}

export async function runCommand(
  programArguments: readonly string[],
  context: CommandContext,
): Promise<number> {
  let status: CommandStatus = EXIT_STATUS.done;
  const program = buildProgram({
    context,
    finish: (finished) => {
      status = finished;
    },
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.showHelpAfterError('(add --help to see how it is called)');
    command.configureOutput({ writeOut: context.terminal.out, writeErr: context.terminal.error });
  }
  try {
    await program.parseAsync([...programArguments], { from: 'user' });
    return status;
  } catch (error) {
    return reportFailure(error, context.terminal);
  }
}

/** Tells the failure; an error that nobody foresaw comes with its stack. */
function reportFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? EXIT_STATUS.done : EXIT_STATUS.calledWrongly;
  if (error instanceof UsageError) {
    terminal.error(`crescendo: ${error.message}\n`);
    return EXIT_STATUS.calledWrongly;
  }
  terminal.error(`crescendo: ${reasonOf(error)}\n`);
  if (error instanceof TypeError || error instanceof ReferenceError) terminal.error(`${error.stack}\n`);
  return EXIT_STATUS.failed;
}

/**
 * Aborted at the first SIGINT or SIGTERM. Further ones change nothing: npm passes on an interrupt that the terminal has sent to all
 * already, so a second one is normal and must not cut a clean stop short.
 */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}
