/** The commands with their flags and help. What a command does is loaded when it runs: `--help` and `env` start at once. */
import { Command, Option } from 'commander';
import {
  parseBucketName,
  parseByteSize,
  parseEndpoint,
  parseHostPorts,
  parsePort,
  parsePositiveNumber,
  parseWholeNumber,
} from './arguments.ts';
import type { CommandContext, CommandStatus } from './commands/command-context.ts';
import { DEFAULT_DATA_FOLDER } from './data-folder.ts';
import { addDeployCommand } from './deploy/deploy-command.ts';
import { USUAL_PORTS } from './local/own-ports.ts';
import { NODE_GUIDE } from './node-guide.ts';
import { addSimulateCommand } from './simulate/simulate-command.ts';

export interface ProgramRun {
  readonly context: CommandContext;
  /** Called with the exit status when a command has run. */
  readonly finish: (status: CommandStatus) => void;
}

const dataOption = (): Option =>
  new Option('--data <dir>', 'data folder: key pair, cluster secret, nodes').default(DEFAULT_DATA_FOLDER);
const jsonOption = (): Option => new Option('--json', 'print JSON to standard output');
const devKeysOption = (what: string): Option => new Option('--dev-keys', what);

export function buildProgram(run: ProgramRun): Command {
  const program = new Command('crescendo')
    .description('A distributed S3-compatible file store.')
    .helpCommand('help [command]', 'help for a command')
    .addHelpText('after', EXIT_HELP);
  addStoreCommands(program, run);
  addFileCommands(program, run);
  addOperatorCommands(program, run);
  addDeployCommand(program, run);
  addSimulateCommand(program, run);
  return program;
}

const UP_HELP = `
Nodes, copies, partitions and --set are taken at the first start on a data folder; the store then stays as it was set up, and "crescendo deploy"
changes it. The store is the stack "store", made from examples/store/template.yaml.`;

const EXIT_HELP = `
Exit status: 0 done, 1 failed, 2 called wrongly.
Environment: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION; the environment wins over the data folder.`;

function addStoreCommands(program: Command, run: ProgramRun): void {
  program
    .command('up')
    .description('run the local cloud with a store that scales itself, on one endpoint, until interrupted')
    .addOption(dataOption())
    .option('--port <n>', 'port of the endpoint', parsePort, 4566)
    .option('--listen <host>', 'address of the endpoint', '127.0.0.1')
    .option('--nodes <n>', 'storage nodes to begin with', wholeNumber(1, 64), 3)
    .option('--max-nodes <n>', 'nodes that the store may grow to', wholeNumber(1, 64), 6)
    .option('--replication <n>', 'copies of everything', wholeNumber(1, 7), 3)
    .option('--partitions <n>', 'partitions, a power of two', powerOfTwo, 64)
    .option(
      '--grace <seconds>',
      'silence after which a lost node is given up and its data restored (default: 300)',
      parsePositiveNumber,
    )
    .option('--set <name=value...>', "further values for the parameters of the store's template")
    .option(
      '--speed <n>',
      'divide the durations of alarms and policies, for demonstrations',
      wholeNumber(1, 60),
      1,
    )
    .option(
      '--one-address',
      'instances share 127.0.0.1 and get ports of their own, as they must where the system has no other loopback addresses',
    )
    .addOption(devKeysOption('also accept the key pair test / test'))
    .addHelpText('after', UP_HELP)
    .action(async (flags, command: Command) => {
      const given = Object.keys(flags).filter((name) => command.getOptionValueSource(name) === 'cli');
      run.finish(await (await import('./commands/up.ts')).up({ ...flags, given }, run.context));
    });

  program
    .command('node')
    .description('run one node; --help tells how to run a store on several machines')
    .addOption(dataOption())
    .option('--listen <host>', 'address that all doors listen on', '127.0.0.1')
    .option('--advertise <host>', 'address that others reach this node at, when it differs')
    .option('--peer-port <n>', 'port for other nodes', parsePort, USUAL_PORTS.peer)
    .option('--s3-port <n>', 'port for S3', parsePort, USUAL_PORTS.s3)
    .option('--admin-port <n>', 'port for /health, /metrics and /state', parsePort, USUAL_PORTS.admin)
    .option(
      '--classic-port <n>',
      'port of the classic door (MessagePack-RPC)',
      parsePort,
      USUAL_PORTS.classic,
    )
    .option('--files-port <n>', 'port of the classic file server', parsePort, USUAL_PORTS.files)
    .option('--no-classic', 'keep the classic door shut')
    .option(
      '--founders <host:port,...>',
      'peer addresses of all nodes that found the cluster, this one included',
      parseHostPorts,
    )
    .option('--join <host:port,...>', 'peer addresses of nodes of the cluster to join', parseHostPorts)
    .option('--zone <name>', 'failure zone: copies go to different zones where there are several', 'default')
    .option('--weight <n>', 'shares of the data that this node is meant to hold', wholeNumber(1, 16), 1)
    .option(
      '--capacity <bytes>',
      'bytes that this node may hold, such as 500GB; default: what the disk has',
      parseByteSize,
    )
    .option(
      '--replication <n>',
      'copies of everything, set when the cluster is founded',
      wholeNumber(1, 7),
      3,
    )
    .option('--partitions <n>', 'partitions, a power of two, set when the cluster is founded', powerOfTwo, 64)
    .option(
      '--grace <seconds>',
      'silence after which a lost node is given up and its data restored',
      parsePositiveNumber,
    )
    .option(
      '--sweep-grace <seconds>',
      'how long the bytes of deleted files are kept for downloads under way, at least 60 but for tests (default: 300)',
      parsePositiveNumber,
    )
    .option('--secret-file <file>', 'the cluster secret; default: cluster-secret in the data folder')
    .option(
      '--credentials <file>',
      'the key pair that S3 requests are checked with; default: credentials in the data folder',
    )
    .option(
      '--cluster-parameters <prefix>',
      'on an instance of an Auto Scaling group: find the cluster, its secret and its key pair in parameters under this prefix, such as /crescendo/store',
    )
    .option(
      '--metrics-interval <seconds>',
      'on such an instance: seconds between publications of metrics (default: 60)',
      parsePositiveNumber,
    )
    .option('--bare', 'a node of the original ring: its identifiers, joined by the calls create and join')
    .addOption(devKeysOption('also accept the key pair test / test, on loopback'))
    .addHelpText('after', NODE_GUIDE)
    .action(async (flags) => run.finish(await (await import('./commands/node.ts')).node(flags, run.context)));
}

