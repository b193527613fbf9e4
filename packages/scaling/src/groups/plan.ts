/**
 * The plan of a group after everything that happens to it: what is launched and ended so that it becomes what it should be.
 *
 * (N1) Actual capacity goes to the desired one: launches fill the zones evenly, terminations take from the fullest zone.
 * (N2) What is protected, or not yet in service, is not chosen; it goes when it may.
 * (N3) Rebalancing zones launches first, at most a tenth (at least one) above the maximum, and only while nothing else is under way.
 */
import { at, joinCauses } from './activities.ts';
import { countedCapacity, countsTowardDesired, isScaling, totalCapacity } from './capacity.ts';
import { followCooldown } from './desired-capacity.ts';
import type { GroupInstance } from './group-state.ts';
import { planHealth } from './health.ts';
import { activeRefresh } from './instance-refresh.ts';
import { isLaunchHeld } from './launch-failures.ts';
import { beginLaunch } from './launching.ts';
import { endAll } from './membership.ts';
import { planRefresh } from './refresh-plan.ts';
import { beginTermination } from './terminating.ts';
import { chooseVictim } from './termination-policies.ts';
import { changeVitals, type Turn } from './turn.ts';
import { imbalance } from './zones.ts';

export function plan(turn: Turn): void {
  if (turn.state.vitals.status === 'deleting') {
    endAll(turn);
    return;
  }
  planHealth(turn);
  planRefresh(turn);
  planCapacity(turn);
  planBalance(turn);
  planLifetime(turn);
  followCooldown(turn);
}

function planCapacity(turn: Turn): void {
  const { state } = turn;
  const counted = countedCapacity(state);
  const difference = state.vitals.desired - counted;
  if (difference > 0) launchMissing(turn, counted, difference);
  else if (difference < 0) endSurplus(turn, counted);
  forgetCauses(turn, difference);
}

/** What was missing is asked for, or is missing no more: its causes have been told. */
function forgetCauses(turn: Turn, difference: number): void {
  const { vitals } = turn.state;
  const isHeld = difference > 0 && isLaunchHeld(turn);
  if (!isHeld && vitals.replacements.length > 0) changeVitals(turn.state, { replacements: [] });
  if (difference === 0 && vitals.desiredCause !== '' && !isScaling(turn.state)) {
    changeVitals(turn.state, { desiredCause: '' });
  }
}

function launchMissing(turn: Turn, counted: number, missing: number): void {
  if (isLaunchHeld(turn)) return;
  const { desired, desiredCause, replacements } = turn.state.vitals;
  const replaced = replacements.slice(0, missing);
  const from = counted + replaced.length;
  const cause = joinCauses(
    desiredCause,
    at(
      turn,
      `an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${from} to ${desired}.`,
    ),
  );
  for (let i = 0; i < missing; i++) beginLaunch(turn, replaced[i] ?? cause);
}

/** (N2) */
function endSurplus(turn: Turn, counted: number): void {
  const { state } = turn;
  if (state.suspended.has('Terminate')) return;
  const { desired, desiredCause } = state.vitals;
  const reason = at(
    turn,
    `an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${counted} to ${desired}.`,
  );
  let candidates = [...state.instances.values()].filter((one) => isCandidate(turn, one));
  for (let count = counted - desired; count > 0 && candidates.length > 0; count--) {
    const victim = chooseVictim(state, candidates, turn);
    const selected = at(turn, `instance ${victim.id} was selected for termination.`);
    beginTermination(turn, victim, joinCauses(desiredCause, reason, selected), { isScaledIn: true });
    candidates = candidates.filter(({ id }) => id !== victim.id);
  }
}

function isCandidate(turn: Turn, instance: GroupInstance): boolean {
  return (
    instance.lifecycle === 'InService' && !instance.isProtected && countsTowardDesired(turn.state, instance)
  );
}

function isQuiet(turn: Turn): boolean {
  const { state } = turn;
  return (
    !isScaling(state) &&
    !isLaunchHeld(turn) &&
    !state.suspended.has('Terminate') &&
    activeRefresh(state) === undefined &&
    countedCapacity(state) === state.vitals.desired
  );
}

/** (N3) */
function planBalance(turn: Turn): void {
  const { state } = turn;
  if (state.suspended.has('AZRebalance')) return;
  const skew = imbalance(state);
  if (skew === undefined || !isQuiet(turn)) return;
  const { max } = state.settings;
  if (totalCapacity(state) + 1 > Math.max(max + 1, Math.floor(max * 1.1))) return;
  const movable = [...state.instances.values()].some(
    (one) => one.zone === skew.from && isCandidate(turn, one),
  );
  if (!movable) return;
  beginLaunch(
    turn,
    at(turn, "an instance was launched to aid in balancing the group's zones."),
    'rebalance',
    skew.to,
  );
}

/** Instances that have lived as long as the group lets them are replaced one at a time; protection holds here too. */
function planLifetime(turn: Turn): void {
  const { state } = turn;
  const lifetimeMs = (state.settings.maxInstanceLifetimeSeconds ?? 0) * 1000;
  if (lifetimeMs === 0 || !isQuiet(turn)) return;
  const old = [...state.instances.values()].filter(
    (one) => isCandidate(turn, one) && turn.nowMs - one.launchedMs >= lifetimeMs,
  );
  if (old.length === 0) return;
  const victim = chooseVictim(state, old, turn);
  const cause = at(turn, 'an instance was launched in response to one that reached its maximum lifetime.');
  changeVitals(state, { replacements: [...state.vitals.replacements, cause] });
  beginTermination(
    turn,
    victim,
    at(turn, 'an instance was taken out of service in response to its maximum lifetime.'),
  );
  planCapacity(turn);
}
