/** The flags and the help of `crescendo deploy`. */
import { type Command, Option } from 'commander';
import { parseEndpoint } from '../arguments.ts';
import type { CommandContext, CommandStatus } from '../commands/command-context.ts';
import { DEFAULT_DATA_FOLDER } from '../data-folder.ts';

const EXAMPLES = `
Examples:
  crescendo deploy examples/store/template.yaml
  crescendo deploy web.yaml --stack web --parameters MaxSize=6 InstanceType=t3.small
  crescendo deploy web.yaml --dry-run          what would be added, changed, replaced and removed
  crescendo deploy web.yaml --delete           delete the stack and what it made

Instances run the user data of the template as programs on this machine: deploy only templates that you would run as a script.
Errors of the template come as FILE:LINE:COLUMN: PROPERTY: REASON, before anything is made.
Exit status: 0 done, 1 failed (and taken back), 2 called wrongly.`;

export function addDeployCommand(
  program: Command,
  run: { readonly context: CommandContext; readonly finish: (status: CommandStatus) => void },
): void {
  program
    .command('deploy <template>')
    .description('create or update a stack from a CloudFormation template, and follow it')
    .addOption(new Option('--data <dir>', 'data folder with the key pair').default(DEFAULT_DATA_FOLDER))
    .option(
      '--endpoint <url>',
      'the cloud; default: AWS_ENDPOINT_URL, else where "up" listens',
      parseEndpoint,
    )
    .option('--stack <name>', "the stack's name; default: the file's, or its folder's for template.yaml")
    .option(
      '--parameters <name=value...>',
      'parameters of the template; those not given keep what the stack has',
    )
    .option('--dry-run', 'only tell what would change')
    .option('--delete', 'delete the stack')
    .addOption(new Option('--dev-keys', 'sign with test / test'))
    .addOption(new Option('--json', 'print JSON to standard output'))
    .addHelpText('after', EXAMPLES)
    .action(async (template, flags) =>
      run.finish(await (await import('../commands/deploy.ts')).deploy(template, flags, run.context)),
    );
}
