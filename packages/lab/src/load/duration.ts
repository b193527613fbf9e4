/** Durations, as people write them, and numbers in the specs of loads. */
import { badSpec } from './spec-error.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90`, `90s`, `1.5h`, `250ms`, `5m`, `1d`: seconds where no unit is given. In milliseconds. */
export function parseDuration(text: string, what: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/.exec(text.trim()) ?? [];
  const unitMs = UNIT_MS[unit];
  if (number !== undefined && unitMs !== undefined) return Number(number) * unitMs;
  throw badSpec(
    `"${text}" is no duration for ${what}: give a number with ms, s, m, h or d, such as 90s or 1.5h; without a unit it is seconds`,
  );
}

/** A number that is not negative. */
export function parseAmount(text: string, what: string): number {
  const value = /^\d+(?:\.\d+)?(?:e\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw badSpec(`"${text}" is no number for ${what}: give one such as 120 or 0.5`);
}

/** 754 s as `12:34`, an hour and more as `1:02:34`. */
export function clockText(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const [hours, ...rest] = parts;
  if (hours === 0) return `${rest[0]}:${String(rest[1]).padStart(2, '0')}`;
  return [hours, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}
