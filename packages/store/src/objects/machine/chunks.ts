/**
 * Chunks registered in their own partition.
 *
 * (C1) A chunk counts only when a majority of the voters in force at its entry hold its bytes.
 * (C2) A chunk is pending until its owner has said that the blob is referenced.
 */
import { toHex } from '@crescendo/base';
import type { Membership } from '@crescendo/raft';
import type { KvReader } from '../../ports/state-store.ts';
import type { CommandResult, DeleteChunks, RegisterChunk, SettleChunks } from '../command.ts';
import { refuse } from '../command.ts';
import { chunkName, parseChunkName } from '../identifiers.ts';
import { MAXIMUM_BATCH, MAXIMUM_PAGE_ROWS } from '../limits.ts';
import type { ChunkInfo, ChunkInfoQuery, ChunkPageQuery, PendingChunksQuery, QueryResult } from '../query.ts';
import { type ChunkRecord, decodeChunk, encodeChunk } from '../state/chunk-record.ts';
import { addChange } from '../state/counters.ts';
import {
  behindKey,
  chunkKey,
  numberBytes,
  pendingChunkKey,
  prefixRange,
  TABLE,
  tableKey,
} from '../state/keys.ts';
import type { Application } from './context.ts';

const VERSION = 1;

export function applyRegisterChunk(
  application: Application,
  command: RegisterChunk,
): CommandResult<RegisterChunk> {
  const { kv, context, effects, counted } = application;
  const { name, size, crc, ownerPartition: owner } = command;
  const id = parseChunkName(name);
  if (id === undefined || owner >= context.partitionCount || size === 0) {
    return refuse('Malformed', `Chunk ${name} of ${size} bytes for partition ${owner}.`);
  }
  if (command.epoch !== context.membership.epoch || !isMajority(command.holders, context.membership)) {
    return refuse('StaleConfiguration', `Chunk ${name} was written under epoch ${command.epoch}.`); // (C1)
  }
  const standing = readChunk(kv, name);
  if (standing !== undefined && standing.size !== size) {
    return refuse('Malformed', `Chunk ${name} has ${standing.size} bytes already, not ${size}.`);
  }
  effects.push({ type: 'chunkRegistered', name, size });
  if (standing !== undefined) return { ok: true };
  const pendingSinceMs = Math.max(1, context.timestampMs);
  const record = { size, owner, pendingSinceMs, ...(crc === undefined ? {} : { crc }) };
  kv.put(chunkKey(id.blob, id.index), encodeChunk(record));
  kv.put(pendingChunkKey(pendingSinceMs, id.blob, id.index), Uint8Array.of(VERSION)); // (C2)
  addChange(counted, { chunks: 1, chunkBytes: size });
  return { ok: true };
}

function isMajority(holders: readonly string[], { voters }: Membership): boolean {
  const holding = voters.filter((voter) => holders.includes(voter)).length;
  return holding > voters.length / 2;
}

export function applyDeleteChunks(
  { kv, effects, counted }: Application,
  { names }: DeleteChunks,
): CommandResult<DeleteChunks> {
  if (names.length > MAXIMUM_BATCH) return refuse('Malformed', `At most ${MAXIMUM_BATCH} chunks at a time.`);
  let deleted = 0;
  let bytes = 0;
  for (const name of names) {
    const id = parseChunkName(name);
    const record = readChunk(kv, name);
    if (id === undefined || record === undefined) continue;
    kv.remove(chunkKey(id.blob, id.index));
    if (record.pendingSinceMs > 0) kv.remove(pendingChunkKey(record.pendingSinceMs, id.blob, id.index));
    effects.push({ type: 'chunkDeleted', name });
    deleted++;
    bytes += record.size;
  }
  if (deleted > 0) addChange(counted, { chunks: -deleted, chunkBytes: -bytes });
  return { ok: true, deleted };
}

export function applySettleChunks(
  application: Application,
  { settled, postponed }: SettleChunks,
): CommandResult<SettleChunks> {
  if (settled.length + postponed.length > MAXIMUM_BATCH) {
    return refuse('Malformed', `At most ${MAXIMUM_BATCH} chunks at a time.`);
  }
  for (const name of settled) movePending(application, name, 0);
  for (const name of postponed) movePending(application, name, Math.max(1, application.context.timestampMs));
  return { ok: true };
}

/** Moves a pending chunk in the queue, or with 0 out of it. */
function movePending({ kv }: Application, name: string, pendingSinceMs: number): void {
  const id = parseChunkName(name);
  const record = readChunk(kv, name);
  if (id === undefined || record === undefined || record.pendingSinceMs === 0) return;
  kv.remove(pendingChunkKey(record.pendingSinceMs, id.blob, id.index));
  kv.put(chunkKey(id.blob, id.index), encodeChunk({ ...record, pendingSinceMs }));
  if (pendingSinceMs > 0) kv.put(pendingChunkKey(pendingSinceMs, id.blob, id.index), Uint8Array.of(VERSION));
}

export function answerChunkInfo(kv: KvReader, { name }: ChunkInfoQuery): QueryResult<ChunkInfoQuery> {
  const record = readChunk(kv, name);
  return record === undefined ? { ok: true } : { ok: true, chunk: chunkInfo(name, record) };
}

export function answerChunkPage(kv: KvReader, { after, limit }: ChunkPageQuery): QueryResult<ChunkPageQuery> {
  const last = after === '' ? undefined : parseChunkName(after);
  if (after !== '' && last === undefined) return refuse('Malformed', `${after} is not a chunk's name.`);
  const table = prefixRange(tableKey(TABLE.chunks));
  const start = last === undefined ? table.start : behindKey(chunkKey(last.blob, last.index));
  const rows = Math.min(limit, MAXIMUM_PAGE_ROWS);
  const chunks: ChunkInfo[] = [];
  for (const { key, value } of kv.range({ start, end: table.end, limit: rows + 1 })) {
    if (chunks.length === rows) return { ok: true, chunks, truncated: true };
    chunks.push(chunkInfo(nameOf(key.subarray(1)), decodeChunk(value)));
  }
  return { ok: true, chunks, truncated: false };
}

export function answerPendingChunks(
  kv: KvReader,
  { beforeMs, limit }: PendingChunksQuery,
): QueryResult<PendingChunksQuery> {
  const range = {
    start: tableKey(TABLE.pendingChunks),
    end: tableKey(TABLE.pendingChunks, numberBytes(beforeMs, 6)),
  };
  const chunks: ChunkInfo[] = [];
  for (const { key } of kv.range({ ...range, limit: Math.min(limit, MAXIMUM_PAGE_ROWS) })) {
    const name = nameOf(key.subarray(7));
    const record = readChunk(kv, name);
    if (record !== undefined) chunks.push(chunkInfo(name, record));
  }
  return { ok: true, chunks };
}

function readChunk(kv: KvReader, name: string): ChunkRecord | undefined {
  const id = parseChunkName(name);
  const bytes = id === undefined ? undefined : kv.get(chunkKey(id.blob, id.index));
  return bytes === undefined ? undefined : decodeChunk(bytes);
}

function chunkInfo(name: string, { size, owner, crc }: ChunkRecord): ChunkInfo {
  return { name, size, owner, ...(crc === undefined ? {} : { crc }) };
}

function nameOf(key: Uint8Array): string {
  const index = ((key[16]! * 256 + key[17]!) * 256 + key[18]!) * 256 + key[19]!;
  return chunkName(toHex(key.subarray(0, 16)), index);
}
