/**
 * A node's data folder, and the rules for what is found damaged in it.
 *
 *   format.json    the format and what wrote it; a newer one is refused and nothing is touched
 *   lock           held while a process uses the folder
 *   identity.json  who the node is
 *   log/           term, vote and log of every group
 *   state/         applied state: may be lost, it is taken anew from peers
 *   chunks/        bytes of objects
 *   aside/         what was put aside as damaged, the newest of each kind
 *
 * (D1) A node whose log is not what was once durable never votes again under its name: it gets a new one, keeps its chunks, and
 *      comes back as a learner.
 * (D2) Nothing is deleted that was found damaged, until the same kind of damage happens again.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from '@crescendo/base';
import type { Identity } from '@crescendo/store';
import { type ChunkVolumeOptions, type ChunkVolumes, openChunks } from '../chunks/chunk-volumes.ts';
import { FOLDER_MODE, makeFolderSync, replaceFileSync, syncFolderSync, systemCode } from '../durable-file.ts';
import { type LogFileOptions, type LogFileStore, openLog } from '../log/log-file-store.ts';
import type { LmdbStateStore } from '../state/lmdb-state-store.ts';
import { openState } from '../state/open-state.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { IdentityFile } from './identity-file.ts';

/**
 * The layout above. A program opens folders of its own format and older ones, which are then of its own.
 *
 *   1  each chunk in a file of its own
 *   2  chunks in volumes; those of format 1 stay where they are until they are removed
 */
export const FOLDER_FORMAT = 2;

export type FolderFailureCode = 'FolderInUse' | 'FolderNewer' | 'FolderUnusable' | 'IdentityDamaged';

export interface DataFolderOptions {
  /** Version of the program, recorded for whoever looks at the folder. */
  readonly programVersion: string;
  readonly capacityBytes?: number;
  readonly reserveBytes?: number;
  readonly log?: Omit<LogFileOptions, 'folder' | 'expected'>;
  readonly chunks?: Omit<ChunkVolumeOptions, 'folder' | 'capacityBytes' | 'reserveBytes' | 'extraUsedBytes'>;
  readonly maxStateSnapshots?: number;
  /** Told once when the disk no longer takes the applied state: the node should end. */
  readonly onStateFailure?: (failure: Failure) => void;
}

/** What opening found and did; each reason is fit for a log line. */
export interface FolderNotes {
  /** The folder had no identity: this is the node's first start. */
  readonly firstStart: boolean;
  /** The applied state is empty although the node may have had one. */
  readonly stateLost: boolean;
  /** The log was damaged: the identity is new, `replaces` names the old one. */
  readonly identityReplaced: boolean;
  /** Bytes of a write that a crash tore off; nobody was told that they are durable. */
  readonly cutBytes: number;
  readonly reasons: readonly string[];
}

export interface DataFolder {
  readonly folder: string;
  readonly log: LogFileStore;
  readonly state: LmdbStateStore;
  readonly chunks: ChunkVolumes;
  readonly identity: IdentityFile;
  readonly notes: FolderNotes;
  /** Closes everything and lets go of the lock. */
  close(): Promise<void>;
}

/** Opens or creates the folder. Fails with a `FolderFailureCode`. */
export async function openDataFolder(path: string, options: DataFolderOptions): Promise<DataFolder> {
  const lock = claimFolder(path, options);
  try {
    return await openStores(path, options, lock);
  } catch (error) {
    lock.release();
    throw unusable(path, error);
  }
}

function claimFolder(path: string, options: DataFolderOptions): FolderLock {
  try {
    // Before anything is touched.
    const format = formatOf(path);
    makeFolderSync(path);
    if (!fs.statSync(path).isDirectory())
      throw new Failure('FolderUnusable', `the data folder ${path} is not a folder`);
    fs.chmodSync(path, FOLDER_MODE);
    const lock = lockFolder(path);
    if (format !== FOLDER_FORMAT) {
      replaceFileSync(
        join(path, 'format.json'),
        `${JSON.stringify({ format: FOLDER_FORMAT, program: options.programVersion })}\n`,
      );
    }
    return lock;
  } catch (error) {
    throw unusable(path, error);
  }
}

/** undefined: the folder is new. */
function formatOf(path: string): number | undefined {
  const file = join(path, 'format.json');
  if (!fs.existsSync(file)) return undefined;
  let found: { format?: unknown; program?: unknown };
  try {
    found = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Failure('FolderUnusable', `${file} can't be read: ${messageOf(error)}; restore it`, {
      cause: error,
    });
  }
  if (typeof found.format === 'number' && found.format >= 1 && found.format <= FOLDER_FORMAT)
    return found.format;
  throw new Failure(
    'FolderNewer',
    `the data folder ${path} has format ${String(found.format)}, written by version ${String(found.program)}; this program knows formats up to ${FOLDER_FORMAT}: start a newer version`,
  );
}

