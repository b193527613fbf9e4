/** How far the counting is, in one line. */
import type { Sight } from './fleet-watch.ts';
import type { Progress } from './load-test.ts';
import { StatusLine } from './status-line.ts';

const BAR = 20;

export class LiveDisplay extends StatusLine {
  show(sight: Sight, { copied, done, all }: Progress): void {
    const filled = all === 0 ? BAR : Math.round((done / all) * BAR);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
    const { waiting, inFlight, dead, desired, inService } = sight;
    this.change(
      `${bar} ${done}/${all} counted, ${copied} copied | queue ${waiting} waiting, ${inFlight} in work, ${dead} dead | fleet ${inService} of ${desired}`,
    );
  }
}
