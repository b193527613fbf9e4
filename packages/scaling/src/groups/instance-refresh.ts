/** An instance refresh as a record, and what the group launches from while one is under way. */
import type { GroupState } from './group-state.ts';
import type { LaunchOrigin, LaunchSource } from './launch-source.ts';

export interface RefreshPreferences {
  readonly minHealthyPercent: number;
  /** Above 100 the new instance comes before the old one goes. */
  readonly maxHealthyPercent: number;
  readonly warmupSeconds: number;
  readonly checkpointPercents: readonly number[];
  readonly checkpointDelaySeconds: number;
  readonly bakeSeconds: number;
  readonly skipMatching: boolean;
  readonly autoRollback: boolean;
  readonly protectedInstances: 'Refresh' | 'Ignore' | 'Wait';
  readonly standbyInstances: 'Terminate' | 'Ignore' | 'Wait';
}

export interface RefreshRequest {
  readonly id: string;
  readonly preferences: RefreshPreferences;
  /** What the instances are to be launched from; absent: what the group launches from already. */
  readonly desired?: LaunchSource;
  /** What that source gives now; instances that came from it match. */
  readonly origin: LaunchOrigin;
}

export type RefreshStatus =
  | 'Pending'
  | 'InProgress'
  | 'Baking'
  | 'Successful'
  | 'Failed'
  | 'Cancelling'
  | 'Cancelled'
  | 'RollbackInProgress'
  | 'RollbackSuccessful'
  | 'RollbackFailed';

export interface InstanceRefresh {
  readonly id: string;
  readonly status: RefreshStatus;
  readonly statusReason?: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly preferences: RefreshPreferences;
  readonly desired?: LaunchSource;
  readonly previous: LaunchSource;
  readonly generation: number;
  /** Instances to update at the start. */
  readonly total: number;
  readonly percentComplete: number;
  readonly instancesToUpdate: number;
  readonly checkpointsPassed: number;
  /** No further instance is replaced before. */
  readonly waitUntilMs?: number;
  readonly lastProgressMs: number;
  readonly rollback?: {
    readonly reason: string;
    readonly startMs: number;
    readonly percentComplete: number;
    readonly instancesToUpdate: number;
  };
}

const ACTIVE: readonly RefreshStatus[] = [
  'Pending',
  'InProgress',
  'Baking',
  'Cancelling',
  'RollbackInProgress',
];

export function activeRefresh(state: GroupState): InstanceRefresh | undefined {
  return [...state.refreshes.values()].findLast(({ status }) => ACTIVE.includes(status));
}

/** What the next instance is launched from. */
export function activeConfiguration(state: GroupState): LaunchSource {
  if (state.refreshes.size === 0) return state.settings.source;
  const refresh = activeRefresh(state);
  if (refresh?.desired === undefined || refresh.status === 'Cancelling') return state.settings.source;
  return refresh.status === 'RollbackInProgress' ? refresh.previous : refresh.desired;
}
