/** The flags and the help of `crescendo simulate`. */
import { type Command, Option } from 'commander';
import { parseEndpoint, parsePositiveNumber, parseWholeNumber } from '../arguments.ts';
import type { CommandContext, CommandStatus } from '../commands/command-context.ts';
import { DEFAULT_DATA_FOLDER } from '../data-folder.ts';

const GUIDE = `
The template is put on a cloud in virtual time: CloudFormation, Auto Scaling, alarms and policies are the ones of "crescendo up"; only clock, instances
and load are made up. Nothing is started and nothing is asked of a network.

LOAD      burst:120@0                   120 jobs at once, at second 0
          poisson:2/s  poisson:30/m@10m-1h  steady:2/s
          diurnal:1-5/s  diurnal:1-5/s,6h   lowest and highest rate, period (24h)
          trace.csv                     rows of time in seconds and number of jobs
          Several add up: burst:50@0 + poisson:1/s
TIME      12 (always), 10-19 (uniform), exp:12, lognormal:12,0.5, measured.csv; seconds, or with ms, s, m, h
VARIANT   Policy=tuned,MaxSize=5        values of parameters, on top of --set
          other.yaml    other.yaml,MaxSize=5
          tuned:Policy=tuned            with a name for the table
GOAL      p95-wait<60s,min-cost         limits, and what is to be small; measures: drain, mean-, p50-, p95-, p99-, max-wait,
                                        cost, instance-hours, launches, flaps, missed, max-fleet
          --vary Size=1,2,4 High=1..20 Period=60..600/60 Policy     the last as the template allows

Examples:
  crescendo simulate template.yaml --load burst:120@0 --service-time 10-19
  crescendo simulate template.yaml --load diurnal:1-5/s --service-time exp:12 --compare small:MaxSize=4 large:MaxSize=12 --report tuning.html
  crescendo simulate template.yaml --load poisson:2/s --service-time exp:3 --vary MaxSize=4..12 Target=1..10 --search 'p95-wait<60s,min-cost'
  crescendo simulate web.yaml --load diurnal:20-400/s --capacity 80/s`;

interface CommandRun {
  readonly context: CommandContext;
  readonly finish: (status: CommandStatus) => void;
}

export function addSimulateCommand(program: Command, run: CommandRun): void {
  const command = program
    .command('simulate <template>')
    .description(
      'what the scaling of a template would do under a load, and what it would cost; in virtual time',
    );
  addLoadOptions(command);
  addDelayOptions(command);
  command
    .addOption(new Option('--json', 'print JSON to standard output'))
    .addHelpText('after', GUIDE)
    .action(async (template, flags) =>
      run.finish(await (await import('../commands/simulate.ts')).simulate(template, flags, run.context)),
    );
  addRecordCommand(program, run);
}

const whole = (least: number, most: number) => (text: string) => parseWholeNumber(text, least, most);

/** What is tried, and what is told of it. */
function addLoadOptions(command: Command): void {
  command
    .option('--load <load...>', 'what comes in; see LOAD below')
    .option('--service-time <time>', 'how long a worker needs for a job; see TIME below')
    .option(
      '--workers <n>',
      'jobs that an instance works on at once (default: processors of its type)',
      whole(1, 1000),
    )
    .option('--cpu <share>', 'share of a processor that a job in hand uses, 0 to 1 (default: 1)')
    .option('--capacity <rate>', 'instead of jobs: requests a second that one instance answers, such as 80/s')
    .option('--set <name=value...>', "values for the template's parameters")
    .option('--compare <variant...>', 'further variants, side by side; see VARIANT below')
    .option('--best', 'also the best possible schedule, at no more cost than the first variant')
    .option('--search <goal>', 'look for the settings that meet a goal best; see GOAL below')
    .option('--vary <name=values...>', 'what a search may choose; see GOAL below')
    .option('--tries <n>', 'settings that a search tries at most', whole(1, 100_000), 200)
    .option('--report <file.html>', 'write a report with charts, one file that needs no network')
    .option('--hours <n>', 'length of the run from the begin of the load (default: the load and one hour)')
    .option(
      '--runs <n>',
      'runs of each variant, under seeds one after the other; the table has their means',
      whole(1, 1000),
      1,
    )
    .option('--seed <n>', 'seed of the first run', whole(0, 2 ** 31), 1);
}

/** What is taken for granted of instances, metrics and time. */
function addDelayOptions(command: Command): void {
  command
    .addOption(
      new Option('--timing <place>', 'how long instances and metrics take where no flag says so')
        .choices(['aws', 'local'])
        .default('aws'),
    )
    .option('--launch-delay <time>', 'from the request of an instance until it runs; see TIME')
    .option('--boot-delay <time>', 'from then until it can work')
    .option('--end-delay <time>', 'from the order to end until it is gone')
    .option('--metric-delay <time>', 'from a measurement until CloudWatch has it')
    .option('--cpu-period <seconds>', 'how often EC2 publishes CPUUtilization: 60 or 300')
    .option(
      '--metric <name=values...>',
      'values of a metric that the load does not make: NAMESPACE/NAME=FILE.csv or a number; /n at the end shares it among the instances',
    )
    .option('--queue <name>', 'queue that the jobs come to (default: the one that the alarms watch)')
    .option('--group <name>', 'group that works (default: the one that is scaled)')
    .option(
      '--on-stop <what>',
      'jobs in hand of an ended instance: return (it gives them back) or lose (their lease must run out)',
    )
    .option('--against <file>', 'lay a run beside it that "crescendo record" wrote down')
    .option('--tolerance <seconds>', 'how far orders of the two may be apart', whole(0, 86_400), 20)
    .option('--lead-in <time>', 'virtual time before the load, for the fleet to come to rest (default: 30m)')
    .option('--start <time>', 'when the load begins, for scheduled actions, such as 2026-03-02T08:00Z')
    .option(
      '--speed <n>',
      'divide the durations of alarms and policies, as "up --speed" does',
      whole(1, 60),
      1,
    );
}

function addRecordCommand(program: Command, run: CommandRun): void {
  program
    .command('record <group>')
    .description('write down what an Auto Scaling group did, for "simulate --against"')
    .addOption(new Option('--data <dir>', 'data folder with the key pair').default(DEFAULT_DATA_FOLDER))
    .option(
      '--endpoint <url>',
      'the cloud; default: AWS_ENDPOINT_URL, else where "up" listens',
      parseEndpoint,
    )
    .addOption(new Option('--dev-keys', 'sign with test / test'))
    .option('--load-began <time>', 'when the load began, such as 2026-03-02T08:00:12Z: it is written beside')
    .option('--speed <n>', 'speed that the cloud ran at, when it was not 1', parsePositiveNumber)
    .option('-o, --output <file>', 'file to write (default: standard output)')
    .action(async (group, flags) =>
      run.finish(await (await import('../commands/record.ts')).record(group, flags, run.context)),
    );
}
