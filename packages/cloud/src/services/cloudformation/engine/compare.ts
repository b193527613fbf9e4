/** What a change of a resource's properties leads to. Pure. */
import type { ResourceType } from '../../../templates/index.ts';
import { hasUnknown, sameValue } from '../../../templates/index.ts';
import type { Tag } from '../state/stack-records.ts';

export interface PropertyChange {
  readonly name: string;
  readonly update: 'none' | 'some' | 'replacement';
  /** It may turn out to be no change: part of it is known only later. */
  readonly uncertain: boolean;
}

type Properties = Readonly<Record<string, unknown>>;

export function changedProperties(
  type: ResourceType,
  before: Properties,
  after: Properties,
): PropertyChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => !sameValue(before[name], after[name]))
    .map((name) => ({
      name,
      update: type.properties[name]?.update ?? 'none',
      uncertain: hasUnknown(after[name]),
    }));
}

/** Resources that can carry tags follow the stack's. */
export function tagsMatter(type: ResourceType): boolean {
  return type.properties['Tags'] !== undefined && type.inert === undefined;
}

export function sameTags(one: readonly Tag[], other: readonly Tag[]): boolean {
  const sorted = (tags: readonly Tag[]): string =>
    JSON.stringify(tags.map(({ Key, Value }) => `${Key}=${Value}`).sort());
  return sorted(one) === sorted(other);
}
