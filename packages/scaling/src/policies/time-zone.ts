/** Between the wall clock of an IANA time zone and milliseconds since 1970. Pure: `Intl` is asked about a given moment, never about now. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError for a name that is no time zone. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The zone's wall clock at a moment, written as if it were UTC: milliseconds since 1970 whose UTC fields are the local ones. */
export function wallClockAt(zone: string, atMs: number): number {
  if (zone === 'UTC' || zone === 'Etc/UTC') return Math.floor(atMs / 1000) * 1000;
  const field: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) field[type] = Number(value);
  return Date.UTC(
    field['year']!,
    field['month']! - 1,
    field['day']!,
    field['hour']!,
    field['minute']!,
    field['second']!,
  );
}

/**
 * The moment at which the zone's clock shows `wallMs` (see `wallClockAt`). A time that occurs twice is the first one; a time that
 * the clock leaps over is as long after the leap as it would have been after its start.
 */
export function momentOf(zone: string, wallMs: number): number {
  const dayMs = 86_400_000;
  const before = wallClockAt(zone, wallMs - dayMs) - (wallMs - dayMs);
  const after = wallClockAt(zone, wallMs + dayMs) - (wallMs + dayMs);
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    const moment = wallMs - offset;
    if (wallClockAt(zone, moment) === wallMs) return moment;
  }
  return wallMs - before;
}
