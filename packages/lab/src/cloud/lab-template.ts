/** A template that is looked at in the laboratory: its text, what it is called, and the values of its parameters. */
import {
  checkTemplate,
  chooseParameters,
  parseTemplate,
  problemLine,
  RESOURCE_TYPES,
  storedType,
  type Template,
  TemplateError,
} from '@crescendo/cloud/templates';
import { badSpec } from '../load/spec-error.ts';

export interface LabTemplate {
  readonly path: string;
  readonly text: string;
  readonly template: Template;
}

/** Fails with one line for each problem, `FILE:LINE:COLUMN: PROPERTY: REASON`. */
export function readTemplate(path: string, text: string): LabTemplate {
  return withPlaces(path, () => {
    const template = parseTemplate(text);
    checkTemplate(template, RESOURCE_TYPES);
    return { path, text, template };
  });
}

/** Fails when a name is unknown or a value is missing. */
export function checkParameters(
  { path, template }: LabTemplate,
  values: Readonly<Record<string, string>>,
): void {
  const given = new Map(Object.entries(values).map(([name, value]) => [name, { value }] as const));
  withPlaces(path, () => chooseParameters(template, given, new Map()));
}

/** Ids of images that the template or the values name, whichever cloud knows them. */
export function imagesOf({ text }: LabTemplate, values: Readonly<Record<string, string>>): string[] {
  const named = [text, ...Object.values(values)].flatMap((one) => one.match(/\bami-[A-Za-z0-9-]+/g) ?? []);
  return [...new Set([...named, ...OWN_IMAGES])];
}

const OWN_IMAGES = ['ami-crescendo', 'ami-minimal'];

/** Names in the parameter store that parameters of the template read. */
export function storedParameters(
  { template }: LabTemplate,
  values: Readonly<Record<string, string>>,
): string[] {
  return [...template.parameters.values()]
    .filter(({ type }) => storedType(type) !== undefined)
    .map((parameter) => values[parameter.name] ?? parameter.default)
    .filter((name) => name !== undefined);
}

function withPlaces<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const lines = error.problems.map((problem) => problemLine(path, problem));
    throw badSpec(`the template cannot be simulated:\n${lines.join('\n')}`);
  }
}
