/** Keeps how much waits and works, in even steps, for the charts. */
import type { VirtualClock } from '@crescendo/cloud/virtual';
import { RequestStream } from '../work/request-stream.ts';
import type { WorkSystem } from '../work/work-system.ts';
import type { LoadPoint } from './run-result.ts';

const POINTS = 480;

export interface RecorderOptions {
  readonly clock: VirtualClock;
  readonly workload: WorkSystem | RequestStream;
  readonly startMs: number;
  readonly lastsMs: number;
  readonly isBrief: boolean;
}

export class LoadRecorder {
  readonly points: LoadPoint[] = [];

  constructor({ clock, workload, startMs, lastsMs, isBrief }: RecorderOptions) {
    if (isBrief) return;
    const stepMs = Math.max(1_000, Math.ceil(lastsMs / POINTS / 1_000) * 1_000);
    const record = (): void => {
      const atSeconds = (clock.nowMs() - startMs) / 1_000;
      this.points.push({ atSeconds, ...seen(workload) });
      clock.at(clock.nowMs() + stepMs, record);
    };
    clock.at(startMs + 1, record);
  }
}

function seen(workload: WorkSystem | RequestStream): Omit<LoadPoint, 'atSeconds'> {
  if (workload instanceof RequestStream)
    return { visible: 0, inFlight: 0, rate: workload.rate, working: workload.serving };
  return { visible: workload.visible, inFlight: workload.inFlight, rate: 0, working: workload.working };
}
