/** AddPermission and RemovePermission write statements of the queue's policy, which nobody is held to here. */
import type { AddPermissionCommandInput, RemovePermissionCommandInput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../../contract/service.ts';
import type { Engine } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import { invalidParameter, missingParameter } from '../errors.ts';
import { arnOf } from '../queue-record.ts';
import { queueOf } from './queue-calls.ts';

interface Policy {
  readonly Version: string;
  readonly Id: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

const MAX_ACTIONS = 7;
const ACTIONS = [
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
];

export function addPermission(engine: Engine, input: AddPermissionCommandInput): void {
  const queue = queueOf(engine, input.QueueUrl);
  const label = labelOf(input.Label);
  const accounts = input.AWSAccountIds ?? [];
  const actions = input.Actions ?? [];
  if (accounts.length === 0) throw missingParameter('AWSAccountIds');
  if (actions.length === 0) throw missingParameter('Actions');
  const wrongAccount = accounts.find((id) => !/^\d{12}$/.test(id));
  if (wrongAccount !== undefined)
    throw invalidParameter('PrincipalId', wrongAccount, 'Unable to verify: an account has twelve digits');
  const wrongAction = actions.find((name) => !ACTIONS.includes(name));
  if (wrongAction !== undefined)
    throw invalidParameter('ActionName', wrongAction, `Only ${ACTIONS.join(', ')} are allowed`);
  if (actions.length > MAX_ACTIONS) {
    throw new AwsError(
      'OverLimit',
      `${actions.length} Actions were found, maximum allowed is ${MAX_ACTIONS}.`,
    );
  }
  const policy = policyOf(engine, queue);
  if (policy.Statement.some(({ Sid }) => Sid === label))
    throw invalidParameter('Label', label, 'Already exists');
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMore(accounts.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrMore(actions.map((name) => `SQS:${name}`)),
    Resource: arnOf(engine.place, queue.name),
  };
  setPolicy(engine, queue, { ...policy, Statement: [...policy.Statement, statement] });
}

export function removePermission(engine: Engine, input: RemovePermissionCommandInput): void {
  const queue = queueOf(engine, input.QueueUrl);
  const label = labelOf(input.Label);
  const policy = policyOf(engine, queue);
  const left = policy.Statement.filter(({ Sid }) => Sid !== label);
  if (left.length === policy.Statement.length)
    throw invalidParameter('Label', label, "can't find label on existing policy");
  setPolicy(engine, queue, { ...policy, Statement: left });
}

function labelOf(label: string | undefined): string {
  if (label === undefined || label === '') throw missingParameter('Label');
  if (/^[A-Za-z0-9_-]{1,80}$/.test(label)) return label;
  throw invalidParameter('Label', label, 'It has 1 to 80 letters, digits, hyphens and underscores');
}

function policyOf({ place }: Engine, { name, record }: LiveQueue): Policy {
  const given = record.attributes['Policy'];
  if (given !== undefined) return JSON.parse(given) as Policy;
  return {
    Version: '2008-10-17',
    Id: `${arnOf(place, name)}/SQSDefaultPolicy`,
    Statement: [],
  };
}

function setPolicy(engine: Engine, queue: LiveQueue, policy: Policy): void {
  const { Policy: _before, ...rest } = queue.record.attributes;
  const attributes = policy.Statement.length === 0 ? rest : { ...rest, Policy: JSON.stringify(policy) };
  engine.queues.change(queue, { attributes, modifiedMs: engine.clock.wallMs() });
}

function oneOrMore(list: readonly string[]): string | readonly string[] {
  return list.length === 1 ? list[0]! : list;
}
