/** The template as it lies on disk: checked before anything is sent, and asked where a resource or a parameter stands. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import type { Position, Template } from '@crescendo/cloud/templates';
import { CommandFailure, reasonOf, UsageError } from '../failures.ts';
import type { Parameter } from './stack-client.ts';

export interface LocalTemplate {
  readonly path: string;
  readonly text: string;
  readonly template: Template;
  /** `stack.yaml:12:3` of a resource; the path alone when the template does not have it. */
  placeOf(logicalId: string): string;
}

/** Fails with one line a problem: `stack.yaml:12:7: Resources.Group.Properties.MaxSize: ...`. */
export async function readLocalTemplate(path: string): Promise<LocalTemplate> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  });
  const { checkTemplate, parseTemplate, RESOURCE_TYPES } = await import('@crescendo/cloud/templates');
  const template = await withPlaces(path, () => {
    const parsed = parseTemplate(text);
    checkTemplate(parsed, RESOURCE_TYPES);
    return parsed;
  });
  const place = (at: Position | undefined): string =>
    at === undefined ? path : `${path}:${at.line}:${at.column}`;
  return { path, text, template, placeOf: (logicalId) => place(template.resources.get(logicalId)?.at) };
}

async function withPlaces<T>(path: string, work: () => T): Promise<T> {
  const { problemLine, TemplateError } = await import('@crescendo/cloud/templates');
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const lines = error.problems.map((problem) => problemLine(path, problem));
    throw new CommandFailure(`the template cannot be deployed:\n${lines.join('\n')}`, { cause: error });
  }
}

/** `K=V` arguments; what a stack has already and is not given again stays. Fails when a name is unknown or a value is missing. */
export async function parametersFor(
  { path, template }: LocalTemplate,
  given: readonly string[],
  kept: ReadonlySet<string>,
): Promise<Parameter[]> {
  const values = new Map(given.map(parseAssignment));
  const { chooseParameters } = await import('@crescendo/cloud/templates');
  const wanted = new Map([
    ...[...kept]
      .filter((name) => template.parameters.has(name))
      .map((name) => [name, { value: '' }] as const),
    ...[...values].map(([name, value]) => [name, { value }] as const),
  ]);
  await withPlaces(path, () => chooseParameters(template, wanted, new Map()));
  return [...template.parameters.keys()].flatMap((ParameterKey): Parameter[] => {
    const ParameterValue = values.get(ParameterKey);
    if (ParameterValue !== undefined) return [{ ParameterKey, ParameterValue }];
    return kept.has(ParameterKey) ? [{ ParameterKey, UsePreviousValue: true }] : [];
  });
}

function parseAssignment(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new UsageError(`"${text}" is no parameter: give NAME=VALUE, for example --parameters MaxSize=6`);
}

/** The file's name without its ending; for `template.yaml` that of its folder. */
export function defaultStackName(path: string): string {
  const base = basename(path, extname(path));
  const chosen = /^(?:template|index|stack)$/i.test(base) ? basename(dirname(resolve(path))) : base;
  const legal = chosen
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 128);
  return legal === '' ? 'stack' : legal;
}
