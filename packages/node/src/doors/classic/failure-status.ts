import { messageOf } from '@crescendo/base';
import { StoreFailure, type StoreFailureCode } from '@crescendo/store';

export interface FailureStatus {
  readonly status: number;
  readonly text: string;
}

/** Statuses of what the store refuses; anything else is 500. */
const STATUSES: Partial<Record<StoreFailureCode, number>> = {
  NoSuchBucket: 404,
  NoSuchKey: 404,
  KeyTooLong: 400,
  EntityTooLarge: 413,
  PreconditionFailed: 412,
  Conflict: 503,
  Unavailable: 503,
  StorageFull: 507,
};

/** The client's own fault: its request makes no sense. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
}

export function statusOf(thrown: unknown): FailureStatus {
  if (thrown instanceof BadRequestError) return { status: 400, text: thrown.message };
  if (!(thrown instanceof StoreFailure))
    return { status: 500, text: 'The file server failed; its log says why.' };
  return { status: STATUSES[thrown.code] ?? 500, text: messageOf(thrown) };
}
