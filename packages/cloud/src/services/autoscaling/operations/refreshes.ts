/** Instance refreshes. */
import type {
  CancelInstanceRefreshType,
  DescribeInstanceRefreshesType,
  RefreshPreferences as PreferencesView,
  InstanceRefresh as RefreshView,
  RollbackInstanceRefreshType,
  StartInstanceRefreshType,
} from '@aws-sdk/client-auto-scaling';
import {
  activeRefresh,
  type GroupSettings,
  type InstanceRefresh,
  type LaunchSource,
  type RefreshPreferences,
} from '@crescendo/scaling';
import { checkOneOf, checkRange, invalid, required } from '../checks.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { originOf, readSource } from '../launch-source-input.ts';
import { pageOf } from '../paging.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

const DEFAULT_MIN_HEALTHY = 90;
const MAX_SECONDS = 172_800;

export const refreshOperations: MakeOperations = (keeper) =>
  operationSet({
    StartInstanceRefresh: (input: StartInstanceRefreshType) => start(keeper, input),
    CancelInstanceRefresh: (input: CancelInstanceRefreshType) => cancel(keeper, input),
    RollbackInstanceRefresh: (input: RollbackInstanceRefreshType) => rollBack(keeper, input),
    DescribeInstanceRefreshes: (input: DescribeInstanceRefreshesType) => describe(keeper, input),
  });

function start(keeper: GroupKeeper, input: StartInstanceRefreshType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const { settings } = keeper.find(name).state;
  if (input.Strategy !== undefined && input.Strategy !== 'Rolling') {
    throw invalid(`The strategy ${input.Strategy} is not done here; the strategy is Rolling.`);
  }
  if ((input.Preferences?.AlarmSpecification?.Alarms ?? []).length > 0) {
    throw invalid('AlarmSpecification is not done here: a refresh does not watch alarms.');
  }
  const desired =
    input.DesiredConfiguration === undefined ? undefined : readSource(keeper, input.DesiredConfiguration);
  const preferences = readPreferences(input.Preferences ?? {}, settings);
  if (preferences.autoRollback && !canGoBack(settings.source, desired)) {
    throw invalid(
      'AutoRollback needs a DesiredConfiguration, and a launch template of the group with a version other than $Latest and $Default.',
    );
  }
  const id = keeper.newId();
  const origin = originOf(keeper, desired ?? settings.source);
  const request = { id, preferences, origin, ...(desired === undefined ? {} : { desired }) };
  keeper.apply(name, { type: 'refresh-started', request });
  return { InstanceRefreshId: id };
}

function canGoBack(present: LaunchSource, desired: LaunchSource | undefined): boolean {
  if (desired === undefined) return false;
  return (
    present.kind === 'configuration' ||
    !['$Latest', '$Default'].includes(present.template.version ?? '$Default')
  );
}

function readPreferences(input: PreferencesView, settings: GroupSettings): RefreshPreferences {
  const min = checkRange(input.MinHealthyPercentage, 'MinHealthyPercentage', 0, 100);
  const max = checkRange(input.MaxHealthyPercentage, 'MaxHealthyPercentage', 100, 200);
  if (max !== undefined && min === undefined) {
    throw invalid('If you specify MaxHealthyPercentage, you must also specify MinHealthyPercentage.');
  }
  if (max !== undefined && max - min! > 100) {
    throw invalid(
      'The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.',
    );
  }
  const checkpoints = input.CheckpointPercentages ?? [];
  const isRising = checkpoints.every((one, index) => one > (checkpoints[index - 1] ?? 0) && one <= 100);
  if (!isRising) throw invalid('CheckpointPercentages must rise, from 1 to 100.');
  return {
    minHealthyPercent: min ?? settings.maintenance?.minHealthyPercent ?? DEFAULT_MIN_HEALTHY,
    maxHealthyPercent: max ?? settings.maintenance?.maxHealthyPercent ?? 100,
    warmupSeconds:
      checkRange(input.InstanceWarmup, 'InstanceWarmup', 0, MAX_SECONDS) ??
      settings.defaultWarmupSeconds ??
      settings.healthCheckGraceSeconds,
    checkpointPercents: checkpoints,
    checkpointDelaySeconds: checkRange(input.CheckpointDelay, 'CheckpointDelay', 0, MAX_SECONDS) ?? 3600,
    bakeSeconds: checkRange(input.BakeTime, 'BakeTime', 0, MAX_SECONDS) ?? 0,
    skipMatching: input.SkipMatching ?? false,
    autoRollback: input.AutoRollback ?? false,
    protectedInstances:
      checkOneOf(input.ScaleInProtectedInstances, 'scaleInProtectedInstances', [
        'Refresh',
        'Ignore',
        'Wait',
      ]) ?? 'Wait',
    standbyInstances:
      checkOneOf(input.StandbyInstances, 'standbyInstances', ['Terminate', 'Ignore', 'Wait']) ?? 'Wait',
  };
}

