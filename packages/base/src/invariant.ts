/** A broken invariant is a bug of ours: it is never caught and handled, it ends the process or the simulation. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Asserts what must be true whatever the input was. Use errors with codes for what a caller can do wrong. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Marks the arm of a union that the compiler has proved empty. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}
