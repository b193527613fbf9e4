/**
 * `cfn-signal` as a program of instances: tells CloudFormation that a resource is up, or is not. With `--stack` and `--resource` it signals
 * the resource, with a URL the wait condition of that handle. Credentials come from the instance's metadata service, unless they are in
 * the environment.
 *
 * Run as `node cfn-signal.ts [options] [URL]`. Exit status 0: it was told; 1: it was not.
 */
import { parseArgs } from 'node:util';
import { CloudFormationClient, SignalResourceCommand } from '@aws-sdk/client-cloudformation';

const USAGE = `Usage: cfn-signal -e STATUS --stack NAME --resource LOGICAL_ID [--region REGION]
       cfn-signal -e STATUS [-r REASON] [-d DATA] [-i UNIQUE_ID] WAIT_CONDITION_URL

  -e, --exit-code STATUS   0 signals success, anything else failure
  -s, --success BOOLEAN    the same, as true or false
  -r, --reason TEXT        why it failed, for a wait condition
  -d, --data TEXT          for a wait condition's attribute Data
  -i, --id TEXT            which signal this is; by default the instance's id
`;

/** What AWS's program takes; what has no meaning here is taken and not looked at. */
const OPTIONS = {
  'exit-code': { type: 'string', short: 'e' },
  success: { type: 'string', short: 's' },
  reason: { type: 'string', short: 'r' },
  data: { type: 'string', short: 'd' },
  id: { type: 'string', short: 'i' },
  stack: { type: 'string' },
  resource: { type: 'string' },
  region: { type: 'string' },
  url: { type: 'string', short: 'u' },
  help: { type: 'boolean', short: 'h' },
  verbose: { type: 'boolean', short: 'v' },
  'access-key': { type: 'string' },
  'secret-key': { type: 'string' },
  'credential-file': { type: 'string', short: 'f' },
  role: { type: 'string' },
  'http-proxy': { type: 'string' },
  'https-proxy': { type: 'string' },
} as const;

interface Signal {
  readonly status: 'SUCCESS' | 'FAILURE';
  readonly uniqueId: string;
  readonly reason: string;
  readonly data: string;
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const status = statusOf(values['exit-code'], values.success);
  const signal: Signal = {
    status,
    uniqueId: values.id ?? process.env['CRESCENDO_INSTANCE_ID'] ?? 'unknown',
    reason: values.reason ?? (status === 'SUCCESS' ? 'Configuration Complete' : 'Configuration Failed'),
    data: values.data ?? '',
  };
  const [url] = positionals;
  if (url !== undefined) return await signalWaitCondition(handleUrl(url), signal);
  const { stack, resource } = values;
  if (stack === undefined || resource === undefined)
    throw new Error(`give --stack and --resource, or the URL of a wait condition's handle\n${USAGE}`);
  await signalResource(stack, resource, values.region, signal);
}

function statusOf(exitCode: string | undefined, success: string | undefined): Signal['status'] {
  if (exitCode !== undefined) return exitCode === '0' ? 'SUCCESS' : 'FAILURE';
  return success === undefined || success.toLowerCase() === 'true' ? 'SUCCESS' : 'FAILURE';
}

/** User data hands the URL over plain, or as Base64 as AWS's program takes it. */
function handleUrl(given: string): string {
  return /^https?:/.test(given) ? given : Buffer.from(given, 'base64').toString('utf8');
}

async function signalWaitCondition(url: string, { status, uniqueId, reason, data }: Signal): Promise<void> {
  const answer = await fetch(url, {
    method: 'PUT',
    body: JSON.stringify({ Status: status, UniqueId: uniqueId, Reason: reason, Data: data }),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

async function signalResource(
  StackName: string,
  LogicalResourceId: string,
  region: string | undefined,
  { status: Status, uniqueId: UniqueId }: Signal,
): Promise<void> {
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  await client.send(new SignalResourceCommand({ StackName, LogicalResourceId, Status, UniqueId }));
  client.destroy();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`cfn-signal: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
