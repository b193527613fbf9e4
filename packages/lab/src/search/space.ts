/** The settings that a search may choose from. */
import type { LabTemplate } from '../cloud/lab-template.ts';
import { badSpec } from '../load/spec-error.ts';

/** A parameter and its values, from low to high where they are numbers. */
export interface Axis {
  readonly name: string;
  readonly values: readonly string[];
}

export type Space = readonly Axis[];

export const VARY_HELP =
  'NAME=a,b,c (values), NAME=1..20 (whole numbers), NAME=60..600/60 (steps), or NAME alone where the template says AllowedValues, or MinValue and MaxValue';

const MOST_VALUES = 1_000;

/** Fails when the template has no such parameter, or nothing to choose from. */
export function parseAxis(text: string, { path, template }: LabTemplate): Axis {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const parameter = template.parameters.get(name);
  if (parameter === undefined) {
    const all = [...template.parameters.keys()].join(', ');
    throw badSpec(`${path} has no parameter ${name}: its parameters are ${all === '' ? 'none' : all}`);
  }
  if (equals >= 0) return { name, values: parseChoices(text.slice(equals + 1), text) };
  const { allowedValues, minValue, maxValue } = parameter;
  if (allowedValues !== undefined) return { name, values: allowedValues };
  if (minValue !== undefined && maxValue !== undefined)
    return { name, values: range(minValue, maxValue, niceStep(minValue, maxValue), text) };
  throw badSpec(`the template does not say what ${name} may be: give --vary ${VARY_HELP}`);
}

function parseChoices(body: string, text: string): readonly string[] {
  const [, low, high, step] = /^(-?[\d.]+)\.\.(-?[\d.]+)(?:\/([\d.]+))?$/.exec(body) ?? [];
  if (low !== undefined && high !== undefined)
    return range(Number(low), Number(high), Number(step ?? 1), text);
  const values = body.split(',').map((value) => value.trim());
  if (values.every((value) => value !== '')) return [...new Set(values)];
  throw badSpec(`"${text}" gives nothing to choose from: give ${VARY_HELP}`);
}

function range(low: number, high: number, step: number, text: string): string[] {
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  if (!(step > 0) || !(count >= 1) || count > MOST_VALUES)
    throw badSpec(`"${text}" gives no range of 1 to ${MOST_VALUES} values: give ${VARY_HELP}`);
  return Array.from({ length: count }, (_, index) => String(Number((low + index * step).toPrecision(12))));
}

/** At most some twenty steps of 1, 2 or 5 times a power of ten. */
function niceStep(low: number, high: number): number {
  const rough = (high - low) / 20;
  if (rough <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)!;
}

export function sizeOf(space: Space): number {
  return space.reduce((product, { values }) => product * values.length, 1);
}

/** A point of the space, as the index of each axis' value. */
export type Place = readonly number[];

/** In a fixed order: the last axis moves first. */
export function placeAt(space: Space, number: number): Place {
  const place: number[] = [];
  let rest = number;
  for (const { values } of space.toReversed()) {
    place.unshift(rest % values.length);
    rest = Math.floor(rest / values.length);
  }
  return place;
}

export function valuesAt(space: Space, place: Place): Record<string, string> {
  return Object.fromEntries(space.map(({ name, values }, axis) => [name, values[place[axis]!]!]));
}

/** One step on one axis. */
export function neighbours(space: Space, place: Place): Place[] {
  return space.flatMap(({ values }, axis) =>
    [-1, 1]
      .map((step) => place.with(axis, place[axis]! + step))
      .filter((other) => other[axis]! >= 0 && other[axis]! < values.length),
  );
}
