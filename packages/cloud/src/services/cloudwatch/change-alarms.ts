import type {
  DeleteAlarmsCommandInput,
  EnableAlarmActionsCommandInput,
  SetAlarmStateCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../contract/service.ts';
import { invalidValue, missingParameter, noSuchResource, validationError } from './errors.ts';
import type { KeptAlarms } from './kept-alarms.ts';
import type { Tags } from './tags.ts';

const MAX_NAMES = 100;
const MAX_REASON = 1_023;
const MAX_REASON_DATA = 4_000;
const STATES: readonly string[] = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** Names that do not exist are passed over, as on AWS. */
export function deleteAlarms(alarms: KeptAlarms, tags: Tags, input: DeleteAlarmsCommandInput): void {
  const names = namesOf(input.AlarmNames);
  const composites = names.filter((name) => alarms.get(name)?.definition.type === 'composite');
  if (composites.length > 1)
    throw validationError(
      `One call deletes at most one composite alarm, and ${composites.length} are named.`,
    );
  for (const name of names) {
    const parents = alarms.parentsOf(name).filter((parent) => !names.includes(parent));
    if (parents.length > 0)
      throw validationError(
        `Cannot delete ${name} as there are composite alarm(s) depending on it: ${parents.join(', ')}`,
      );
  }
  const self = composites.find((name) => alarms.parentsOf(name).length > 0);
  if (self !== undefined)
    throw validationError(
      `Cannot delete ${self} as there are composite alarm(s) depending on it: ${alarms.parentsOf(self).join(', ')}`,
    );
  alarms.step({ type: 'delete', names });
  for (const name of names) tags.forgetAlarm(name);
}

/** Names that do not exist are passed over, as on AWS. */
export function enableAlarmActions(
  alarms: KeptAlarms,
  input: EnableAlarmActionsCommandInput,
  enabled: boolean,
): void {
  alarms.step({ type: 'enable-actions', names: namesOf(input.AlarmNames), enabled });
}

export function namesOf(names: readonly string[] | undefined): readonly string[] {
  if (names === undefined) throw missingParameter('AlarmNames');
  if (names.length > MAX_NAMES)
    throw validationError(`AlarmNames has ${names.length} names; at most ${MAX_NAMES} are allowed.`);
  return names;
}

export function setAlarmState(alarms: KeptAlarms, input: SetAlarmStateCommandInput): void {
  const { AlarmName: name, StateValue: state, StateReason: reason, StateReasonData: reasonData } = input;
  if (name === undefined) throw missingParameter('AlarmName');
  if (state === undefined) throw missingParameter('StateValue');
  if (reason === undefined) throw missingParameter('StateReason');
  if (!STATES.includes(state))
    throw invalidValue(`StateValue is ${state}; allowed are ${STATES.join(', ')}.`);
  if (reason.length > MAX_REASON)
    throw validationError(`StateReason has ${reason.length} characters; at most ${MAX_REASON} are allowed.`);
  assertReasonData(reasonData);
  if (alarms.get(name) === undefined) throw noSuchResource(`There is no alarm "${name}".`);
  alarms.step({ type: 'set-state', name, state, reason, reasonData });
}

function assertReasonData(reasonData: string | undefined): void {
  if (reasonData === undefined) return;
  if (reasonData.length > MAX_REASON_DATA)
    throw validationError(
      `StateReasonData has ${reasonData.length} characters; at most ${MAX_REASON_DATA} are allowed.`,
    );
  try {
    JSON.parse(reasonData);
  } catch {
    throw new AwsError('InvalidFormat', 'StateReasonData was not syntactically valid JSON.');
  }
}
