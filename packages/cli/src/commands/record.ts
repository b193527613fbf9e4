import { writeFileSync } from 'node:fs';
import { CommandFailure, NothingAnswers, reasonOf, systemCode } from '../failures.ts';
import { type ClientFlags, connectionFor } from '../settings.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';

export interface RecordFlags extends ClientFlags {
  readonly loadBegan?: string;
  readonly speed?: number;
  readonly output?: string;
}

/** Writes the activities of a group down, for `simulate --against`. */
export async function record(
  group: string,
  flags: RecordFlags,
  { terminal, environment }: CommandContext,
): Promise<CommandStatus> {
  const { endpoint, region, keys, sessionToken } = await connectionFor(flags, environment);
  const sdk = await import('@aws-sdk/client-auto-scaling');
  const credentials = { ...keys, ...(sessionToken !== undefined && { sessionToken }) };
  const client = new sdk.AutoScalingClient({ endpoint, region, credentials });
  const Activities: unknown[] = [];
  try {
    const pages = sdk.paginateDescribeScalingActivities({ client }, { AutoScalingGroupName: group });
    for await (const page of pages) Activities.push(...(page.Activities ?? []));
  } catch (error) {
    throw systemCode(error) === 'ECONNREFUSED' ? new NothingAnswers(endpoint, error) : error;
  } finally {
    client.destroy();
  }
  const { loadBegan: LoadBegan, speed: Speed } = flags;
  const text = `${JSON.stringify({ LoadBegan, Speed, Activities }, undefined, 2)}\n`;
  if (flags.output === undefined) terminal.out(text);
  else write(flags.output, text);
  return 0;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandFailure(`cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
