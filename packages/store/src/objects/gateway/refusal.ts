import type { Refusal } from '../command.ts';
import { StoreFailure, type StoreFailureCode } from '../store-failure.ts';

const RETRYABLE: ReadonlySet<StoreFailureCode> = new Set(['Conflict', 'Unavailable', 'StorageFull']);

/** What a caller is told of a refusal that the gateway can't do anything about. */
export function failureOf({ code, message, standing }: Refusal): StoreFailure {
  switch (code) {
    case 'StaleBucket':
    case 'BucketSealed':
    case 'StaleAttempt':
    case 'BlobAborted':
    case 'StaleParts':
    case 'StaleConfiguration':
      return new StoreFailure('Unavailable', message, { retryable: true });
    case 'Malformed':
      return new StoreFailure('Unavailable', `A partition did not understand: ${message}`);
    default:
      return new StoreFailure(code, message, {
        retryable: RETRYABLE.has(code),
        ...(standing === undefined ? {} : { standing }),
      });
  }
}

/** The answer, or the failure that it stands for. */
export function accept<T extends { readonly ok: true }>(result: T | Refusal): T {
  if (!result.ok) throw failureOf(result);
  return result;
}
