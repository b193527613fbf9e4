/** `wordfreq COMMAND`: the worker of an instance, and what people do around it. */
import { SettingsError } from './worker/settings.ts';

const HELP = `wordfreq COMMAND [--help]

  worker      count the words of files that the jobs queue names, until told to stop; settings by environment (README.md)
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
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`wordfreq ${name}: ${error.message.replaceAll('\n', `\nwordfreq ${name}: `)}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
