/** `{{resolve:ssm:name}}` in texts of properties: what is asked of the parameter store when a resource is made or changed. */
import { isList, isRecord } from './values.ts';

export interface DynamicReference {
  /** The whole of it, braces included. */
  readonly text: string;
  readonly service: string;
  /** A name, or `name:version`. */
  readonly name: string;
}

const PATTERN = /\{\{resolve:([a-z-]+):([^{}]+)\}\}/g;

export const DYNAMIC_SERVICES: readonly string[] = ['ssm', 'ssm-secure'];

/** Each once. */
export function dynamicReferencesIn(value: unknown): DynamicReference[] {
  const found = new Map<string, DynamicReference>();
  collect(value, found);
  return [...found.values()];
}

function collect(value: unknown, found: Map<string, DynamicReference>): void {
  if (typeof value === 'string') {
    for (const [text, service, name] of value.matchAll(PATTERN))
      found.set(text, { text, service: service!, name: name! });
  } else if (isList(value)) {
    for (const item of value) collect(item, found);
  } else if (isRecord(value)) {
    for (const item of Object.values(value)) collect(item, found);
  }
}

/** The value with each reference replaced by what `found` says; what is not found stays. */
export function replaceDynamic(value: unknown, found: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.replaceAll(PATTERN, (text) => found.get(text) ?? text);
  if (isList(value)) return value.map((item) => replaceDynamic(item, found));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replaceDynamic(item, found)]));
}
