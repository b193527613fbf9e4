/** `crescendo console`: the address of the console, with the key that opens it. */
import { consoleAddress } from '../console/local-console.ts';
import { dataFolderPaths } from '../data-folder.ts';
import { CommandFailure } from '../failures.ts';
import { readEndpoint } from '../local/endpoint-file.ts';
import { readIfThere } from '../private-file.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface ConsoleFlags {
  readonly data: string;
  readonly json?: boolean;
}

export async function showConsole(flags: ConsoleFlags, context: CommandContext): Promise<CommandStatus> {
  const paths = dataFolderPaths(flags.data);
  const [endpoint, key] = await Promise.all([readEndpoint(paths.endpoint), readIfThere(paths.consoleKey)]);
  if (endpoint === undefined || key === undefined)
    throw new CommandFailure(
      `no console has run on the data folder ${flags.data}: start the store with "npm start", or name another folder with --data`,
    );
  const address = consoleAddress(endpoint, key.trim());
  context.terminal.out(flags.json === true ? `${JSON.stringify({ console: address })}\n` : `${address}\n`);
  return 0;
}
