/** An expression that cannot be parsed or worked out. The message names the place (counted from 1) and what stands there. */
export class MathError extends Error {
  override readonly name = 'MathError';
  /** Of the character, from 0. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

export function unexpected(token: string, position: number, wanted: string): MathError {
  const found = token === '' ? 'the end' : `"${token}"`;
  return new MathError(`Unexpected ${found} at position ${position + 1}; ${wanted}`, position);
}
