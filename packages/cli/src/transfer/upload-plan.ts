/**
 * Which files an upload takes and what they are called in the store.
 *
 * A file keeps its base name, a folder its own name and the paths below it; of `.`, `..` and `/` only what is inside counts.
 * Symbolic links are followed; a link that leads back to a folder above it is reported, as is everything that is neither file nor folder.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CommandFailure, reasonOf, UsageError } from '../failures.ts';
import type { Failed } from './outcome.ts';

export interface PlannedUpload {
  /** Where it lies. */
  readonly path: string;
  /** Key in the bucket. */
  readonly name: string;
  readonly bytes: number;
}

export interface UploadPlan {
  readonly files: readonly PlannedUpload[];
  readonly failed: readonly Failed[];
}

const LONGEST_KEY_BYTES = 1_024;

const DOTS_OR_ROOT = /(^|\/)\.{1,2}\/*$|^\/+$/;

/** @param prefix put before every name; `''` for none */
export async function planUpload(paths: readonly string[], prefix = ''): Promise<UploadPlan> {
  const plan = { files: [] as PlannedUpload[], failed: [] as Failed[] };
  for (const path of paths) {
    const ownName = DOTS_OR_ROOT.test(path) ? '' : basename(resolve(path));
    await addPath(plan, path, prefix + ownName, []);
  }
  assertDistinct(plan.files);
  return plan;
}

interface GrowingPlan {
  readonly files: PlannedUpload[];
  readonly failed: Failed[];
}

/** @param above real paths of the folders that led here */
async function addPath(
  plan: GrowingPlan,
  path: string,
  name: string,
  above: readonly string[],
): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await addFolder(plan, path, name, above);
    if (!found.isFile()) throw new CommandFailure('it is neither a file nor a folder');
    assertKey(name);
    plan.files.push({ path, name, bytes: found.size });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    plan.failed.push({ name: path, error: reasonOf(error) });
  }
}

async function addFolder(
  plan: GrowingPlan,
  path: string,
  name: string,
  above: readonly string[],
): Promise<void> {
  const real = await realpath(path);
  if (above.includes(real)) throw new CommandFailure('it is a symbolic link to a folder that it lies in');
  const entries = await readdir(path);
  for (const entry of entries.sort()) {
    const child = name === '' || name.endsWith('/') ? name + entry : `${name}/${entry}`;
    await addPath(plan, join(path, entry), child, [...above, real]);
  }
}

function assertKey(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > LONGEST_KEY_BYTES) {
    throw new CommandFailure(`its name has ${bytes} bytes; S3 allows ${LONGEST_KEY_BYTES}`);
  }
  // Node shows bytes that are not UTF-8 like this, and then cannot open the file by that name.
  if (name.includes('\ufffd')) throw new CommandFailure('its name is not UTF-8: rename it first');
}

function assertDistinct(files: readonly PlannedUpload[]): void {
  const paths = new Map<string, string>();
  for (const file of files) {
    const other = paths.get(file.name);
    if (other !== undefined) {
      throw new UsageError(
        `${other} and ${file.path} would both be called "${file.name}": upload them apart, with --prefix for one of them`,
      );
    }
    paths.set(file.name, file.path);
  }
}
