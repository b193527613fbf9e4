/**
 * Creates, updates or deletes a stack and follows it to its end.
 *
 * (Y1) Only what happened since the request is shown and judged: events of earlier deployments are passed over.
 */
import type { CommandStatus } from '../commands/command-context.ts';
import { CommandFailure } from '../failures.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { changeLines } from './change-lines.ts';
import type { LocalTemplate } from './local-template.ts';
import { parametersFor } from './local-template.ts';
import type { Stack, StackClient, StackEvent, StackRequest } from './stack-client.ts';
import { StackDisplay } from './stack-display.ts';

export interface Deployment {
  readonly client: StackClient;
  readonly terminal: Terminal;
  readonly stackName: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** Between two looks at the stack. */
  readonly pause: () => Promise<void>;
}

export interface TemplateDeployment extends Deployment {
  readonly local: LocalTemplate;
  readonly parameters: readonly string[];
  /** Where a template goes that is too large for a request. */
  readonly place: (text: string) => Promise<StackRequest['template']>;
}

interface Ended {
  readonly stack: Stack;
  /** Oldest first. */
  readonly events: readonly StackEvent[];
}

export async function deployTemplate(deployment: TemplateDeployment): Promise<CommandStatus> {
  const { client, local } = deployment;
  const before = await readyStack(deployment);
  const request = await requestFor(deployment, before);
  const since = before && (await newestEvent(client, before));
  const stackId = before === undefined ? await client.create(request) : before.StackId!;
  const changed = before === undefined || (await client.update(request));
  if (!changed) return tellEnd(deployment, { stack: before!, events: [] }, local, false);
  const ended = await follow(deployment, stackId, since);
  return tellEnd(deployment, ended, local, true);
}

export async function previewTemplate(deployment: TemplateDeployment): Promise<CommandStatus> {
  const { client, terminal, json, stackName } = deployment;
  const before = await client.describe(stackName);
  const exists = before !== undefined && before.StackStatus !== 'REVIEW_IN_PROGRESS';
  const { changes, reason } = await client.preview(
    await requestFor(deployment, exists ? before : undefined),
    exists ? 'UPDATE' : 'CREATE',
  );
  if (json)
    terminal.out(
      `${JSON.stringify({ stackName, changes: changes.map(({ ResourceChange }) => ResourceChange) }, undefined, 2)}\n`,
    );
  else if (changes.length > 0) terminal.out(`${changeLines(changes).join('\n')}\n`);
  else terminal.out(`${stackName}: nothing would change\n`);
  if (reason !== undefined && changes.length > 0) throw new CommandFailure(reason);
  return 0;
}

export async function deleteStack(deployment: Deployment): Promise<CommandStatus> {
  const { client, stackName } = deployment;
  const before = await client.describe(stackName);
  if (before === undefined) throw new CommandFailure(`there is no stack ${stackName}`);
  const since = await newestEvent(client, before);
  await client.remove(before.StackId!);
  const ended = await follow(deployment, before.StackId!, since);
  return tellEnd(deployment, ended, undefined, true);
}

/** The stack when it can be updated, undefined when it must be created; what a failed creation has left is removed. */
async function readyStack(deployment: TemplateDeployment): Promise<Stack | undefined> {
  const { client, stackName, terminal } = deployment;
  const stack = await client.describe(stackName);
  const status = String(stack?.StackStatus ?? '');
  if (stack === undefined || status === 'DELETE_COMPLETE') return undefined;
  if (['ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS'].includes(status)) {
    terminal.error(`${stackName} was never complete (${status}): it is removed first\n`);
    await client.remove(stack.StackId!);
    await follow(deployment, stack.StackId!, await newestEvent(client, stack));
    return undefined;
  }
  if (/^(?:CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$|^UPDATE_FAILED$/.test(status)) return stack;
  throw new CommandFailure(
    status.endsWith('_IN_PROGRESS')
      ? `stack ${stackName} is in ${status}: wait until that has ended and try again`
      : `stack ${stackName} is in ${status} and cannot be updated: look at its events, or remove it with --delete`,
  );
}

async function requestFor(deployment: TemplateDeployment, before: Stack | undefined): Promise<StackRequest> {
  const { local, parameters, stackName, place } = deployment;
  const kept = new Set((before?.Parameters ?? []).map(({ ParameterKey }) => ParameterKey ?? ''));
  return {
    stackName,
    parameters: await parametersFor(local, parameters, kept),
    template: await place(local.text),
  };
}

async function newestEvent(client: StackClient, { StackId }: Stack): Promise<string | undefined> {
  const [newest] = await client.events(StackId!, undefined);
  return newest?.EventId;
}

async function follow(deployment: Deployment, stackId: string, since: string | undefined): Promise<Ended> {
  const { client, terminal, json, signal, pause, stackName } = deployment;
  const display = new StackDisplay(terminal, json);
  const seen: StackEvent[] = [];
  for (;;) {
    const stack = await client.describe(stackId);
    const last = seen.at(-1)?.EventId ?? since;
    const found = await client.events(stackId, last);
    const index = found.findIndex(({ EventId }) => EventId === last);
    const fresh = found.slice(0, index < 0 ? undefined : index).toReversed(); // (Y1)
    seen.push(...fresh);
    display.show(fresh);
    if (stack === undefined || !String(stack.StackStatus).endsWith('_IN_PROGRESS')) {
      display.end();
      return {
        stack: stack ?? { StackName: stackName, CreationTime: undefined, StackStatus: 'DELETE_COMPLETE' },
        events: seen,
      };
    }
    if (signal.aborted)
      throw new CommandFailure(`stopped following ${stackName}: it goes on by itself (${stack.StackStatus})`);
    await pause();
  }
}

const GOOD = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'DELETE_COMPLETE'];

function tellEnd(
  { terminal, json, stackName }: Deployment,
  { stack, events }: Ended,
  local: LocalTemplate | undefined,
  changed: boolean,
): CommandStatus {
  const status = String(stack.StackStatus);
  const good = GOOD.includes(status) || !changed;
  const outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
  );
  const failures = events.filter(isFailure).map((event) => ({
    resource: event.LogicalResourceId ?? '',
    status: String(event.ResourceStatus),
    reason: event.ResourceStatusReason ?? '',
    ...(local !== undefined && { place: local.placeOf(event.LogicalResourceId ?? '') }),
  }));
  if (json) {
    const told = { stackName, stackId: stack.StackId, status, changed, outputs, failures };
    terminal.out(`${JSON.stringify(told, undefined, 2)}\n`);
    return good ? 0 : 1;
  }
  for (const { place, resource, reason } of good ? [] : failures)
    terminal.error(`${place ?? stackName}: ${resource}: ${reason}\n`);
  terminal.error(
    `${stackName}: ${changed ? status : `${status}, nothing to change`}${stack.StackStatusReason && !good ? `: ${stack.StackStatusReason}` : ''}\n`,
  );
  // After a failure they would stand between the reason and whoever looks for it.
  const rows = good && status !== 'DELETE_COMPLETE' ? Object.entries(outputs) : [];
  if (rows.length > 0) terminal.out(`${formatTable(rows).join('\n')}\n`);
  return good ? 0 : 1;
}

/** Steps that were called off because of another one's failure say nothing new. */
function isFailure({ ResourceStatus, ResourceStatusReason, ResourceType }: StackEvent): boolean {
  const failed = String(ResourceStatus).endsWith('_FAILED') && ResourceType !== 'AWS::CloudFormation::Stack';
  return failed && !/^Resource (?:creation|update) cancelled$/.test(ResourceStatusReason ?? '');
}
