/** Makes and changes the stack of the template. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { Session } from '../src/system/session.ts';

const TEMPLATE = join(import.meta.dirname, '../template.yaml');
const PATIENCE_MS = 180_000;
const POLL_MS = 500;

export async function createStack(
  session: Session,
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  await session.stacks.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: await readFile(TEMPLATE, 'utf8'),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Capabilities: ['CAPABILITY_IAM'],
      OnFailure: 'DO_NOTHING',
    }),
  );
  await settled(session, name, 'CREATE_COMPLETE');
}

/** Parameters that are not named stay as they are. */
export async function updateStack(
  session: Session,
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const { Stacks } = await session.stacks.send(new DescribeStacksCommand({ StackName: name }));
  const Parameters = (Stacks?.[0]?.Parameters ?? []).map(({ ParameterKey = '' }) => {
    const ParameterValue = parameters[ParameterKey];
    return ParameterValue === undefined
      ? { ParameterKey, UsePreviousValue: true }
      : { ParameterKey, ParameterValue };
  });
  await session.stacks.send(
    new UpdateStackCommand({
      StackName: name,
      UsePreviousTemplate: true,
      Parameters,
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  await settled(session, name, 'UPDATE_COMPLETE');
}

async function settled(session: Session, name: string, wanted: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { Stacks } = await session.stacks.send(new DescribeStacksCommand({ StackName: name }));
    const status = Stacks?.[0]?.StackStatus ?? '';
    if (status === wanted) return;
    if (/FAILED|ROLLBACK/.test(status))
      throw new Error(`the stack is ${status}: ${await firstFailure(session, name)}`);
    await pause(POLL_MS);
  }
  throw new Error(`the stack was not ${wanted} after ${PATIENCE_MS / 1000} s`);
}

async function firstFailure(session: Session, name: string): Promise<string> {
  const { StackEvents = [] } = await session.stacks.send(new DescribeStackEventsCommand({ StackName: name }));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED')).at(-1);
  return `${failed?.LogicalResourceId}: ${failed?.ResourceStatusReason}`;
}
