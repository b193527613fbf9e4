/**
 * One step of an Auto Scaling group: something happens, the state changes, and what has to be done comes back as effects.
 *
 * What it does not know: clocks, randomness of its own, how an instance is made, who keeps the state.
 *
 * (G1) A refused input throws `GroupRefusal` and has changed nothing.
 * (G2) The plan makes every choice; whoever carries out an effect makes none.
 */
import { handleCreated, handleDesiredSet, handleSettings } from './desired-capacity.ts';
import type { GroupEffect } from './group-effect.ts';
import type { GroupInput } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import type { GroupState } from './group-state.ts';
import { handleHealthSet } from './health.ts';
import { handleHeartbeat } from './hooks-in-flight.ts';
import { handleLaunched, handleLaunchFailed } from './launching.ts';
import { expireActions, handleCompleted, handleComputeChange, settleTransits } from './lifecycle.ts';
import {
  handleAttached,
  handleDetached,
  handleInstanceTerminated,
  handleProtection,
  handleStandbyEntered,
  handleStandbyExited,
} from './membership.ts';
import { notify } from './notifications.ts';
import { plan } from './plan.ts';
import { decideDueScaleIn, handlePolicyTriggered } from './policy-execution.ts';
import { handleRefreshCancelled, handleRefreshRolledBack, handleRefreshStarted } from './refresh-requests.ts';
import { handleScheduledDeleted, handleScheduledPut, runDueActions } from './scheduled-runs.ts';
import { handleCameBack, handleTimeJumped } from './time-jumps.ts';
import { changeVitals, type StepContext, type Turn } from './turn.ts';

type Handlers = {
  readonly [Type in GroupInput['type']]: (turn: Turn, input: Extract<GroupInput, { type: Type }>) => void;
};

const HANDLERS: Handlers = {
  created: handleCreated,
  'settings-changed': handleSettings,
  'desired-set': handleDesiredSet,
  'deletion-requested': handleDeletion,
  tick: handleTick,
  'time-jumped': handleTimeJumped,
  'came-back': handleCameBack,
  launched: handleLaunched,
  'launch-failed': handleLaunchFailed,
  'instance-changed': handleComputeChange,
  'instance-terminated': handleInstanceTerminated,
  'instances-attached': handleAttached,
  'instances-detached': handleDetached,
  'standby-entered': handleStandbyEntered,
  'standby-exited': handleStandbyExited,
  'protection-set': handleProtection,
  'health-set': handleHealthSet,
  'hook-put': ({ state }, { hook }) => state.hooks.set(hook.name, hook),
  'hook-deleted': handleHookDeleted,
  'lifecycle-completed': handleCompleted,
  'lifecycle-heartbeat': handleHeartbeat,
  'policy-put': handlePolicyPut,
  'policy-deleted': handlePolicyDeleted,
  'policy-triggered': handlePolicyTriggered,
  'scheduled-put': handleScheduledPut,
  'scheduled-deleted': handleScheduledDeleted,
  'processes-suspended': handleSuspended,
  'processes-resumed': handleResumed,
  'refresh-started': handleRefreshStarted,
  'refresh-cancelled': handleRefreshCancelled,
  'refresh-rolled-back': handleRefreshRolledBack,
  'notifications-put': handleNotificationsPut,
  'notifications-deleted': ({ state }, { topicArn }) => state.notifications.delete(topicArn),
};

/** Inputs that a group on its way out still takes. */
const TAKEN_WHILE_DELETING: ReadonlySet<GroupInput['type']> = new Set([
  'deletion-requested',
  'tick',
  'time-jumped',
  'came-back',
  'launched',
  'launch-failed',
  'instance-changed',
]);

export function stepGroup(state: GroupState, input: GroupInput, context: StepContext): GroupEffect[] {
  if (state.vitals.status === 'deleting' && !TAKEN_WHILE_DELETING.has(input.type)) {
    refuse('ValidationError', `AutoScalingGroup ${state.settings.name} is being deleted`);
  }
  const turn: Turn = { ...context, state, effects: [] };
  const handle = HANDLERS[input.type] as (turn: Turn, input: GroupInput) => void;
  handle(turn, input);
  plan(turn);
  return turn.effects;
}

/** Nothing of the group is left: its records can go. */
export function isGroupGone(state: GroupState): boolean {
  return state.vitals.status === 'deleting' && state.instances.size === 0 && state.launches.size === 0;
}

function handleTick(turn: Turn): void {
  settleTransits(turn);
  expireActions(turn);
  if (turn.state.vitals.status === 'deleting') return;
  runDueActions(turn);
  decideDueScaleIn(turn);
}

function handleDeletion(turn: Turn, input: Extract<GroupInput, { type: 'deletion-requested' }>): void {
  const { state } = turn;
  if (!input.force && (state.instances.size > 0 || state.launches.size > 0)) {
    refuse(
      'ResourceInUse',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    );
  }
  changeVitals(state, { status: 'deleting', desired: 0 });
}

/** Instances that the hook holds go on as if it had answered; AWS says so for no hook, its default result does. */
function handleHookDeleted(turn: Turn, { name }: Extract<GroupInput, { type: 'hook-deleted' }>): void {
  if (!turn.state.hooks.delete(name)) {
    refuse('ValidationError', `No Lifecycle Hook found with name ${name}`);
  }
  for (const { id } of [...turn.state.instances.values()]) {
    const action = turn.state.instances.get(id)?.actions.find(({ hookName }) => hookName === name);
    if (action === undefined) continue;
    handleCompleted(turn, {
      type: 'lifecycle-completed',
      hookName: name,
      token: action.token,
      result: action.defaultResult,
    });
  }
}

function handlePolicyPut({ state }: Turn, { policy }: Extract<GroupInput, { type: 'policy-put' }>): void {
  state.policies.set(policy.name, policy);
  state.proposals.delete(policy.name);
}

function handlePolicyDeleted(
  { state }: Turn,
  { name }: Extract<GroupInput, { type: 'policy-deleted' }>,
): void {
  if (!state.policies.delete(name)) refuse('ValidationError', `Policy ${name} not found`);
  state.proposals.delete(name);
}

function handleSuspended(
  { state, nowMs }: Turn,
  input: Extract<GroupInput, { type: 'processes-suspended' }>,
): void {
  const reason = `User suspended at ${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  for (const name of input.names) {
    if (!state.suspended.has(name)) state.suspended.set(name, reason);
  }
}

/** Who resumes launching has mended what made it fail: nothing waits. */
function handleResumed({ state }: Turn, input: Extract<GroupInput, { type: 'processes-resumed' }>): void {
  for (const name of input.names) state.suspended.delete(name);
  if (input.names.includes('Launch')) changeVitals(state, { launchFailures: undefined });
}

function handleNotificationsPut(
  turn: Turn,
  { topicArn, types }: Extract<GroupInput, { type: 'notifications-put' }>,
): void {
  turn.state.notifications.set(topicArn, [...types, 'autoscaling:TEST_NOTIFICATION']);
  notify(turn, 'autoscaling:TEST_NOTIFICATION', undefined);
  turn.state.notifications.set(topicArn, types);
}
