/**
 * A template as it was written: values with the place where each stands. Short forms such as `!Ref X` have become long ones, so
 * whoever reads a tree knows one form only. YAML and JSON give the same tree.
 */

/** Both count from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly at: Position;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly TemplateNode[];
  readonly at: Position;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, TemplateNode>;
  readonly keyPositions: ReadonlyMap<string, Position>;
  readonly at: Position;
}

export type TemplateNode = ScalarNode | ListNode | MapNode;

/** Where the key of an entry stands; the map itself when there is none. */
export function keyPosition(map: MapNode, key: string): Position {
  return map.keyPositions.get(key) ?? map.at;
}

export interface FunctionCall {
  /** `Ref`, or with its prefix: `Fn::Sub`. */
  readonly name: string;
  readonly argument: TemplateNode;
  readonly at: Position;
}

/** A map whose only key is `Ref` or begins with `Fn::` is a call of that function, whoever reads it. */
export function functionCallOf(node: TemplateNode): FunctionCall | undefined {
  if (node.kind !== 'map' || node.entries.size !== 1) return undefined;
  const [name, argument] = [...node.entries][0]!;
  if (name !== 'Ref' && !name.startsWith('Fn::')) return undefined;
  return { name, argument, at: node.at };
}

/** The text of a scalar that is a string, a number or a boolean. */
export function textOf(node: TemplateNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? String(node.value) : undefined;
}

/** Plain data, long forms kept: what `Metadata` and `GetTemplate` show. */
export function plainOf(node: TemplateNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainOf);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainOf(entry)]));
}
