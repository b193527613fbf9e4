/** Tells failures that no retry can mend from those that pass. */
import { reasonOf } from './log.ts';

/** The job can never succeed as it is. */
export class PermanentFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}

/** What S3 answers when the object cannot be had, now or later, by the name of the error. */
const OBJECT_FAILURES: Readonly<Record<string, string>> = {
  NoSuchKey: 'the object is not there any more',
  NotFound: 'the object is not there any more',
  NoSuchVersion: 'this version of the object is not there any more',
  NoSuchBucket: 'the bucket is not there',
  MethodNotAllowed: 'this version of the object is a delete marker',
  AccessDenied: 'the worker may not read the object',
  InvalidObjectState: 'the object lies in an archive',
};

/** @param error what reading the object threw */
export function asReadFailure(error: unknown): unknown {
  const known = error instanceof Error ? OBJECT_FAILURES[error.name] : undefined;
  return known === undefined
    ? error
    : new PermanentFailure(`${known} (${reasonOf(error)})`, { cause: error });
}

/** @param error what counting threw: the engine says itself that it is no text, or more than a memory can hold */
export function asCountFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isForGood = error.name === 'NotTextError' || Reflect.get(error, 'code') === 'TooManyWords';
  return isForGood ? new PermanentFailure(error.message, { cause: error }) : error;
}
