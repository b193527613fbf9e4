/** What the laboratory reads of the services' answers, in AWS's own shapes. */
export interface GroupAnswer {
  readonly AutoScalingGroupName: string;
  readonly MinSize: number;
  readonly MaxSize: number;
  readonly DesiredCapacity: number;
  readonly NewInstancesProtectedFromScaleIn?: boolean;
  readonly Instances?: readonly {
    readonly InstanceId: string;
    readonly LifecycleState: string;
    readonly InstanceType?: string;
  }[];
}

export interface DimensionAnswer {
  readonly Name: string;
  readonly Value: string;
}

export interface MetricAnswer {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly DimensionAnswer[];
}

export interface QueryAnswer {
  readonly Id: string;
  readonly Expression?: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Period?: number;
  readonly MetricStat?: { readonly Metric: MetricAnswer; readonly Period: number; readonly Stat: string };
}

export interface AlarmAnswer extends MetricAnswer {
  readonly AlarmName: string;
  readonly StateValue: string;
  readonly AlarmActions?: readonly string[];
  readonly OKActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
  readonly Metrics?: readonly QueryAnswer[];
  readonly Period?: number;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly EvaluationPeriods?: number;
  readonly DatapointsToAlarm?: number;
  readonly ComparisonOperator?: string;
  readonly Threshold?: number;
}

export interface HistoryAnswer {
  readonly Timestamp: Date;
  readonly HistoryItemType: string;
  readonly HistorySummary: string;
}

export interface ActivityAnswer {
  readonly Description: string;
  readonly Cause: string;
  readonly StartTime: Date;
  readonly EndTime?: Date;
  readonly StatusCode: string;
  readonly StatusMessage?: string;
}

export interface StackAnswer {
  readonly StackStatus: string;
  readonly StackStatusReason?: string;
}

export interface ResourceAnswer {
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceStatus: string;
  readonly ResourceStatusReason?: string;
}
