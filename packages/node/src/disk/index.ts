/** What other programs of this project need to keep things in a folder of their own, without the rest of the daemon. */
export { FILE_MODE, FOLDER_MODE, makeFolderSync, replaceFileSync, systemCode } from './durable-file.ts';
export { type FolderLock, lockFolder } from './folder/folder-lock.ts';
export { commitFailure } from './state/commit-failure.ts';
export { databaseHeaderDamage } from './state/database-header.ts';
