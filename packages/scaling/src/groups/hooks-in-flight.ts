/** Hooks that hold an instance: begun, kept alive, completed or run out. All hooks of a transition run side by side. */
import { changeActivity } from './activities.ts';
import type { LifecycleReference } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import type { GroupInstance, GroupState } from './group-state.ts';
import { beginAction, heartbeat, type LifecycleAction, type LifecycleTransition } from './lifecycle-hook.ts';
import { tellHookTarget } from './notifications.ts';
import { changeInstance, newUuid, type Turn } from './turn.ts';

/** Begins every hook of the transition; false when there is none. */
export function beginHooks(turn: Turn, instance: GroupInstance, transition: LifecycleTransition): boolean {
  const hooks = [...turn.state.hooks.values()].filter((hook) => hook.transition === transition);
  if (hooks.length === 0) return false;
  const actions = hooks.map((hook) => beginAction(hook, newUuid(turn), turn.nowMs));
  const isLaunch = transition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
  const held = changeInstance(turn.state, instance, {
    lifecycle: isLaunch ? 'Pending:Wait' : 'Terminating:Wait',
    sinceMs: turn.nowMs,
    actions,
  });
  changeActivity(turn, held.activityId, { status: 'MidLifecycleAction', progress: isLaunch ? 50 : 60 });
  for (const [index, hook] of hooks.entries()) tellHookTarget(turn, hook, actions[index]!, held);
  return true;
}

export interface ActionInFlight {
  readonly instance: GroupInstance;
  readonly action: LifecycleAction;
}

/** Refuses with AWS's words when no such action is in flight. */
export function findAction(state: GroupState, reference: LifecycleReference): ActionInFlight {
  for (const instance of state.instances.values()) {
    for (const action of instance.actions) {
      if (action.hookName === reference.hookName && isMeant(instance, action, reference)) {
        return { instance, action };
      }
    }
  }
  const what =
    reference.token === undefined ? `instance ID ${reference.instanceId}` : `token ${reference.token}`;
  return refuse('ValidationError', `No active Lifecycle Action found with ${what}`);
}

function isMeant(instance: GroupInstance, action: LifecycleAction, reference: LifecycleReference): boolean {
  if (reference.token !== undefined) return action.token === reference.token;
  return instance.id === reference.instanceId;
}

export function handleHeartbeat(turn: Turn, reference: LifecycleReference): void {
  const { instance, action } = findAction(turn.state, reference);
  changeInstance(turn.state, instance, {
    actions: instance.actions.map((one) => (one.token === action.token ? heartbeat(one, turn.nowMs) : one)),
  });
}
