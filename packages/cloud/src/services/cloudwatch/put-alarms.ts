import type { PutCompositeAlarmCommandInput, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { type AlarmDefinition, alarmProblem, alarmsIn, parseAlarmRule } from '@crescendo/scaling';
import { compositeAlarmOf, metricAlarmOf } from './alarm-shapes.ts';
import { limitExceeded, validationError } from './errors.ts';
import type { KeptAlarms } from './kept-alarms.ts';
import type { Tags } from './tags.ts';

/** More than AWS's quota; keeps a loop that makes alarms from filling the machine. */
export const MAX_ALARMS = 20_000;

export function putMetricAlarm(alarms: KeptAlarms, tags: Tags, input: PutMetricAlarmCommandInput): void {
  putAlarm(alarms, tags, metricAlarmOf(input), input.Tags);
}

export function putCompositeAlarm(
  alarms: KeptAlarms,
  tags: Tags,
  input: PutCompositeAlarmCommandInput,
): void {
  const definition = compositeAlarmOf(input);
  assertValid(definition);
  const unknown = [...alarmsIn(parseAlarmRule(definition.rule))].filter(
    (name) => alarms.get(name) === undefined,
  );
  if (unknown.length > 0)
    throw validationError(
      `AlarmRule names alarms that do not exist: ${unknown.join(', ')}. Make them first.`,
    );
  putAlarm(alarms, tags, definition, input.Tags);
}

/** Tags are for new alarms only, as on AWS. */
function putAlarm(
  alarms: KeptAlarms,
  tags: Tags,
  definition: AlarmDefinition,
  given: PutMetricAlarmCommandInput['Tags'],
): void {
  assertValid(definition);
  const present = alarms.get(definition.name);
  if (present !== undefined && present.definition.type !== definition.type)
    throw validationError(`There is an alarm "${definition.name}" of another type; delete it first.`);
  if (present === undefined && alarms.count >= MAX_ALARMS)
    throw limitExceeded(`There are ${alarms.count} alarms; at most ${MAX_ALARMS} are allowed.`);
  if (present === undefined) tags.putForNewAlarm(definition.name, given ?? []);
  alarms.step({ type: 'put', definition });
}

function assertValid(definition: AlarmDefinition): void {
  const problem = alarmProblem(definition);
  if (problem !== undefined) throw validationError(problem);
}
