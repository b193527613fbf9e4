import type { LoadGenerator } from '../load/load-generator.ts';
import type { Note } from '../report/note.ts';

export interface ProbeContext {
  /** A folder of the probe's own. */
  readonly root: string;
  readonly generator: LoadGenerator;
}

/** Something that is measured on a store of its own. */
export interface Probe {
  readonly name: string;
  readonly long: boolean;
  run(context: ProbeContext): Promise<Note[]>;
}