async function openStores(path: string, options: DataFolderOptions, lock: FolderLock): Promise<DataFolder> {
  const reasons: string[] = [];
  const identity = new IdentityFile(join(path, 'identity.json'));
  const known = identity.load();
  const { log, cutBytes, damaged } = await openLogOrReplace(path, options, identity, reasons);
  const { state, lost } = await openStateOrReplace(path, options, known !== undefined && !damaged, reasons);
  const chunks = openChunks({
    ...options.chunks,
    folder: join(path, 'chunks'),
    ...(options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes }),
    ...(options.reserveBytes === undefined ? {} : { reserveBytes: options.reserveBytes }),
    extraUsedBytes: () => log.bytes() + state.bytes(),
  });
  // Last: from now on the stores are expected to be there.
  if (known === undefined && !damaged) await identity.save(newIdentity(undefined));
  const notes: FolderNotes = {
    firstStart: known === undefined,
    stateLost: lost || damaged,
    identityReplaced: damaged && known !== undefined,
    cutBytes,
    reasons,
  };
  const close = async (): Promise<void> => {
    await Promise.all([log.close(), state.close(), chunks.close()]);
    lock.release();
  };
  return { folder: path, log, state, chunks, identity, notes, close };
}

/** (D1): the old name is given up before there is a new log, so that a crash in between never pairs the two. */
async function openLogOrReplace(
  path: string,
  options: DataFolderOptions,
  identity: IdentityFile,
  reasons: string[],
) {
  const folder = join(path, 'log');
  const known = identity.load();
  const opening = openLog({ ...options.log, folder, expected: known !== undefined });
  if (opening.ok) return { log: opening.log, cutBytes: opening.cutBytes, damaged: false };
  reasons.push(`the log is damaged: ${opening.reason}; this node comes back under a new identity`);
  putAside(path, 'log');
  // Applied state without the log that led to it is nobody's.
  putAside(path, 'state');
  await identity.save(newIdentity(known));
  const again = openLog({ ...options.log, folder });
  if (!again.ok) throw new Error(again.reason);
  return { log: again.log, cutBytes: 0, damaged: true };
}

async function openStateOrReplace(
  path: string,
  options: DataFolderOptions,
  expected: boolean,
  reasons: string[],
) {
  const { maxStateSnapshots: maxSnapshots, onStateFailure: onFailure } = options;
  const limits = {
    ...(maxSnapshots === undefined ? {} : { maxSnapshots }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
  const folder = join(path, 'state');
  const opening = await openState({ ...limits, folder, expected });
  if (opening.ok) return { state: opening.state, lost: false };
  reasons.push(`the applied state is lost: ${opening.reason}; it is taken anew from the log and from peers`);
  putAside(path, 'state');
  const again = await openState({ ...limits, folder });
  if (!again.ok) throw new Error(again.reason);
  return { state: again.state, lost: true };
}

/** (D2) */
function putAside(path: string, name: 'log' | 'state'): void {
  if (!fs.existsSync(join(path, name))) return;
  const aside = join(path, 'aside');
  makeFolderSync(aside);
  fs.rmSync(join(aside, name), { recursive: true, force: true });
  fs.renameSync(join(path, name), join(aside, name));
  syncFolderSync(aside);
  syncFolderSync(path);
}

/** (D1): the old vote goes with the old name; the cluster stays. */
function newIdentity(old: Identity | undefined): Identity {
  return {
    version: 1,
    nodeId: randomBytes(16).toString('hex'),
    ...(old?.clusterId === undefined ? {} : { clusterId: old.clusterId }),
    ...(old?.contacts === undefined ? {} : { contacts: old.contacts }),
    ...(old === undefined ? {} : { replaces: old.nodeId }),
  };
}

function unusable(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof Failure || code === undefined) return error;
  const hint = {
    EACCES: 'it must be readable and writable for this user',
    EPERM: 'it must be readable and writable for this user',
    EROFS: 'it is on a file system that is mounted read-only',
    ENOTDIR: 'it is not a folder',
    EEXIST: 'it is not a folder',
    ENOSPC: 'its volume is full',
  }[code];
  return new Failure('FolderUnusable', `the data folder ${path} can't be used: ${hint ?? messageOf(error)}`, {
    cause: error,
  });
}
