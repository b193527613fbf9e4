/** What the Auto Scaling service is given, and what it gives. */
import type { Random } from '@crescendo/base';
import type { Compute } from '../../contract/compute.ts';
import type { Records } from '../../contract/records.ts';
import type { AwsService, ServiceCaller } from '../../contract/service.ts';
import type { CloudTime } from '../../contract/time.ts';

export interface AutoScalingPorts {
  readonly records: Records;
  readonly time: CloudTime;
  readonly random: Random;
  readonly compute: Compute;
  /** EC2 for subnets and templates, CloudWatch (`monitoring`) for alarms and metrics. */
  readonly services: ServiceCaller;
  readonly accountId: string;
  readonly region: string;
  /** Carries a notification, or a hook's message, to a topic or queue. Without it nobody is told. */
  readonly publish?: (targetArn: string, message: Readonly<Record<string, unknown>>) => void;
  /** Told of what could not be done and will be tried again. */
  readonly log?: (line: string) => void;
}

/** An alarm calls a scaling policy. */
export interface PolicyAlarm {
  readonly alarmName: string;
  /** The policy's ARN. */
  readonly actionArn: string;
  readonly state: string;
  readonly metricValue: number | undefined;
  readonly threshold: number | undefined;
  /** The alarm's state rests on old or assumed data. */
  readonly silent: boolean;
}

export interface AutoScaling {
  readonly service: AwsService;
  /** Throws `AwsError` when the ARN names no policy of a group. */
  executeAlarmAction(alarm: PolicyAlarm): void;
  /**
   * The group that an instance belongs to, for instance metadata and metrics; undefined when it belongs to none. `isWarming`: it is not in
   * service, or not as long as the group's default warm-up (AWS: "Set the default instance warmup"; without one it counts at once).
   */
  groupOf(instanceId: string): { readonly groupName: string; readonly isWarming: boolean } | undefined;
  /** Takes up every group where it was; to be called once the instances are adopted. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
