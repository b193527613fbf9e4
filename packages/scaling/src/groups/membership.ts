/** Instances that their owner moves: in and out of standby, in and out of the group, to their end; and their protection. */
import { at, beginActivity, endActivity, joinCauses } from './activities.ts';
import type { GroupInput } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import type { GroupInstance, GroupState } from './group-state.ts';
import { instanceNotFound } from './health.ts';
import { addInstance } from './launching.ts';
import { followCompute } from './lifecycle.ts';
import { beginTermination, proceedTermination } from './terminating.ts';
import { changeInstance, changeVitals, type Turn } from './turn.ts';

type Input<Type extends GroupInput['type']> = Extract<GroupInput, { type: Type }>;

/** The named instances; refuses an unknown one, and one in another state than the allowed. */
function findInstances(
  state: GroupState,
  ids: readonly string[],
  allowed: readonly string[],
): readonly GroupInstance[] {
  return [...new Set(ids)].map((id) => {
    const instance = state.instances.get(id);
    if (instance === undefined) {
      return refuse(
        'ValidationError',
        `The instance ${id} is not part of Auto Scaling group ${state.settings.name}.`,
      );
    }
    if (!allowed.includes(instance.lifecycle)) {
      const states = allowed.join(' or ');
      return refuse(
        'ValidationError',
        `The instance ${id} is not in ${states}, but in ${instance.lifecycle}.`,
      );
    }
    return instance;
  });
}

