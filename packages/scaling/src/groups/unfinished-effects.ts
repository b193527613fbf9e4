/** What a group has decided and the world may not have heard: found again after a restart, and asked for again. */
import type { GroupEffect } from './group-effect.ts';
import type { GroupInstance, GroupState } from './group-state.ts';

export function unfinishedEffects(state: GroupState): GroupEffect[] {
  const effects: GroupEffect[] = [...state.launches.values()].map((launch) => ({ type: 'launch', launch }));
  for (const instance of state.instances.values()) {
    effects.push({ type: 'set-target-state', instanceId: instance.id, state: targetState(instance) });
    if (instance.lifecycle === 'Terminating' || instance.lifecycle === 'Terminating:Proceed') {
      const cause = state.activities.get(instance.activityId ?? '')?.cause ?? '';
      effects.push({ type: 'terminate', instanceId: instance.id, reason: cause });
    }
  }
  return effects;
}

/** What the instance reads as its target in its metadata. */
export function targetState(instance: GroupInstance): 'InService' | 'Standby' | 'Terminated' | 'Detached' {
  if (instance.lifecycle.startsWith('Terminating')) return 'Terminated';
  if (instance.lifecycle === 'Detaching') return 'Detached';
  return instance.lifecycle.endsWith('Standby') ? 'Standby' : 'InService';
}
