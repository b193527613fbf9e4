/** Groups, their instances and activities as AWS describes them. */
import type {
  Activity as ActivityView,
  AutoScalingGroup,
  AutoScalingInstanceDetails,
  Instance,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import type { Activity, GroupInstance, LaunchOrigin, LaunchSource } from '@crescendo/scaling';
import { type Account, groupArn } from './arns.ts';
import { describeEnabledMetrics, describeTag } from './group-details.ts';
import type { Group } from './group-records.ts';

export function describeGroup(
  account: Account,
  { state, details }: Group,
  withInstances = true,
): AutoScalingGroup {
  const { settings, vitals } = state;
  return {
    AutoScalingGroupName: settings.name,
    AutoScalingGroupARN: groupArn(account, details.id, settings.name),
    ...describeSource(settings.source),
    MixedInstancesPolicy: details.mixedInstancesPolicy,
    MinSize: settings.min,
    MaxSize: settings.max,
    DesiredCapacity: vitals.desired,
    DefaultCooldown: settings.defaultCooldownSeconds,
    AvailabilityZones: [...settings.zones],
    LoadBalancerNames: [...details.loadBalancers],
    TargetGroupARNs: [...details.targetGroups],
    TrafficSources: [...details.trafficSources],
    HealthCheckType: settings.healthCheckType,
    HealthCheckGracePeriod: settings.healthCheckGraceSeconds,
    Instances: withInstances ? [...state.instances.values()].map(describeInstance) : [],
    CreatedTime: new Date(settings.createdMs),
    SuspendedProcesses: [...state.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    VPCZoneIdentifier: details.vpcZoneIdentifier,
    EnabledMetrics: describeEnabledMetrics(details),
    Status: vitals.status === 'deleting' ? 'Delete in progress' : undefined,
    Tags: details.tags.map((tag) => describeTag(settings.name, tag)),
    TerminationPolicies: [...settings.terminationPolicies],
    NewInstancesProtectedFromScaleIn: settings.protectNewInstances,
    MaxInstanceLifetime: settings.maxInstanceLifetimeSeconds,
    DefaultInstanceWarmup: settings.defaultWarmupSeconds,
    InstanceMaintenancePolicy:
      settings.maintenance === undefined
        ? undefined
        : {
            MinHealthyPercentage: settings.maintenance.minHealthyPercent,
            MaxHealthyPercentage: settings.maintenance.maxHealthyPercent,
          },
    InstanceLifecyclePolicy:
      settings.onTerminateHookAbandon === 'retain'
        ? { RetentionTriggers: { TerminateHookAbandon: 'retain' } }
        : undefined,
    ServiceLinkedRoleARN: `arn:aws:iam::${account.accountId}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    CapacityRebalance: false,
    ...details.inert,
  };
}

function describeSource(source: LaunchSource): Partial<AutoScalingGroup> {
  if (source.kind === 'configuration') return { LaunchConfigurationName: source.name };
  return source.kind === 'template' ? { LaunchTemplate: describeReference(source.template) } : {};
}

function describeReference(
  template: Extract<LaunchSource, { kind: 'template' }>['template'],
): LaunchTemplateSpecification {
  return {
    LaunchTemplateId: template.launchTemplateId,
    LaunchTemplateName: template.launchTemplateName,
    Version: template.version,
  };
}

function describeOrigin(origin: LaunchOrigin): Pick<Instance, 'LaunchTemplate' | 'LaunchConfigurationName'> {
  if (origin.kind === 'configuration') return { LaunchConfigurationName: origin.name };
  const { launchTemplateId, launchTemplateName, version } = origin;
  return {
    LaunchTemplate: {
      LaunchTemplateId: launchTemplateId,
      LaunchTemplateName: launchTemplateName,
      Version: version,
    },
  };
}

export function describeInstance(instance: GroupInstance): Instance {
  return {
    InstanceId: instance.id,
    InstanceType: instance.type,
    AvailabilityZone: instance.zone,
    LifecycleState: instance.lifecycle,
    HealthStatus: instance.health,
    ...describeOrigin(instance.origin),
    ImageId: instance.imageId === '' ? undefined : instance.imageId,
    ProtectedFromScaleIn: instance.isProtected,
  };
}

/** AWS writes the health in capitals here, and only here. */
export function describeInstanceDetails(
  groupName: string,
  instance: GroupInstance,
): AutoScalingInstanceDetails {
  return {
    ...describeInstance(instance),
    AutoScalingGroupName: groupName,
    HealthStatus: instance.health.toUpperCase(),
  };
}

export function describeActivity(
  account: Account,
  { state, details }: Group,
  activity: Activity,
): ActivityView {
  const { name } = state.settings;
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: name,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startMs),
    EndTime: activity.endMs === undefined ? undefined : new Date(activity.endMs),
    StatusCode: activity.status,
    StatusMessage: activity.statusMessage,
    Progress: activity.progress,
    Details: JSON.stringify(activity.details),
    AutoScalingGroupARN: groupArn(account, details.id, name),
  };
}
