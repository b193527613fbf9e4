/**
 * A partition's replicated state machine. Every replica calls `applyCommand` with the same commands in the same order and comes
 * to the same map, byte by byte.
 *
 * (M1) Nothing but the map, the context and the command decides: no clock, no chance, no memory.
 * (M2) Total: whatever is not understood is refused. A throw is a bug of ours, or damage.
 * (M3) A handler takes what it needs from the map before it writes: what the map hands out ends with the next write.
 */
import type { KvWriter } from '../../ports/state-store.ts';
import { isCommand } from '../check.ts';
import type { Command, CommandResult, CommandTable, Refusal } from '../command.ts';
import { refuse } from '../command.ts';
import { BucketMemory } from '../state/bucket-memory.ts';
import { noChange, writeChange } from '../state/counters.ts';
import { applyHoldBlob, applyRaiseBlobFloor, applyResolveBlobs } from './blobs.ts';
import { applyDeleteChunks, applyRegisterChunk, applySettleChunks } from './chunks.ts';
import { applyCompleteUpload } from './complete-upload.ts';
import type { Application, ApplyContext, ApplyEffect } from './context.ts';
import { applySettleEvents } from './events.ts';
import { applyForgetGarbage } from './garbage.ts';
import {
  applyBeginBucketDeletion,
  applyCancelBucketDeletion,
  applyCreateBucket,
  applyFinishBucketDeletion,
  applyFinishBucketReopening,
  applyForgetBucketDeletion,
} from './home-buckets.ts';
import { applyFinishBucketRules, applyPutBucketRules } from './home-rules.ts';
import { applyDeleteObject, applyPutObject } from './objects.ts';
import {
  applyDropBucket,
  applySealBucket,
  applySetBucketRules,
  applyUnsealBucket,
} from './partition-buckets.ts';
import { applyAbortUpload, applyCreateUpload, applyExpireUploads, applyPutPart } from './uploads.ts';

type Handlers = {
  readonly [Type in Command['type']]: (
    application: Application,
    command: CommandTable[Type][0],
  ) => CommandTable[Type][1];
};

const HANDLERS: Handlers = {
  createBucket: applyCreateBucket,
  beginBucketDeletion: applyBeginBucketDeletion,
  finishBucketDeletion: applyFinishBucketDeletion,
  cancelBucketDeletion: applyCancelBucketDeletion,
  finishBucketReopening: applyFinishBucketReopening,
  forgetBucketDeletion: applyForgetBucketDeletion,
  putBucketRules: applyPutBucketRules,
  setBucketRules: applySetBucketRules,
  finishBucketRules: applyFinishBucketRules,
  settleEvents: applySettleEvents,
  sealBucket: applySealBucket,
  unsealBucket: applyUnsealBucket,
  dropBucket: applyDropBucket,
  putObject: applyPutObject,
  deleteObject: applyDeleteObject,
  createUpload: applyCreateUpload,
  putPart: applyPutPart,
  completeUpload: applyCompleteUpload,
  abortUpload: applyAbortUpload,
  registerChunk: applyRegisterChunk,
  deleteChunks: applyDeleteChunks,
  settleChunks: applySettleChunks,
  resolveBlobs: applyResolveBlobs,
  holdBlob: applyHoldBlob,
  forgetGarbage: applyForgetGarbage,
  raiseBlobFloor: applyRaiseBlobFloor,
  expireUploads: applyExpireUploads,
};

export interface Applied<Result> {
  readonly result: Result;
  /** In order; the host acts on them after the write, and may do so again after a restart. */
  readonly effects: readonly ApplyEffect[];
}

/** Applies one command of the log, which may be anything, to the partition's map. `buckets` mirrors that map. */
export function applyCommand<C extends Command>(
  kv: KvWriter,
  context: ApplyContext,
  command: C,
  buckets?: BucketMemory,
): Applied<CommandResult<C>>;
export function applyCommand(
  kv: KvWriter,
  context: ApplyContext,
  command: unknown,
  buckets?: BucketMemory,
): Applied<unknown>;
export function applyCommand(
  kv: KvWriter,
  context: ApplyContext,
  command: unknown,
  buckets = new BucketMemory(),
): Applied<unknown> {
  if (!isCommand(command)) return { result: unknownCommand(command), effects: [] };
  const effects: ApplyEffect[] = [];
  const application = { kv, context, effects, buckets, counted: noChange(), garbageCount: 0 };
  const result = HANDLERS[command.type](application, command as never);
  writeChange(kv, application.counted);
  return { result, effects };
}

function unknownCommand(command: unknown): Refusal {
  const type =
    typeof command === 'object' && command !== null && 'type' in command ? command.type : typeof command;
  return refuse('Malformed', `${String(type)} is not a command of this version, or lacks a field.`);
}
