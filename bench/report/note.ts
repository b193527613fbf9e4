/** One measured fact that is no contest. */
export interface Note {
  readonly name: string;
  readonly value: string;
}
