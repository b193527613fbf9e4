import { Failure } from '@crescendo/base';

/** What was asked for cannot be understood; the message says what is allowed. */
export type SpecFailure = Failure<'BadSpec'>;

export function badSpec(message: string): SpecFailure {
  return new Failure('BadSpec', message);
}

export function isBadSpec(thrown: unknown): thrown is SpecFailure {
  return thrown instanceof Failure && thrown.code === 'BadSpec';
}
