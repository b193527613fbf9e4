/** `CreationPolicy` and `UpdatePolicy`: their shapes, their values and durations. */
import type { Members } from './property-shape.ts';
import { flag, integer, listOf, record, refused, text } from './property-shape.ts';

export const CREATION_POLICY: Members = {
  ResourceSignal: record({ Count: integer(0), Timeout: text() }),
  AutoScalingCreationPolicy: record({ MinSuccessfulInstancesPercent: integer(0, 100) }),
};

export const UPDATE_POLICY: Members = {
  AutoScalingRollingUpdate: record({
    MaxBatchSize: integer(1),
    MinActiveInstancesPercent: refused(integer(0, 100), 'give MinInstancesInService'),
    MinInstancesInService: integer(0),
    MinSuccessfulInstancesPercent: integer(0, 100),
    PauseTime: text(),
    SuspendProcesses: listOf(text()),
    WaitOnResourceSignals: flag(),
  }),
  AutoScalingReplacingUpdate: record({ WillReplace: flag() }),
  AutoScalingScheduledAction: record({ IgnoreUnmodifiedGroupSizeProperties: flag() }),
};

export interface CreationPolicy {
  readonly ResourceSignal?: { readonly Count?: number; readonly Timeout?: string };
  readonly AutoScalingCreationPolicy?: { readonly MinSuccessfulInstancesPercent?: number };
}

export interface RollingUpdate {
  readonly MaxBatchSize?: number;
  readonly MinInstancesInService?: number;
  readonly MinSuccessfulInstancesPercent?: number;
  readonly PauseTime?: string;
  readonly SuspendProcesses?: readonly string[];
  readonly WaitOnResourceSignals?: boolean;
}

export interface UpdatePolicy {
  readonly AutoScalingRollingUpdate?: RollingUpdate;
  readonly AutoScalingReplacingUpdate?: { readonly WillReplace?: boolean };
  readonly AutoScalingScheduledAction?: { readonly IgnoreUnmodifiedGroupSizeProperties?: boolean };
}

/** `PT5M`, `PT1H30M`, `PT0S`; undefined when it is no such duration. */
export function parseDuration(duration: string): number | undefined {
  const match = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(duration);
  if (match === null || duration === 'PT') return undefined;
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (hours! * 3600 + minutes! * 60 + seconds!) * 1000;
}
