/** Auto Scaling: groups of instances over the state machines of `@crescendo/scaling`, driving EC2 through `Compute`. */
import { isWarming } from '@crescendo/scaling';
import { parsePolicyArn } from './arns.ts';
import { invalid } from './checks.ts';
import { GroupKeeper } from './group-keeper.ts';
import { GroupMetrics } from './group-metrics.ts';
import { groupOperations } from './operations/groups.ts';
import { hookOperations } from './operations/hooks.ts';
import { instanceOperations } from './operations/instances.ts';
import { launchConfigurationOperations } from './operations/launch-configurations.ts';
import { loadBalancerOperations } from './operations/load-balancers.ts';
import type { OperationSet } from './operations/operation-set.ts';
import { policyOperations } from './operations/policies.ts';
import { processOperations } from './operations/processes.ts';
import { refreshOperations } from './operations/refreshes.ts';
import { scheduleOperations } from './operations/schedules.ts';
import { tagOperations } from './operations/tags.ts';
import type { AutoScaling, AutoScalingPorts, PolicyAlarm } from './ports.ts';
import { dropTrackingAlarms, restoreTrackingAlarms } from './tracking-alarms.ts';

export type { AutoScaling, AutoScalingPorts, PolicyAlarm } from './ports.ts';

const SUBJECTS = [
  groupOperations,
  instanceOperations,
  policyOperations,
  hookOperations,
  scheduleOperations,
  processOperations,
  tagOperations,
  refreshOperations,
  launchConfigurationOperations,
  loadBalancerOperations,
];

export function createAutoScalingService(ports: AutoScalingPorts): AutoScaling {
  const keeper = new GroupKeeper(ports);
  const metrics = new GroupMetrics(keeper);
  keeper.onGone = (_name, { state }) => {
    for (const policy of state.policies.values()) void dropTrackingAlarms(keeper, policy);
  };
  const operations: OperationSet = Object.assign({}, ...SUBJECTS.map((make) => make(keeper)));
  return {
    service: { signingName: 'autoscaling', operations },
    executeAlarmAction: (alarm) => executeAlarmAction(keeper, alarm),
    groupOf: (instanceId) => groupOf(keeper, instanceId),
    start: async () => {
      keeper.start();
      metrics.start();
      await restoreTrackingAlarms(keeper);
    },
    stop: async () => {
      metrics.stop();
      keeper.stop();
    },
  };
}

function executeAlarmAction(keeper: GroupKeeper, alarm: PolicyAlarm): void {
  const reference = parsePolicyArn(alarm.actionArn);
  const policy =
    reference === undefined
      ? undefined
      : keeper.groups.get(reference.group)?.state.policies.get(reference.policy);
  if (reference === undefined || policy?.id !== reference.id) {
    throw invalid(`The alarm ${alarm.alarmName} calls ${alarm.actionArn}, which is no scaling policy.`);
  }
  if (keeper.find(reference.group).state.vitals.status === 'deleting') return;
  keeper.apply(reference.group, {
    type: 'policy-triggered',
    policyName: reference.policy,
    alarm: { name: alarm.alarmName, state: alarm.state, silent: alarm.silent },
    honorCooldown: true,
    ...(alarm.metricValue === undefined ? {} : { metricValue: alarm.metricValue }),
    ...(alarm.threshold === undefined ? {} : { threshold: alarm.threshold }),
  });
}

function groupOf(keeper: GroupKeeper, instanceId: string): ReturnType<AutoScaling['groupOf']> {
  for (const [groupName, { state }] of keeper.groups) {
    const instance = state.instances.get(instanceId);
    if (instance === undefined) continue;
    const { random, time } = keeper.ports;
    const context = { nowMs: keeper.nowMs, random, speed: time.speed };
    const isServing = instance.lifecycle === 'InService';
    // Policies fall back to the cooldown; what belongs to the group's metrics does not.
    const warmupSeconds = state.settings.defaultWarmupSeconds ?? 0;
    return { groupName, isWarming: !isServing || isWarming(context, instance, warmupSeconds) };
  }
  return undefined;
}
