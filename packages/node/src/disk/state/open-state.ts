/**
 * Opens the state store, or says why the database can't be trusted: the caller then puts it aside and takes the state anew
 * from peers.
 *
 * lmdb maps the file into memory, so a damaged tree can end the whole process. Two marks in the folder make that a report
 * at the next start instead of an endless loop: `opening` stands while the database is being looked over, `damaged` says what
 * a reader found.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@crescendo/base';
import { FILE_MODE, makeFolderSync, systemCode } from '../durable-file.ts';
import { databaseHeaderDamage } from './database-header.ts';
import { fullKey, keyBytes, keyText, STATE_FORMAT, VERSION_KEY } from './key-space.ts';
import { LmdbEnvironment } from './lmdb-environment.ts';
import { type LmdbStateOptions, LmdbStateStore } from './lmdb-state-store.ts';
import { encodeStored } from './stored-value.ts';
import { WriteLayer } from './write-layer.ts';

export interface StateOptions extends Omit<LmdbStateOptions, 'onDamage'> {
  /** Created when missing. */
  readonly folder: string;
  /** A database must be there: an empty folder is damage then. */
  readonly expected?: boolean;
}

export type StateOpening =
  | { readonly ok: true; readonly state: LmdbStateStore }
  | { readonly ok: false; readonly reason: string };

export async function openState(options: StateOptions): Promise<StateOpening> {
  makeFolderSync(options.folder);
  const opening = join(options.folder, 'opening');
  const damaged = join(options.folder, 'damaged');
  const suspicion = suspect(options, opening, damaged);
  if (suspicion !== undefined) return { ok: false, reason: suspicion };
  fs.writeFileSync(opening, '', { mode: FILE_MODE });
  let environment: LmdbEnvironment | undefined;
  try {
    environment = new LmdbEnvironment(options.folder);
    fs.chmodSync(join(options.folder, 'data.mdb'), FILE_MODE);
    fs.chmodSync(join(options.folder, 'lock.mdb'), FILE_MODE);
    await lookOver(environment);
    const onDamage = (reason: string): void => fs.writeFileSync(damaged, reason, { mode: FILE_MODE });
    const state = new LmdbStateStore(environment, { ...options, onDamage });
    fs.rmSync(opening);
    return { ok: true, state };
  } catch (error) {
    await environment?.close();
    fs.rmSync(opening, { force: true });
    // The database is not to blame for these.
    if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE'].includes(systemCode(error) ?? '')) throw error;
    return { ok: false, reason: `the state database can't be used: ${messageOf(error)}` };
  }
}

function suspect(options: StateOptions, opening: string, damaged: string): string | undefined {
  if (fs.existsSync(damaged)) return fs.readFileSync(damaged, 'utf8');
  if (fs.existsSync(opening)) return 'the program ended while it opened the state database';
  const path = join(options.folder, 'data.mdb');
  const present = fs.existsSync(path) && fs.statSync(path).size > 0;
  if (options.expected === true && !present) return 'the state database is missing';
  return databaseHeaderDamage(path);
}

/** Reads the version, and everything when the file looks cut. Throws when it is not ours or not whole. */
async function lookOver(environment: LmdbEnvironment): Promise<void> {
  const key = keyBytes(VERSION_KEY);
  const version = environment.get(key);
  if (version === undefined) {
    const first = environment.pages()({
      from: '\0\0\0\0',
      exclusive: false,
      to: '\u00ff',
      reverse: false,
      limit: 1,
    });
    if (first.length > 0) throw new Error('it holds something else than the state of a node');
    const layer = new WriteLayer(0);
    layer.set(VERSION_KEY, encodeStored(key, Uint8Array.of(STATE_FORMAT)));
    await environment.write([layer]);
    await environment.sync();
  } else if (version[0] !== STATE_FORMAT) {
    throw new Error(`it has format ${version[0]}; this program knows ${STATE_FORMAT}`);
  }
  if (environment.isShort()) readAll(environment);
}

function readAll(environment: LmdbEnvironment): void {
  const readPage = environment.pages();
  let from = keyText(fullKey(0, new Uint8Array(0)));
  for (;;) {
    const page = readPage({ from, exclusive: true, to: '\u00ff'.repeat(8), reverse: false, limit: 256 });
    const last = page.at(-1);
    if (last === undefined) return;
    from = keyText(last.key);
  }
}
