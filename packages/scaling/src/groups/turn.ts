/** One step of a group: its state, the moment, and what the step asks of the world. */
import type { Random } from '@crescendo/base';
import type { GroupEffect } from './group-effect.ts';
import type { GroupInstance, GroupState, GroupVitals } from './group-state.ts';

export interface StepContext {
  /** Milliseconds since 1970: activities and schedules are in calendar time. */
  readonly nowMs: number;
  readonly random: Random;
  /** Divides cooldowns, warm-ups and the life of proposals; 1 is real time. */
  readonly speed: number;
}

export interface Turn extends StepContext {
  readonly state: GroupState;
  readonly effects: GroupEffect[];
}

/** What is given replaces what was; `undefined` takes a member away. */
type Change<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

function changed<T extends object>(record: T, change: Change<T>): T {
  const entries = Object.entries({ ...record, ...change }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

export function changeVitals(state: GroupState, change: Change<GroupVitals>): void {
  state.vitals = changed(state.vitals, change);
}

/** Replaces what is given of an instance's record, and returns the new one. */
export function changeInstance(
  state: GroupState,
  instance: GroupInstance,
  change: Change<GroupInstance>,
): GroupInstance {
  const next = changed(instance, change);
  state.instances.set(next.id, next);
  return next;
}

/** Milliseconds of a policy's duration. */
export function policyMs(turn: StepContext, seconds: number): number {
  return (seconds * 1000) / turn.speed;
}

/** A random UUID, version 4. */
export function newUuid(turn: StepContext): string {
  const bytes = turn.random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
