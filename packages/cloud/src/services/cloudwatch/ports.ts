/** What the CloudWatch service needs of the cloud, and what it gives to the rest of it. */
import type { AlarmAction, MetricSample } from '@crescendo/scaling';
import type { Records } from '../../contract/records.ts';
import type { AwsService } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';

/** An alarm calls an action that is not CloudWatch's own. */
export interface AlarmActionEvent extends AlarmAction {
  readonly alarmArn: string;
}

/** Called after the transition is on disk, in order. It may be told twice after a crash: carrying it out again must do no harm. */
export type AlarmActionListener = (event: AlarmActionEvent) => void;

export interface CloudWatchPorts {
  readonly records: Records;
  readonly time: CloudTime;
  readonly accountId: string;
  readonly region: string;
  readonly onAlarmAction: AlarmActionListener;
}

export interface CloudWatch {
  readonly service: AwsService;
  /** Measurements of other parts of the cloud, without the cost of a call. Times are true; they are kept with the next write of records. */
  putSamples(samples: readonly MetricSample[]): void;
  /** Begins to evaluate alarms. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
