/** What the CloudWatch service needs of the cloud, and what it gives to the rest of it. */
import type { AlarmAction, MetricSample } from '@crescendo/scaling';
import type { Records } from '../../contract/records.ts';
import type { AwsService } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';

/** An alarm calls an action. */
export interface AlarmActionEvent extends AlarmAction {
  readonly alarmArn: string;
}

/**
 * Called after the alarm's transition is on disk, in order; what it throws stands in the alarm's history. It may be told the same
 * transition twice after a crash: carrying it out again must do no harm.
 */
export type AlarmActionListener = (event: AlarmActionEvent) => void | Promise<void>;

export interface CloudWatchPorts {
  readonly records: Records;
  readonly time: CloudTime;
  readonly accountId: string;
  readonly region: string;
  readonly onAlarmAction: AlarmActionListener;
}

export interface CloudWatch {
  readonly service: AwsService;
  /**
   * Measurements of other parts of the cloud, in any namespace and without the cost of a call. Times are true, numbers finite. Beyond
   * the number of metrics that are kept new ones are left out.
   */
  putSamples(samples: readonly MetricSample[]): void;
  /** Begins to evaluate alarms; calls first what was recorded and not carried out. */
  start(): Promise<void>;
  /** Resolves when the actions that are under way have been carried out. */
  stop(): Promise<void>;
}
