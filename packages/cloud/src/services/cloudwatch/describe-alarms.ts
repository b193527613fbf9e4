import type {
  DescribeAlarmsCommandInput,
  DescribeAlarmsCommandOutput,
  DescribeAlarmsForMetricCommandInput,
  DescribeAlarmsForMetricCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import {
  type Alarm,
  alarmNameOf,
  alarmsIn,
  type MetricStatistic,
  metricKey,
  parseAlarmRule,
} from '@crescendo/scaling';
import { isCompositeAlarm, isMetricAlarm, toCompositeAlarm, toMetricAlarm } from './alarm-shapes.ts';
import { alarmArn } from './arns.ts';
import { namesOf } from './change-alarms.ts';
import { invalidCombination, invalidValue, noSuchResource } from './errors.ts';
import type { KeptAlarms } from './kept-alarms.ts';
import { metricOf } from './metric-shapes.ts';
import { pageOf } from './paging.ts';

const PAGE = 50;
const MAX_PAGE = 100;

type Place = { readonly accountId: string; readonly region: string };
type Output = Omit<DescribeAlarmsCommandOutput, '$metadata'>;

export function describeAlarms(alarms: KeptAlarms, place: Place, input: DescribeAlarmsCommandInput): Output {
  checkCombination(input);
  const limit = pageLimit(input.MaxRecords, MAX_PAGE, PAGE);
  const types: readonly string[] = input.AlarmTypes ?? defaultTypes(input);
  const found = candidates(alarms, input).filter(
    (alarm) =>
      types.includes(isMetricAlarm(alarm) ? 'MetricAlarm' : 'CompositeAlarm') && isWanted(alarm, input),
  );
  const { items, nextToken } = pageOf(found, ({ definition }) => definition.name, input.NextToken, limit);
  const arnOf = (alarm: Alarm): string => alarmArn(place, alarm.definition.name);
  return {
    MetricAlarms: items.filter(isMetricAlarm).map((alarm) => toMetricAlarm(alarm, arnOf(alarm))),
    CompositeAlarms: items.filter(isCompositeAlarm).map((alarm) => toCompositeAlarm(alarm, arnOf(alarm))),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function pageLimit(asked: number | undefined, most: number, usual: number): number {
  if (asked === undefined) return usual;
  if (Number.isInteger(asked) && asked >= 1 && asked <= most) return asked;
  throw invalidValue(`The parameter MaxRecords is ${asked}; 1 to ${most} are allowed.`);
}

function checkCombination(input: DescribeAlarmsCommandInput): void {
  if (input.AlarmNames !== undefined && input.AlarmNamePrefix !== undefined)
    throw invalidCombination(
      'The parameters AlarmNames and AlarmNamePrefix are mutually exclusive: give one of them.',
    );
  const family = (['ChildrenOfAlarmName', 'ParentsOfAlarmName'] as const).filter(
    (name) => input[name] !== undefined,
  );
  const others = (['AlarmNames', 'AlarmNamePrefix', 'StateValue', 'ActionPrefix'] as const).filter(
    (name) => input[name] !== undefined,
  );
  if (family.length > 1 || (family.length === 1 && others.length > 0))
    throw invalidCombination(
      `The parameters ${[...family, ...others].join(' and ')} cannot be given together.`,
    );
}

/** AWS describes metric alarms only, unless told; relations are of both kinds. */
function defaultTypes(input: DescribeAlarmsCommandInput): string[] {
  const related = input.ChildrenOfAlarmName ?? input.ParentsOfAlarmName;
  return related === undefined ? ['MetricAlarm'] : ['MetricAlarm', 'CompositeAlarm'];
}

function candidates(alarms: KeptAlarms, input: DescribeAlarmsCommandInput): Alarm[] {
  const { AlarmNames, ChildrenOfAlarmName, ParentsOfAlarmName } = input;
  if (AlarmNames !== undefined && AlarmNames.length > 0)
    return existing(alarms, new Set(namesOf(AlarmNames)));
  if (ChildrenOfAlarmName !== undefined) {
    const parent = alarms.get(alarmNameOf(ChildrenOfAlarmName));
    if (parent === undefined) throw noSuchResource(`There is no alarm "${ChildrenOfAlarmName}".`);
    return isCompositeAlarm(parent) ? existing(alarms, alarmsIn(parseAlarmRule(parent.definition.rule))) : [];
  }
  if (ParentsOfAlarmName !== undefined) {
    const child = alarmNameOf(ParentsOfAlarmName);
    if (alarms.get(child) === undefined) throw noSuchResource(`There is no alarm "${ParentsOfAlarmName}".`);
    return existing(alarms, alarms.parentsOf(child));
  }
  return alarms.all();
}

function existing(alarms: KeptAlarms, names: Iterable<string>): Alarm[] {
  return [...names].flatMap((name) => alarms.get(name) ?? []);
}

function isWanted({ definition, status }: Alarm, input: DescribeAlarmsCommandInput): boolean {
  const { AlarmNamePrefix, StateValue, ActionPrefix } = input;
  if (AlarmNamePrefix !== undefined && !definition.name.startsWith(AlarmNamePrefix)) return false;
  if (StateValue !== undefined && status.state !== StateValue) return false;
  if (ActionPrefix === undefined) return true;
  const actions = [
    ...definition.alarmActions,
    ...definition.okActions,
    ...definition.insufficientDataActions,
  ];
  return actions.some((arn) => arn.startsWith(ActionPrefix));
}

export function describeAlarmsForMetric(
  alarms: KeptAlarms,
  place: Place,
  input: DescribeAlarmsForMetricCommandInput,
): Omit<DescribeAlarmsForMetricCommandOutput, '$metadata'> {
  const key = metricKey(metricOf(input));
  const found = alarms
    .all()
    .filter(isMetricAlarm)
    .filter(
      ({ definition: { watches } }) => watches.type === 'metric' && isOnMetric(watches.source, key, input),
    );
  found.sort((one, other) => (one.definition.name < other.definition.name ? -1 : 1));
  return { MetricAlarms: found.map((alarm) => toMetricAlarm(alarm, alarmArn(place, alarm.definition.name))) };
}

function isOnMetric(
  source: MetricStatistic,
  key: string,
  input: DescribeAlarmsForMetricCommandInput,
): boolean {
  const statistic = input.Statistic ?? input.ExtendedStatistic;
  return (
    metricKey(source.metric) === key &&
    (statistic === undefined || source.statistic === statistic) &&
    (input.Period === undefined || source.period === input.Period) &&
    (input.Unit === undefined || source.unit === input.Unit)
  );
}
