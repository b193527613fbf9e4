/**
 * One `up` a data folder. The lock is a file that names the process that holds it; a lock whose holder is gone is taken over.
 * A process id may be given to another program later, so the time at which the holder began is compared too where the system tells.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { CommandFailure } from '../failures.ts';
import { createPrivateFile } from '../private-file.ts';

export interface FolderLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** In the kernel's clock ticks since boot; empty where the system does not tell. */
  readonly began: string;
}

/** Fails when another process that is alive holds it. */
export async function lockFolder(path: string, folder: string): Promise<FolderLock> {
  const holder: Holder = { pid: process.pid, began: await beginningOf(process.pid) };
  // The token tells two locks of one process apart.
  const own = JSON.stringify({ ...holder, token: randomUUID() });
  for (let attempt = 0; attempt < 5; attempt++) {
    const found = await createPrivateFile(path, own);
    if (found === own) return { release: () => rm(path, { force: true }) };
    const other = parseHolder(found);
    if (other !== undefined && (await isAlive(other))) {
      throw new CommandFailure(
        `"crescendo up" is running on ${folder} already (process ${other.pid}): stop it first, or use another folder with --data`,
      );
    }
    await rm(path, { force: true });
  }
  throw new CommandFailure(`${path} could not be locked: another process takes it again and again`);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const pid: unknown = Reflect.get(value, 'pid');
    const began: unknown = Reflect.get(value, 'began');
    return typeof pid === 'number' && typeof began === 'string' ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'EPERM';
  }
  const began = await beginningOf(holder.pid);
  return began !== ENDED && (began === '' || holder.began === '' || began === holder.began);
}

/** Of a process that has ended and that nobody has asked how. */
const ENDED = 'ended';

/** Field 22 of `/proc/PID/stat` (the first one below is the state); the second field may hold spaces and ends with the last bracket. */
async function beginningOf(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? ENDED : (fields[19] ?? '');
  } catch {
    return '';
  }
}
