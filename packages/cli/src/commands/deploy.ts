import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureBucket, objectPath } from '../client/bucket.ts';
import type { Connection } from '../client/connection.ts';
import { S3Client } from '../client/s3-client.ts';
import { type Deployment, deleteStack, deployTemplate, previewTemplate } from '../deploy/deploy-stack.ts';
import { defaultStackName, readLocalTemplate } from '../deploy/local-template.ts';
import { openStackClient, type StackClient, type StackRequest } from '../deploy/stack-client.ts';
import { UsageError } from '../failures.ts';
import type { ClientFlags } from '../settings.ts';
import { connectionFor } from '../settings.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface DeployFlags extends ClientFlags {
  readonly stack?: string;
  readonly parameters?: readonly string[];
  readonly dryRun?: boolean;
  readonly delete?: boolean;
  readonly json?: boolean;
}

const PAUSE_MS = 400;
/** What CloudFormation takes within a request; larger ones come from a bucket. */
const BODY_BYTES = 51_200;
const TEMPLATE_BUCKET = 'crescendo-templates';

/** Creates, updates or deletes a stack and follows it to its end. */
export async function deploy(
  path: string,
  flags: DeployFlags,
  context: CommandContext,
): Promise<CommandStatus> {
  if (flags.delete === true && flags.dryRun === true)
    throw new UsageError('--delete and --dry-run do not go together: give one of them');
  const stackName = flags.stack ?? defaultStackName(path);
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) {
    throw new UsageError(
      `"${stackName}" is no name of a stack: give a letter, then up to 127 letters, digits and hyphens`,
    );
  }
  // What is wrong with the template is told without asking anybody.
  const local = flags.delete === true ? undefined : await readLocalTemplate(path);
  const connection = await connectionFor(flags, context.environment);
  const client = await openStackClient(connection);
  try {
    const base = deploymentOf(client, stackName, flags, context);
    if (local === undefined) return await deleteStack(base);
    const place = (text: string) => placeTemplate(text, connection);
    const whole = { ...base, local, place, parameters: flags.parameters ?? [] };
    return flags.dryRun === true ? await previewTemplate(whole) : await deployTemplate(whole);
  } finally {
    client.close();
  }
}

function deploymentOf(
  client: StackClient,
  stackName: string,
  flags: DeployFlags,
  { terminal, signal }: CommandContext,
): Deployment {
  // An interrupt ends the pause, not the command: that is left in order.
  const pause = () => wait(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  return { client, terminal, stackName, json: flags.json === true, signal, pause };
}

/** A template that is too large for a request goes to a bucket, under the hash of its text. */
async function placeTemplate(text: string, connection: Connection): Promise<StackRequest['template']> {
  const body = Buffer.from(text, 'utf8');
  if (body.length <= BODY_BYTES) return { TemplateBody: text };
  const store = new S3Client(connection);
  try {
    const key = createHash('sha256').update(body).digest('hex');
    await ensureBucket(store, TEMPLATE_BUCKET);
    await store.fetchText({ method: 'PUT', path: objectPath(TEMPLATE_BUCKET, key), body });
    return { TemplateURL: `${connection.endpoint}/${TEMPLATE_BUCKET}/${key}` };
  } finally {
    store.close();
  }
}
