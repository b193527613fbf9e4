/**
 * Cron expressions of scheduled actions: five fields (minute, hour, day of month, month, day of week) in a time zone. Lists, ranges,
 * steps and the names of months and days are understood. When both day fields are restricted, either may match, as in crontab.
 */
import { momentOf, wallClockAt } from './time-zone.ts';

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  readonly isEitherDay: boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_MS = 86_400_000;
/** 29 February comes at least once in this many days, also around 2100. */
const SEARCH_DAYS = 8 * 366 + 1;

/** Returns a sentence that says what is wrong instead of a `Cron` when the text is not one. */
export function parseCron(text: string): Cron | string {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    return `The recurrence "${text}" has ${fields.length} fields; it needs five: minute, hour, day of month, month, day of week`;
  }
  const minutes = parseField(fields[0]!, 0, 59);
  const hours = parseField(fields[1]!, 0, 23);
  const days = parseField(fields[2]!, 1, 31);
  const months = parseField(fields[3]!, 1, 12, MONTHS, 1);
  const weekdays = parseField(fields[4]!, 0, 7, WEEKDAYS, 0);
  for (const parsed of [minutes, hours, days, months, weekdays]) {
    if (typeof parsed === 'string') return `The recurrence "${text}" is not valid: ${parsed}`;
  }
  return {
    minutes: minutes as number[],
    hours: hours as number[],
    days: new Set(days as number[]),
    months: new Set(months as number[]),
    weekdays: new Set((weekdays as number[]).map((day) => day % 7)),
    isEitherDay: !fields[2]!.startsWith('*') && !fields[4]!.startsWith('*'),
  };
}

/** The sorted values of a field, or what is wrong with it. */
function parseField(
  field: string,
  low: number,
  high: number,
  names: readonly string[] = [],
  firstName = 0,
): number[] | string {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:(\*)|([0-9A-Za-z]+)(?:-([0-9A-Za-z]+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return `"${part}" is no value, range or step`;
    const step = match[4] === undefined ? 1 : Number(match[4]);
    const start = match[1] === undefined ? numberOf(match[2]!) : low;
    const end = match[1] !== undefined ? high : endOf(match[3], match[4], start);
    if (!(start >= low && end <= high && start <= end && step >= 1)) {
      return `"${part}" does not lie between ${low} and ${high}`;
    }
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return [...values].sort((a, b) => a - b);

  function numberOf(word: string): number {
    const index = names.indexOf(word.toUpperCase());
    return index >= 0 ? index + firstName : Number(word);
  }

  /** `5/15` means from five on; `5` is five alone. */
  function endOf(end: string | undefined, step: string | undefined, start: number): number {
    if (end !== undefined) return numberOf(end);
    return step === undefined ? start : high;
  }
}

function isDay(cron: Cron, wallDayMs: number): boolean {
  const date = new Date(wallDayMs);
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const byDay = cron.days.has(date.getUTCDate());
  const byWeekday = cron.weekdays.has(date.getUTCDay());
  return cron.isEitherDay ? byDay || byWeekday : byDay && byWeekday;
}

/** The first moment after `afterMs` that the expression names in the zone; undefined when there is none (30 February). */
export function nextCronTime(cron: Cron, afterMs: number, zone = 'UTC'): number | undefined {
  const firstDay = Math.floor(wallClockAt(zone, afterMs) / DAY_MS) * DAY_MS;
  for (let day = 0; day < SEARCH_DAYS; day++) {
    const wallDayMs = firstDay + day * DAY_MS;
    if (!isDay(cron, wallDayMs)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const moment = momentOf(zone, wallDayMs + (hour * 60 + minute) * 60_000);
        if (moment > afterMs) return moment;
      }
    }
  }
  return undefined;
}