function activeId(keeper: GroupKeeper, name: string): string | undefined {
  return activeRefresh(keeper.find(name).state)?.id;
}

function cancel(keeper: GroupKeeper, input: CancelInstanceRefreshType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const id = activeId(keeper, name);
  keeper.apply(name, { type: 'refresh-cancelled' });
  return { InstanceRefreshId: id };
}

function rollBack(keeper: GroupKeeper, input: RollbackInstanceRefreshType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const id = activeId(keeper, name);
  keeper.apply(name, { type: 'refresh-rolled-back', reason: 'Rolled back due to user request.' });
  return { InstanceRefreshId: id };
}

/** Newest first. */
function describe(keeper: GroupKeeper, input: DescribeInstanceRefreshesType) {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const wanted = input.InstanceRefreshIds ?? [];
  const all = [...keeper.find(name).state.refreshes.values()]
    .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
    .reverse()
    .map((refresh) => view(name, refresh));
  const { items, NextToken } = pageOf(all, (one) => one.InstanceRefreshId!, input);
  return { InstanceRefreshes: items, NextToken };
}

function view(group: string, refresh: InstanceRefresh): RefreshView {
  const { preferences, rollback } = refresh;
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: group,
    Strategy: 'Rolling',
    Status: refresh.status,
    StatusReason: refresh.statusReason,
    StartTime: new Date(refresh.startMs),
    EndTime: refresh.endMs === undefined ? undefined : new Date(refresh.endMs),
    PercentageComplete: refresh.percentComplete,
    InstancesToUpdate: refresh.instancesToUpdate,
    DesiredConfiguration:
      refresh.desired === undefined ? undefined : { LaunchTemplate: templateOf(refresh.desired) },
    RollbackDetails:
      rollback === undefined
        ? undefined
        : {
            RollbackReason: rollback.reason,
            RollbackStartTime: new Date(rollback.startMs),
            PercentageCompleteOnRollback: rollback.percentComplete,
            InstancesToUpdateOnRollback: rollback.instancesToUpdate,
          },
    Preferences: {
      MinHealthyPercentage: preferences.minHealthyPercent,
      MaxHealthyPercentage: preferences.maxHealthyPercent,
      InstanceWarmup: preferences.warmupSeconds,
      SkipMatching: preferences.skipMatching,
      AutoRollback: preferences.autoRollback,
      ScaleInProtectedInstances: preferences.protectedInstances,
      StandbyInstances: preferences.standbyInstances,
      BakeTime: preferences.bakeSeconds,
      CheckpointPercentages: [...preferences.checkpointPercents],
      CheckpointDelay: preferences.checkpointDelaySeconds,
    },
  };
}

function templateOf(source: LaunchSource) {
  if (source.kind === 'configuration') return undefined;
  const { launchTemplateId, launchTemplateName, version } = source.template;
  return { LaunchTemplateId: launchTemplateId, LaunchTemplateName: launchTemplateName, Version: version };
}
