/** Which changes of an instance's state callers may ask for, and how EC2 words them. */
import type { InstanceStateName } from '../../contract/compute.ts';
import { invalidCombination } from './errors.ts';
import type { InstanceRecord, StateReason } from './instance-record.ts';

export const INITIATED_IN_INSTANCE: StateReason = {
  code: 'Client.InstanceInitiatedShutdown',
  message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
};

const BY_USER: StateReason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

/** The change that a call asks for; undefined when there is nothing to change. */
export type StateChange = Pick<InstanceRecord, 'state' | 'stateReason' | 'transitionReason'> | undefined;

/** @param reason instead of the user's, for example what Auto Scaling says */
export function terminated({ state }: InstanceRecord, nowMs: number, reason?: string): StateChange {
  if (state === 'shutting-down' || state === 'terminated') return undefined;
  const stateReason = reason === undefined ? BY_USER : { code: BY_USER.code, message: reason };
  return { state: 'shutting-down', stateReason, transitionReason: reason ?? initiated(nowMs) };
}

export function stopped({ state }: InstanceRecord, nowMs: number): StateChange | 'incorrect' {
  if (state === 'stopping' || state === 'stopped') return undefined;
  if (state !== 'running') return 'incorrect';
  return { state: 'stopping', stateReason: BY_USER, transitionReason: initiated(nowMs) };
}

export function started({ state }: InstanceRecord): StateChange | 'incorrect' {
  if (state === 'pending' || state === 'running') return undefined;
  if (state !== 'stopped') return 'incorrect';
  return { state: 'pending', stateReason: undefined, transitionReason: '' };
}

export function assertTerminable({ instanceId, settings }: InstanceRecord): void {
  if (!settings.disableApiTermination) return;
  const message = `The instance '${instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`;
  throw Object.assign(invalidCombination(message), { code: 'OperationNotPermitted' });
}

export function isLive(state: InstanceStateName): boolean {
  return state === 'pending' || state === 'running';
}

function initiated(nowMs: number): string {
  return `User initiated (${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')} GMT)`;
}
