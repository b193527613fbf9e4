/**
 * The store that `up` runs is a stack of the local cloud, made from the same template that AWS would take. It is made at the first start
 * and found again at every later one.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceCaller } from '@crescendo/cloud';
import type { KeyPair } from '../client/connection.ts';
import { CommandFailure } from '../failures.ts';

export const STORE_STACK = 'store';
/** Where the nodes of the stack keep what they share; the template's default. */
export const PARAMETER_PREFIX = '/crescendo/store';
export const STORE_TEMPLATE = join(import.meta.dirname, '../../../../examples/store/template.yaml');
const IMAGE_PARAMETER = '/crescendo/images/store';
const IMAGE_ID = 'ami-crescendo';

export interface StoreStackOptions {
  readonly secret: string;
  readonly keys: KeyPair;
  /** Values for the template's parameters when the stack is made; others get their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What was asked for at this start: told when the stack is otherwise. */
  readonly asked: Readonly<Record<string, string>>;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

interface StackDescription {
  readonly StackStatus?: string;
  readonly Parameters?: readonly { readonly ParameterKey?: string; readonly ParameterValue?: string }[];
}

const POLL_MS = 200;
const NEVER_STOOD = /^(ROLLBACK_(COMPLETE|FAILED)|CREATE_FAILED)$/;

/** Resolves when the stack stands; its nodes may still be starting. */
export async function ensureStoreStack(services: ServiceCaller, options: StoreStackOptions): Promise<void> {
  await createParameter(services, IMAGE_PARAMETER, IMAGE_ID, 'String');
  await createParameter(services, `${PARAMETER_PREFIX}/secret`, options.secret, 'SecureString');
  await createParameter(services, `${PARAMETER_PREFIX}/keys`, JSON.stringify(options.keys), 'SecureString');
  const known = await describe(services);
  const neverStood = NEVER_STOOD.test(known?.StackStatus ?? '');
  if (neverStood) await remove(services, options.signal);
  if (known === undefined || neverStood) await create(services, options);
  else tellOfChanges(known, options);
  await settled(services, options.signal);
}

async function create(services: ServiceCaller, { parameters }: StoreStackOptions): Promise<void> {
  await services.call('cloudformation', 'CreateStack', {
    StackName: STORE_STACK,
    TemplateBody: await readFile(STORE_TEMPLATE, 'utf8'),
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Capabilities: ['CAPABILITY_IAM'],
    OnFailure: 'ROLLBACK',
  });
}

/** What is left of a creation that failed holds no data. */
async function remove(services: ServiceCaller, signal: AbortSignal): Promise<void> {
  await services.call('cloudformation', 'DeleteStack', { StackName: STORE_STACK });
  while (!signal.aborted && (await describe(services)) !== undefined) await wait(POLL_MS);
}

/** A stack changes by being deployed, not by a start: the owner of the data decides when nodes are replaced. */
function tellOfChanges(known: StackDescription, { asked, tell }: StoreStackOptions): void {
  const before = new Map(known.Parameters?.map((one) => [one.ParameterKey, one.ParameterValue]));
  const other = Object.entries(asked).filter(([key, value]) => before.get(key) !== value);
  if (other.length === 0) return;
  const wanted = other.map(([key, value]) => `${key}=${value}`).join(' ');
  tell(
    `the store stays as it was set up: ${other.map(([key]) => `${key}=${before.get(key) ?? ''}`).join(', ')}. To change it: crescendo deploy ${STORE_TEMPLATE} --stack ${STORE_STACK} --parameters ${wanted}`,
  );
}

async function describe(services: ServiceCaller): Promise<StackDescription | undefined> {
  try {
    const { Stacks } = await services.call<{ Stacks?: readonly StackDescription[] }>(
      'cloudformation',
      'DescribeStacks',
      { StackName: STORE_STACK },
    );
    return Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

async function settled(services: ServiceCaller, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const status = (await describe(services))?.StackStatus;
    if (status === undefined || NEVER_STOOD.test(status)) {
      throw new CommandFailure(
        `the stack "${STORE_STACK}" could not be made: ${await firstFailure(services)}. The next start tries again.`,
      );
    }
    if (status.endsWith('_COMPLETE')) return;
    await wait(POLL_MS);
  }
}

/** The first failure is the cause; those after it are resources that were given up because of it. */
async function firstFailure(services: ServiceCaller): Promise<string> {
  const { StackEvents = [] } = await services
    .call<StackEventPage>('cloudformation', 'DescribeStackEvents', { StackName: STORE_STACK })
    .catch((): StackEventPage => ({}));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED') === true).at(
    -1,
  );
  if (failed === undefined) return 'no reason is given';
  return `${failed.LogicalResourceId}: ${failed.ResourceStatusReason}`;
}

interface StackEventPage {
  /** Newest first. */
  readonly StackEvents?: readonly {
    readonly LogicalResourceId?: string;
    readonly ResourceStatus?: string;
    readonly ResourceStatusReason?: string;
  }[];
}

async function createParameter(
  services: ServiceCaller,
  Name: string,
  Value: string,
  Type: 'String' | 'SecureString',
): Promise<void> {
  try {
    await services.call('ssm', 'PutParameter', { Name, Value, Type, Overwrite: false });
  } catch (error) {
    if (!(error instanceof Error && Reflect.get(error, 'code') === 'ParameterAlreadyExists')) throw error;
  }
}
