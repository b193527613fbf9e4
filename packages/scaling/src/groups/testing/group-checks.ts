/** What must hold of a group whatever happens to it; checked after every step of a random history. */
import assert from 'node:assert/strict';
import { isPending, isTerminating, totalCapacity } from '../capacity.ts';
import type { GroupInput } from '../group-input.ts';
import type { Activity } from '../group-state.ts';
import type { SimulatedGroup } from './simulated-group.ts';

/** Inputs that may change the desired capacity; every other one leaves it alone. */
const CHANGES_DESIRED: ReadonlySet<GroupInput['type']> = new Set([
  'created',
  'desired-set',
  'settings-changed',
  'deletion-requested',
  'instance-terminated',
  'instances-attached',
  'instances-detached',
  'standby-entered',
  'standby-exited',
  'policy-triggered',
  'tick',
]);

export class GroupChecker {
  readonly #group: SimulatedGroup;
  #desired = 0;
  #launches = 0;
  #ended = new Map<string, Activity>();

  constructor(group: SimulatedGroup) {
    this.#group = group;
  }

  check(input: GroupInput): void {
    this.#checkBounds(input);
    this.#checkActivities();
    this.#checkInstances();
  }

  #checkBounds(input: GroupInput): void {
    const { state } = this.#group;
    const { min, max } = state.settings;
    const { desired } = state.vitals;
    if (state.vitals.status === 'active')
      assert.ok(min <= desired && desired <= max, `${min} <= ${desired} <= ${max}`);
    assert.ok(
      desired === this.#desired || CHANGES_DESIRED.has(input.type),
      `${input.type} changed the desired capacity`,
    );
    this.#desired = desired;
    const launches = state.launches.size;
    const percent = state.settings.maintenance?.maxHealthyPercent ?? 100;
    const room = Math.max(max + 1, Math.floor(max * 1.1), Math.ceil((max * percent) / 100));
    if (launches > this.#launches) {
      assert.ok(totalCapacity(state) <= room, 'no launch beyond the maximum and its exceptions');
    }
    this.#launches = launches;
  }

  /** Finished activities never change; unfinished ones belong to a launch or an instance. */
  #checkActivities(): void {
    const { state } = this.#group;
    const owned = new Set([
      ...state.launches.keys(),
      ...[...state.instances.values()].map(({ activityId }) => activityId),
    ]);
    for (const activity of state.activities.values()) {
      const isEnded = ['Successful', 'Failed', 'Cancelled'].includes(activity.status);
      assert.equal(activity.endMs !== undefined, isEnded, `${activity.description}: ${activity.status}`);
      assert.equal(activity.progress === 100, isEnded);
      const before = this.#ended.get(activity.id);
      if (before !== undefined) assert.deepEqual(activity, before);
      else if (isEnded) this.#ended.set(activity.id, activity);
      else assert.ok(owned.has(activity.id), `${activity.description} is nobody's`);
    }
  }

  #checkInstances(): void {
    for (const one of this.#group.state.instances.values()) {
      const mustAct = isPending(one) || (isTerminating(one) && one.lifecycle !== 'Terminating:Retained');
      if (mustAct) assert.ok(one.activityId, `${one.id} in ${one.lifecycle} has no activity`);
      else if (one.lifecycle === 'InService') assert.equal(one.activityId, undefined);
      assert.equal(one.actions.length > 0, one.lifecycle.endsWith(':Wait'), `${one.id} ${one.lifecycle}`);
    }
  }

  /** Each machine that runs belongs to the group, or was let go. */
  checkNothingLeaked(detached: ReadonlySet<string>): void {
    for (const [id, { compute }] of this.#group.machines) {
      if (compute.state === 'terminated') continue;
      assert.ok(this.#group.state.instances.has(id) || detached.has(id), `${id} is nobody's`);
    }
  }
}
