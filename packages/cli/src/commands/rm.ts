import { deleteObject, headObject, listFiles } from '../client/bucket.ts';
import type { S3Client } from '../client/s3-client.ts';
import { CommandFailure, NothingAnswers, reasonOf, UsageError } from '../failures.ts';
import type { ClientFlags } from '../settings.ts';
import { printable } from '../terminal/table.ts';
import { inParallel } from '../transfer/in-parallel.ts';
import type { Done, Failed } from '../transfer/outcome.ts';
import type { CommandContext, CommandStatus } from './command-context.ts';
import { reportOutcome } from './report.ts';
import { withClient } from './with-client.ts';

export interface RmFlags extends ClientFlags {
  readonly bucket: string;
  readonly recursive?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const DELETES_AT_ONCE = 8;

export async function rm(
  names: readonly string[],
  flags: RmFlags,
  context: CommandContext,
): Promise<CommandStatus> {
  if (flags.recursive === true && flags.yes !== true && names.some((name) => folderPrefix(name) === '')) {
    throw new UsageError(
      `this would remove everything in bucket "${flags.bucket}": add --yes when you mean it`,
    );
  }
  return await withClient<CommandStatus>(flags, context, async (client) => {
    const done: Done[] = [];
    const failed: Failed[] = [];
    for (const name of names) {
      try {
        await inParallel(await namesToRemove(client, name, flags), DELETES_AT_ONCE, async (file) => {
          await removeOne(client, flags.bucket, file, done, failed);
        });
      } catch (error) {
        if (error instanceof NothingAnswers) throw error;
        failed.push({ name, error: reasonOf(error) });
      }
    }
    if (flags.json === true) {
      const removed = done.map((file) => file.name);
      context.terminal.out(`${JSON.stringify({ bucket: flags.bucket, removed, failed }, undefined, 2)}\n`);
    } else for (const file of done) context.terminal.error(`removed ${printable(file.name)}\n`);
    return reportOutcome(context.terminal, 'removed', { done, failed });
  });
}

async function namesToRemove(client: S3Client, name: string, flags: RmFlags): Promise<readonly Done[]> {
  if (flags.recursive !== true) {
    const found = await headObject(client, flags.bucket, name);
    if (found === undefined) throw missing(name, flags.bucket);
    return [{ name, bytes: found.bytes }];
  }
  const files: Done[] = [];
  for await (const file of listFiles(client, flags.bucket, folderPrefix(name))) files.push(file);
  if (files.length === 0) throw missing(`${folderPrefix(name)}*`, flags.bucket);
  return files;
}

/** S3 answers the same whether there was something to delete or not: a person who mistyped a name wants to know. */
function missing(name: string, bucket: string): CommandFailure {
  return new CommandFailure(`bucket "${bucket}" holds no "${name}": see "crescendo ls"`);
}

async function removeOne(
  client: S3Client,
  bucket: string,
  file: Done,
  done: Done[],
  failed: Failed[],
): Promise<void> {
  try {
    await deleteObject(client, bucket, file.name);
    done.push({ name: file.name, bytes: file.bytes });
  } catch (error) {
    failed.push({ name: file.name, error: reasonOf(error) });
  }
}

/** `photos` means what lies in that folder, not `photos-old/a.jpg` as well. */
function folderPrefix(name: string): string {
  const bare = name.replace(/\/+$/, '');
  return bare === '' ? '' : `${bare}/`;
}