/** Takes `count` off the desired capacity; refuses when the minimum forbids it. */
function decrementDesired(state: GroupState, count: number, remedy: string): void {
  const { desired } = state.vitals;
  if (desired - count < state.settings.min) {
    refuse(
      'ValidationError',
      `Currently, desiredSize equals ${desired} and minSize ${state.settings.min}. ${remedy} without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  }
  changeVitals(state, { desired: desired - count });
}

function shrinking(from: number, to: number): string {
  return `shrinking the capacity from ${from} to ${to}.`;
}

/** The end of the sentence about an instance that leaves, and one cause for what takes its place. */
function leave(turn: Turn, count: number, decrement: boolean, remedy: string): string {
  const { state } = turn;
  const before = state.vitals.desired;
  if (decrement) {
    decrementDesired(state, count, remedy);
    return `, ${shrinking(before, before - count)}`;
  }
  const cause = at(
    turn,
    'an instance was started in response to a difference between desired and actual capacity, after one left at a user request.',
  );
  const causes = Array.from({ length: count }, () => cause);
  changeVitals(state, { replacements: [...state.vitals.replacements, ...causes] });
  return '.';
}

export function handleInstanceTerminated(turn: Turn, input: Input<'instance-terminated'>): void {
  const { state } = turn;
  const instance = state.instances.get(input.instanceId);
  if (instance === undefined) return refuse('ValidationError', instanceNotFound(input.instanceId));
  if (instance.lifecycle === 'Terminating:Retained') {
    endRetained(turn, instance);
    return;
  }
  if (instance.lifecycle.startsWith('Terminating') || instance.lifecycle === 'Detaching') {
    refuse('ValidationError', `The instance ${instance.id} is in ${instance.lifecycle} already.`);
  }
  const counts = instance.lifecycle !== 'Standby' && instance.lifecycle !== 'EnteringStandby';
  const tail = counts ? leave(turn, 1, input.decrement, 'Terminating instance') : '.';
  const cause = at(
    turn,
    `instance ${instance.id} was taken out of service in response to a user request${tail}`,
  );
  beginTermination(turn, instance, cause);
}

function endRetained(turn: Turn, instance: GroupInstance): void {
  const description = `Terminating EC2 instance: ${instance.id}`;
  const cause = at(
    turn,
    `instance ${instance.id} was retained, and is terminated in response to a user request.`,
  );
  const activity = beginActivity(turn, description, cause, { zone: instance.zone });
  proceedTermination(turn, changeInstance(turn.state, instance, { activityId: activity.id }));
}

export function handleStandbyEntered(turn: Turn, input: Input<'standby-entered'>): void {
  const instances = findInstances(turn.state, input.instanceIds, ['InService']);
  const tail = leave(turn, instances.length, input.decrement, 'Entering standby');
  for (const instance of instances) {
    const cause = at(
      turn,
      `instance ${instance.id} was moved to standby in response to a user request${tail}`,
    );
    const description = `Moving EC2 instance to Standby: ${instance.id}`;
    const activity = beginActivity(turn, description, cause, { zone: instance.zone }, 'InProgress', 50);
    changeInstance(turn.state, instance, {
      lifecycle: 'EnteringStandby',
      sinceMs: turn.nowMs,
      activityId: activity.id,
      surplus: undefined,
    });
    turn.effects.push({ type: 'set-target-state', instanceId: instance.id, state: 'Standby' });
  }
}

export function handleStandbyExited(turn: Turn, input: Input<'standby-exited'>): void {
  const instances = findInstances(turn.state, input.instanceIds, ['Standby']);
  const before = growDesired(turn.state, instances.length, 'Exiting standby');
  for (const instance of instances) {
    const cause = at(
      turn,
      `instance ${instance.id} was moved out of standby in response to a user request, increasing the capacity from ${before} to ${before + instances.length}.`,
    );
    const description = `Moving EC2 instance out of Standby: ${instance.id}`;
    const activity = beginActivity(turn, description, cause, { zone: instance.zone }, 'PreInService', 30);
    changeInstance(turn.state, instance, {
      lifecycle: 'Pending:Proceed',
      sinceMs: turn.nowMs,
      activityId: activity.id,
    });
    turn.effects.push({ type: 'set-target-state', instanceId: instance.id, state: 'InService' });
  }
}

/** Adds to the desired capacity and returns what it was; refuses when the maximum forbids it. */
function growDesired(state: GroupState, count: number, what: string): number {
  const { desired } = state.vitals;
  if (desired + count > state.settings.max) {
    refuse(
      'ValidationError',
      `${what} would make the desired capacity ${desired + count}, above the max size ${state.settings.max} of the AutoScalingGroup ${state.settings.name}.`,
    );
  }
  changeVitals(state, { desired: desired + count });
  return desired;
}

export function handleAttached(turn: Turn, input: Input<'instances-attached'>): void {
  const before = growDesired(turn.state, input.instances.length, 'Attaching');
  for (const attached of input.instances) {
    const cause = at(
      turn,
      `an instance was attached in response to a user request, increasing the capacity from ${before} to ${before + input.instances.length}.`,
    );
    const description = `Attaching an existing EC2 instance: ${attached.instanceId}`;
    const activity = beginActivity(turn, description, cause, { zone: attached.zone }, 'PreInService', 30);
    const { generation } = turn.state.vitals;
    const instance = addInstance(turn, attached, { generation, activityId: activity.id });
    followCompute(turn, instance, attached.compute, '');
  }
}

export function handleDetached(turn: Turn, input: Input<'instances-detached'>): void {
  const instances = findInstances(turn.state, input.instanceIds, ['InService', 'Standby']);
  const serving = instances.filter(({ lifecycle }) => lifecycle === 'InService');
  const tail = leave(turn, serving.length, input.decrement, 'Detaching');
  for (const instance of instances) {
    const cause = at(
      turn,
      `instance ${instance.id} was detached in response to a user request${instance.lifecycle === 'InService' ? tail : '.'}`,
    );
    const description = `Detaching EC2 instance: ${instance.id}`;
    const activity = beginActivity(turn, description, cause, { zone: instance.zone }, 'InProgress', 50);
    changeInstance(turn.state, instance, {
      lifecycle: 'Detaching',
      sinceMs: turn.nowMs,
      activityId: activity.id,
      surplus: undefined,
    });
    turn.effects.push({ type: 'set-target-state', instanceId: instance.id, state: 'Detached' });
  }
}

export function handleProtection(turn: Turn, input: Input<'protection-set'>): void {
  const instances = findInstances(turn.state, input.instanceIds, ['InService', 'EnteringStandby', 'Standby']);
  for (const instance of instances) {
    changeInstance(turn.state, instance, { isProtected: input.isProtected });
  }
}

/** Every instance of a group that is deleted by force ends at once, without hooks. */
export function endAll(turn: Turn): void {
  for (const instance of [...turn.state.instances.values()]) {
    if (instance.lifecycle === 'Terminating' || instance.lifecycle === 'Terminating:Proceed') continue;
    if (instance.lifecycle === 'Detaching') {
      endActivity(turn, instance.activityId, 'Successful');
      turn.state.instances.delete(instance.id);
      continue;
    }
    const cause = joinCauses(
      at(turn, 'an instance was taken out of service in response to the deletion of its AutoScalingGroup.'),
    );
    beginTermination(turn, instance, cause, { withHooks: false });
  }
}