function addFileCommands(program: Command, run: ProgramRun): void {
  clientCommand(program, 'upload <file...>', 'store files and folders; folders keep their relative paths')
    .addOption(bucketOption())
    .option('--prefix <text>', 'put this before every name, for example "backup/"', '')
    .option('--parallel <n>', 'files, and parts of a large file, that travel at once', wholeNumber(1, 32), 4)
    .option('--quiet', 'tell only failures and the sum')
    .action(async (files, flags) =>
      run.finish(await (await import('./commands/upload.ts')).upload(files, flags, run.context)),
    );

  clientCommand(program, 'download <name...>', 'fetch files; NAME/ fetches all below a folder')
    .addOption(bucketOption())
    .option('-o, --output <path>', 'file to write, or folder when there are several')
    .option('--parallel <n>', 'files that travel at once', wholeNumber(1, 32), 4)
    .option('--quiet', 'tell only failures and the sum')
    .action(async (names, flags) =>
      run.finish(await (await import('./commands/download.ts')).download(names, flags, run.context)),
    );

  clientCommand(program, 'ls [prefix]', 'list files: time of the last change (UTC), bytes, name')
    .addOption(bucketOption())
    .action(async (prefix, flags) =>
      run.finish(await (await import('./commands/ls.ts')).ls(prefix ?? '', flags, run.context)),
    );

  clientCommand(program, 'rm <name...>', 'remove files')
    .addOption(bucketOption())
    .option('-r, --recursive', 'names are folders: remove all below them')
    .option('--yes', 'allow a removal of everything in the bucket')
    .action(async (names, flags) =>
      run.finish(await (await import('./commands/rm.ts')).rm(names, flags, run.context)),
    );
}

function addOperatorCommands(program: Command, run: ProgramRun): void {
  clientCommand(program, 'status', 'show nodes and replication').action(async (flags) =>
    run.finish(await (await import('./commands/status.ts')).status(flags, run.context)),
  );

  clientCommand(program, 'env', 'print what other S3 clients need, for eval "$(crescendo env)"').action(
    async (flags) => run.finish(await (await import('./commands/env.ts')).env(flags, run.context)),
  );

  program
    .command('console')
    .description('print the address of the web console, with the key that opens it')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (flags) =>
      run.finish(await (await import('./commands/console.ts')).showConsole(flags, run.context)),
    );

  clientCommand(
    program,
    'drain <node>',
    'let a node hand its data on and leave; NODE is an id of "crescendo status" or its beginning',
  )
    .option('--no-wait', 'give the order and do not wait until it is done')
    .option('--cancel', 'call a drain off that is under way')
    .action(async (node, flags) =>
      run.finish(await (await import('./commands/drain.ts')).drain(node, flags, run.context)),
    );

  program
    .command('recover')
    .description('go on from the survivors when too many nodes are lost for good; may lose data')
    .addOption(dataOption())
    .option(
      '--survivors <host:port,...>',
      'peer addresses of the nodes that are alive; default: those of "up" on the data folder',
      parseHostPorts,
    )
    .option('--secret-file <file>', 'the cluster secret; default: cluster-secret in the data folder')
    .option('--dry-run', 'only tell what would be done')
    .option('--yes', 'do not ask')
    .addOption(jsonOption())
    .action(async (flags) =>
      run.finish(await (await import('./commands/recover.ts')).recover(flags, run.context)),
    );
}

function clientCommand(program: Command, nameAndArguments: string, description: string): Command {
  return program
    .command(nameAndArguments)
    .description(description)
    .addOption(dataOption())
    .option(
      '--endpoint <url>',
      'the store; default: AWS_ENDPOINT_URL, else where "up" listens',
      parseEndpoint,
    )
    .addOption(devKeysOption('sign with test / test'))
    .addOption(jsonOption());
}

function bucketOption(): Option {
  return new Option('--bucket <name>', 'bucket; made by the first upload')
    .default('files')
    .argParser(parseBucketName);
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => parseWholeNumber(text, least, most);
}

function powerOfTwo(text: string): number {
  const value = parseWholeNumber(text, 1, 16_384, 'a number of partitions');
  if (Number.isInteger(Math.log2(value))) return value;
  return parseWholeNumber('', 1, 16_384, `a power of two, and ${text} is none`);
}
