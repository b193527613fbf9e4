/** `wordfreq COMMAND`: the worker of an instance, and what people do around it. */
import { CommandFailure, UsageError } from './system/failures.ts';
import { SettingsError } from './worker/settings.ts';

const HELP = `wordfreq COMMAND [--help]

  worker      count the words of files that the jobs queue names, until told to stop; settings by environment (README.md)
  load-test   copies files to be counted all at once, follows queue, fleet and results, and prints a table
  upload      puts texts into the uploading bucket
  generate    makes texts with the word frequencies of natural ones, from a seed
  image       makes an image of the local cloud that carries this program
  bundle      packs this program for machines whose image does not carry it
`;

type Command = (programArguments: readonly string[]) => Promise<number>;

/** Loaded when it is asked for: a worker starts faster without what it does not need. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  worker: async () => {
    const { runWorkerProgram } = await import('./worker/worker-program.ts');
    return async () => {
      await runWorkerProgram(process.env);
      return 0;
    };
  },
  'load-test': async () => (await import('./commands/load-test-command.ts')).loadTestCommand,
  upload: async () => (await import('./commands/upload-command.ts')).uploadCommand,
  generate: async () => (await import('./commands/generate-command.ts')).generateCommand,
  image: async () => (await import('./commands/image-command.ts')).imageCommand,
  bundle: async () => (await import('./commands/bundle-command.ts')).bundleCommand,
};

async function main([name = '', ...programArguments]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const isHelp = name === '--help' || name === 'help';
    process[isHelp ? 'stdout' : 'stderr'].write(
      isHelp ? HELP : `wordfreq: there is no command ${JSON.stringify(name)}\n\n${HELP}`,
    );
    return isHelp ? 0 : 2;
  }
  try {
    const command = await load();
    return await command(programArguments);
  } catch (error) {
    return tell(name, error);
  }
}

/** What is a fault of this program shows its stack. */
function tell(name: string, error: unknown): number {
  const isUsage = error instanceof UsageError || error instanceof SettingsError;
  if (!isUsage && !(error instanceof CommandFailure)) throw error;
  for (const line of error.message.split('\n')) process.stderr.write(`wordfreq ${name}: ${line}\n`);
  return isUsage ? 2 : 1;
}

process.exitCode = await main(process.argv.slice(2));
