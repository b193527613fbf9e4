import { clockText, type RunResult } from '@crescendo/lab';

const MOST = 40;

/** `fleet 0:00 1, 1:22 2 (1 in service), 2:20 2 ...`: desired capacity, and what serves where that differs. */
export function fleetLine({ fleet }: RunResult): string {
  const steps = fleet.map(({ atSeconds, desired, inService }) => {
    const serving = inService === desired ? '' : ` (${inService} in service)`;
    return `${clockText(atSeconds)} ${desired}${serving}`;
  });
  const more = steps.length > MOST ? `, ... and ${steps.length - MOST} more changes` : '';
  return `fleet ${steps.slice(0, MOST).join(', ')}${more}`;
}
