/** What became of each file of a transfer. One file that fails never stops the others. */
export interface Done {
  readonly name: string;
  readonly bytes: number;
}

export interface Failed {
  readonly name: string;
  readonly error: string;
}

export interface Outcome<T extends Done = Done> {
  readonly done: readonly T[];
  readonly failed: readonly Failed[];
}
