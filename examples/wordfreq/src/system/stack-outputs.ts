/** What the template made, by the outputs of its stack. */
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CommandFailure } from './failures.ts';
import type { Session } from './session.ts';

const NAMES = [
  'UploadingBucket',
  'ProcessingBucket',
  'JobsQueueUrl',
  'ResultsQueueUrl',
  'DeadLettersQueueUrl',
  'TableName',
  'GroupName',
] as const;

export type StackOutputs = Readonly<Record<(typeof NAMES)[number], string>>;

export async function findStack(session: Pick<Session, 'stacks'>, name: string): Promise<StackOutputs> {
  const { Stacks } = await session.stacks
    .send(new DescribeStacksCommand({ StackName: name }))
    .catch((cause: unknown) => {
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new CommandFailure(
        `the stack "${name}" cannot be found: ${said}. Deploy examples/wordfreq/template.yaml first, or name another with --stack.`,
        { cause },
      );
    });
  const outputs = new Map(
    Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  const missing = NAMES.filter((key) => outputs.get(key) === undefined);
  if (missing.length > 0)
    throw new CommandFailure(
      `the stack "${name}" (${Stacks?.[0]?.StackStatus}) has no output ${missing.join(', ')}: is it made from examples/wordfreq/template.yaml?`,
    );
  return Object.fromEntries(NAMES.map((key) => [key, outputs.get(key)!])) as StackOutputs;
}
