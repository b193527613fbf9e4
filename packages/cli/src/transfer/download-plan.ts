/**
 * Which objects a download takes and where they go.
 *
 * (P1) A name never leads out of the target: parts such as `..`, empty ones and absolute ones are refused, whatever the store holds.
 */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { headObject, listFiles } from '../client/bucket.ts';
import type { S3Client } from '../client/s3-client.ts';
import { CommandFailure, NothingAnswers, reasonOf, UsageError } from '../failures.ts';
import type { Failed } from './outcome.ts';

export interface PlannedDownload {
  /** Key in the bucket. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export interface DownloadPlan {
  readonly files: readonly PlannedDownload[];
  readonly failed: readonly Failed[];
}

/**
 * A name that ends in a slash, or that is no object but has objects below it, stands for a folder.
 *
 * @param output the file or folder to write to; the working folder when undefined
 */
export async function planDownload(
  client: S3Client,
  bucket: string,
  names: readonly string[],
  output: string | undefined,
): Promise<DownloadPlan> {
  const plan = { files: [] as PlannedDownload[], failed: [] as Failed[] };
  const intoFolder =
    output !== undefined && (names.length > 1 || output.endsWith('/') || (await isFolder(output)));
  for (const name of names) {
    try {
      const found = name.endsWith('/') ? undefined : await headObject(client, bucket, name);
      if (found === undefined) await addFolder(plan, client, bucket, name, output);
      else plan.files.push({ name, path: filePath(name, output, intoFolder), bytes: found.bytes });
    } catch (error) {
      if (error instanceof UsageError || error instanceof NothingAnswers) throw error;
      plan.failed.push({ name, error: reasonOf(error) });
    }
  }
  assertDistinct(plan.files);
  return plan;
}

function assertDistinct(files: readonly PlannedDownload[]): void {
  const names = new Map<string, string>();
  for (const file of files) {
    const other = names.get(file.path);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${file.name} would both be written to ${file.path}: download them apart, with -o`,
      );
    }
    names.set(file.path, file.name);
  }
}

/** With an output folder that folder stands for the prefix; without one, files keep their whole names below the working folder. */
async function addFolder(
  plan: { readonly files: PlannedDownload[]; readonly failed: Failed[] },
  client: S3Client,
  bucket: string,
  name: string,
  output: string | undefined,
): Promise<void> {
  const prefix = name === '' || name.endsWith('/') ? name : `${name}/`;
  let count = 0;
  for await (const object of listFiles(client, bucket, prefix)) {
    count++;
    // A key that ends in a slash is what other tools store for an empty folder.
    if (object.name.endsWith('/') && object.bytes === 0) continue;
    try {
      const relative = output === undefined ? object.name : object.name.slice(prefix.length);
      const path = join(output ?? '.', safeRelativePath(relative));
      plan.files.push({ name: object.name, path, bytes: object.bytes });
    } catch (error) {
      plan.failed.push({ name: object.name, error: reasonOf(error) });
    }
  }
  if (count === 0)
    throw new CommandFailure(`bucket "${bucket}" holds no file of that name: see "crescendo ls"`);
}

function filePath(name: string, output: string | undefined, intoFolder: boolean): string {
  if (output !== undefined && !intoFolder) return output;
  return join(output ?? '.', safeRelativePath(basename(name)));
}

/** (P1) */
export function safeRelativePath(name: string): string {
  const unsafe = name
    .split('/')
    .some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (!unsafe) return name;
  throw new CommandFailure('its name is no safe path: download it alone, with -o FILE');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
