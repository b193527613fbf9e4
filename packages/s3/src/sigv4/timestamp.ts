import { Memo } from './memo.ts';

const BASIC_FORM = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** `YYYYMMDDTHHMMSSZ`. */
export function amzTimestamp(wallMs: number): string {
  return new Date(wallMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}

/** Requests of one second carry the same text. */
const timestamps = new Memo<number>(100);

/** Milliseconds since 1970; undefined when the text is not `YYYYMMDDTHHMMSSZ`. */
export function parseAmzTimestamp(text: string): number | undefined {
  const wallMs = timestamps.of(text, parseBasicForm);
  return Number.isNaN(wallMs) ? undefined : wallMs;
}

function parseBasicForm(text: string): number {
  const match = BASIC_FORM.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match as unknown as number[];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** Milliseconds since 1970 of an HTTP date; undefined when it is none. */
export function parseHttpDate(text: string): number | undefined {
  const wallMs = Date.parse(text);
  return Number.isNaN(wallMs) ? undefined : wallMs;
}

/** As `Last-Modified` and `Date` carry it. */
export function httpDate(wallMs: number): string {
  return new Date(wallMs).toUTCString();
}

/** As S3's documents carry it, with milliseconds. */
export function isoDate(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
