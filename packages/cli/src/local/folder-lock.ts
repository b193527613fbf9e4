/** One `up` a data folder: the lock is the kernel's, so that one whose holder has ended, however it ended, is free. */
import { Failure } from '@crescendo/base';
import { type FolderLock, lockFolder } from '@crescendo/node/disk';
import { CommandFailure } from '../failures.ts';

/** Fails when another `up` runs on the folder. */
export function lockDataFolder(folder: string): FolderLock {
  try {
    return lockFolder(folder, '"crescendo up"');
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'FolderInUse') throw error;
    throw new CommandFailure(`${error.message} with --data`, { cause: error });
  }
}
