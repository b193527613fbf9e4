/** A run that happened: the activities of a group, as `crescendo record`, or AWS's `describe-scaling-activities` in JSON, gives them. */
import type { ActivityAnswer } from '../cloud/answers.ts';
import { badSpec } from '../load/spec-error.ts';

export interface RecordedRun {
  /** When the load began, in milliseconds since 1970; undefined when nobody wrote it down. */
  readonly loadBeganMs: number | undefined;
  /** Divides the durations of alarms and policies in the run; undefined when nobody wrote it down. */
  readonly speed: number | undefined;
  /** In the order of their start. */
  readonly activities: readonly ActivityAnswer[];
}

/** Fails with what is wrong with the file. */
export function parseRecordedRun(text: string, path: string): RecordedRun {
  const whole = jsonOf(text, path);
  const activities = Reflect.get(whole, 'Activities');
  if (!Array.isArray(activities))
    throw badSpec(
      `${path} holds no list "Activities": write it with "crescendo record GROUP" or "aws autoscaling describe-scaling-activities --output json"`,
    );
  const began = Reflect.get(whole, 'LoadBegan');
  const speed = Number(Reflect.get(whole, 'Speed') ?? Number.NaN);
  return {
    loadBeganMs: began === undefined ? undefined : timeOf(began, 'LoadBegan', path).getTime(),
    speed: speed >= 1 ? speed : undefined,
    activities: activities
      .map((activity: unknown, index) => activityOf(activity, `${path}: activity ${index + 1}`))
      .sort((one, other) => one.StartTime.getTime() - other.StartTime.getTime()),
  };
}

function jsonOf(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, as everything that is no object.
  }
  throw badSpec(`${path} is no JSON object`);
}

function activityOf(value: unknown, place: string): ActivityAnswer {
  if (typeof value !== 'object' || value === null) throw badSpec(`${place} is no object`);
  const text = (name: string): string => {
    const found = Reflect.get(value, name);
    if (typeof found === 'string') return found;
    throw badSpec(`${place} has no ${name}`);
  };
  const EndTime = Reflect.get(value, 'EndTime');
  return {
    Description: text('Description'),
    Cause: text('Cause'),
    StatusCode: text('StatusCode'),
    StartTime: timeOf(Reflect.get(value, 'StartTime'), 'StartTime', place),
    ...(EndTime === undefined || EndTime === null ? {} : { EndTime: timeOf(EndTime, 'EndTime', place) }),
  };
}

function timeOf(value: unknown, name: string, place: string): Date {
  const time = new Date(typeof value === 'string' || typeof value === 'number' ? value : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw badSpec(`${place}: ${name} is ${JSON.stringify(value)}, no time such as 2026-03-02T08:00:00Z`);
}
