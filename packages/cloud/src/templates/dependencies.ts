/** Which resource needs which: what `DependsOn` says and what `Ref`, `Fn::GetAtt` and `Fn::Sub` say by the way. */
import type { Scope } from './evaluate.ts';
import { attributeNames, subArguments } from './evaluate.ts';
import { ProblemList, templateError } from './problems.ts';
import type { TemplateNode } from './source.ts';
import { functionCallOf, textOf } from './source.ts';
import { parseSub } from './sub-text.ts';
import type { ResourceDeclaration, Template } from './template.ts';

/** For each resource that will exist, the others that must exist before it. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

export interface NamedReference {
  readonly name: string;
  /** Present for `Fn::GetAtt`, unless it is computed. */
  readonly attribute?: string;
  readonly node: TemplateNode;
  readonly path: string;
}

/** Every name that a tree refers to. `takesBranch` tells which branches of `Fn::If` count: 'both' for a static look. */
export function* referencesIn(
  node: TemplateNode,
  path: string,
  branches: ((condition: string, node: TemplateNode) => boolean) | 'both',
): Generator<NamedReference> {
  const call = functionCallOf(node);
  if (call?.name === 'Ref') {
    yield { name: textOf(call.argument) ?? '', node, path };
  } else if (call?.name === 'Fn::GetAtt') {
    const [name, attribute] = attributeNames(call.argument, path, call.at, textOf);
    yield { name, node, path, ...(attribute !== undefined && { attribute }) };
    if (call.argument.kind === 'list') yield* referencesIn(call.argument.items[1]!, path, branches);
  } else if (call?.name === 'Fn::Sub') {
    yield* subReferences(node, path, branches);
  } else if (call?.name === 'Fn::If' && branches !== 'both' && call.argument.kind === 'list') {
    const [name, whenTrue, whenFalse] = call.argument.items;
    const taken = branches(textOf(name) ?? '', node) ? whenTrue : whenFalse;
    if (taken !== undefined) yield* referencesIn(taken, path, branches);
  } else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) yield* referencesIn(item, `${path}.${index}`, branches);
  } else if (node.kind === 'map') {
    for (const [name, entry] of node.entries)
      yield* referencesIn(entry, call === undefined ? `${path}.${name}` : path, branches);
  }
}

function* subReferences(
  node: TemplateNode,
  path: string,
  branches: ((condition: string, node: TemplateNode) => boolean) | 'both',
): Generator<NamedReference> {
  const { argument, at } = functionCallOf(node)!;
  const [text, variables] = subArguments(argument, path, at);
  for (const part of parseSub(text)) {
    if (typeof part === 'string' || variables.has(part.name)) continue;
    const dot = part.name.indexOf('.');
    if (dot < 0) yield { name: part.name, node, path };
    else yield { name: part.name.slice(0, dot), attribute: part.name.slice(dot + 1), node, path };
  }
  for (const value of variables.values()) yield* referencesIn(value, path, branches);
}

/**
 * The graph of the given resources, whose conditions hold. Throws `TemplateError` when one needs a resource that will not exist,
 * and names the circle when there is one.
 */
export function dependencyGraph(template: Template, live: readonly string[], scope: Scope): DependencyGraph {
  const graph = new Map<string, readonly string[]>();
  const exists = new Set(live);
  const problems = new ProblemList();
  for (const logicalId of live) {
    const resource = template.resources.get(logicalId)!;
    graph.set(logicalId, [...(problems.attempt(() => neededBy(resource, template, exists, scope)) ?? [])]);
  }
  problems.throwIfAny();
  assertNoCircle(graph, template);
  return graph;
}

function neededBy(
  resource: ResourceDeclaration,
  template: Template,
  exists: ReadonlySet<string>,
  scope: Scope,
): Set<string> {
  const needed = new Set<string>();
  const base = `Resources.${resource.logicalId}`;
  const need = (name: string, path: string, at: TemplateNode['at']): void => {
    if (!template.resources.has(name)) return;
    if (!exists.has(name)) {
      throw templateError(
        `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
        path,
        at,
      );
    }
    needed.add(name);
  };
  // A DependsOn of a resource whose condition does not hold is passed over, as CloudFormation does.
  for (const name of resource.dependsOn) if (exists.has(name)) needed.add(name);
  const trees = [
    [resource.properties, 'Properties'],
    [resource.creationPolicy, 'CreationPolicy'],
    [resource.updatePolicy, 'UpdatePolicy'],
    [resource.metadata, 'Metadata'],
  ] as const;
  for (const [tree, name] of trees) {
    if (tree === undefined) continue;
    const path = `${base}.${name}`;
    const takes = (condition: string, node: TemplateNode): boolean =>
      scope.condition(condition, path, node.at);
    for (const reference of referencesIn(tree, path, takes))
      need(reference.name, reference.path, reference.node.at);
  }
  return needed;
}

function assertNoCircle(graph: DependencyGraph, template: Template): void {
  const circle = findCircle(graph);
  if (circle === undefined) return;
  const names = [...new Set(circle)].sort().join(', ');
  throw templateError(
    `Circular dependency between resources: [${names}] (${circle.join(' -> ')})`,
    `Resources.${circle[0]}`,
    template.resources.get(circle[0]!)?.at,
  );
}

/** The first circle in the order of the graph, its first name again at its end. */
export function findCircle(graph: DependencyGraph): string[] | undefined {
  const finished = new Set<string>();
  const open: string[] = [];
  const visit = (name: string): string[] | undefined => {
    if (finished.has(name)) return undefined;
    const start = open.indexOf(name);
    if (start >= 0) return [...open.slice(start), name];
    open.push(name);
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    open.pop();
    finished.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = visit(name);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
