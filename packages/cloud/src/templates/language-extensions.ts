/**
 * The transform `AWS::LanguageExtensions`, from tree to tree: `Fn::ForEach` is written out, and logical ids and deletion policies that
 * are computed become plain texts. All of it may hang on parameters and mappings alone. `Fn::Length`, `Fn::ToJsonString` and
 * `DefaultValue` need nothing here: the evaluator knows them.
 */
import type { Scope } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { templateError } from './problems.ts';
import type { MapNode, Position, TemplateNode } from './source.ts';
import { functionCallOf, keyPosition, textOf } from './source.ts';
import { LIMITS } from './template.ts';
import { isList, UNKNOWN, type Value } from './values.ts';

const LOOP = 'Fn::ForEach::';
const POLICIES = ['DeletionPolicy', 'UpdateReplacePolicy'];

/** Whether the template asks for the transform. */
export function usesLanguageExtensions(root: MapNode): boolean {
  const transform = root.entries.get('Transform');
  const names = transform?.kind === 'list' ? transform.items : transform === undefined ? [] : [transform];
  return names.some((name) => textOf(name) === 'AWS::LanguageExtensions');
}

/**
 * Throws `TemplateError` with the place of a loop that is not as it must be.
 *
 * @param parameters what `Ref` gives of each; a loop over one that is `UNKNOWN` is left out
 */
export function expandLanguageExtensions(root: MapNode, parameters: ReadonlyMap<string, Value>): MapNode {
  return new Expander(root, parameters).template(root);
}

/** What the identifiers of the loops around a place stand for. */
type Bindings = ReadonlyMap<string, string>;

class Expander {
  readonly #scope: Scope;

  constructor(root: MapNode, parameters: ReadonlyMap<string, Value>) {
    this.#scope = parameterScope(root, parameters);
  }

  template(root: MapNode): MapNode {
    return mapEntries(root, ([name, node]) => [
      [name, name === 'Parameters' || name === 'Transform' ? node : this.#node(node, name, new Map())],
    ]);
  }

  #node(node: TemplateNode, path: string, bound: Bindings): TemplateNode {
    if (node.kind === 'scalar')
      return typeof node.value === 'string' ? { ...node, value: fill(node.value, bound) } : node;
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item, index) => this.#node(item, `${path}.${index}`, bound)) };
    const loopless = this.#named(node, path, bound) ?? this.#map(node, path, bound);
    return loopless.kind === 'map' ? this.#plainPolicies(loopless, path) : loopless;
  }

  #map(node: MapNode, path: string, bound: Bindings): MapNode {
    return mapEntries(node, ([name, entry]) =>
      name.startsWith(LOOP)
        ? this.#loop(name, entry, path, bound, keyPosition(node, name))
        : [[fill(name, bound), this.#node(entry, `${path}.${name}`, bound)]],
    );
  }

  /** `Ref` of a loop's identifier is its value; a computed name in `Ref` and `Fn::GetAtt` becomes a plain one. */
  #named(node: MapNode, path: string, bound: Bindings): TemplateNode | undefined {
    const call = functionCallOf(node);
    if (call?.name !== 'Ref' && call?.name !== 'Fn::GetAtt') return undefined;
    const value = call.name === 'Ref' ? bound.get(textOf(call.argument) ?? '') : undefined;
    if (value !== undefined) return { kind: 'scalar', value, at: node.at };
    const argument = this.#node(call.argument, path, bound);
    const [first, ...rest] = argument.kind === 'list' ? argument.items : [];
    const plain =
      argument.kind === 'list' && first !== undefined
        ? { ...argument, items: [this.#plain(first, path), ...rest] }
        : this.#plain(argument, path);
    return { ...node, entries: new Map([[call.name, plain]]) };
  }

  #plainPolicies(node: MapNode, path: string): MapNode {
    if (!/^Resources\.[^.]+$/.test(path)) return node;
    return mapEntries(node, ([name, entry]) => [
      [name, POLICIES.includes(name) ? this.#plain(entry, `${path}.${name}`) : entry],
    ]);
  }

  #plain(node: TemplateNode, path: string): TemplateNode {
    if (node.kind !== 'map') return node;
    return { kind: 'scalar', value: this.#text(node, path), at: node.at };
  }

  #text(node: TemplateNode, path: string): string {
    const value = this.#value(node, path);
    if (value === UNKNOWN) return '';
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw templateError(
      'Template error: this must be a text that follows from parameters and mappings',
      path,
      node.at,
    );
  }

  #value(node: TemplateNode, path: string): Value {
    return evaluate(node, this.#scope, path);
  }

  #loop(
    name: string,
    node: TemplateNode,
    outer: string,
    bound: Bindings,
    at: Position,
  ): [string, TemplateNode][] {
    const path = `${outer}.${name}`;
    const [identifier, collection, body] = node.kind === 'list' ? node.items : [];
    const variable = textOf(identifier);
    if (node.kind !== 'list' || node.items.length !== 3 || variable === undefined || body?.kind !== 'map') {
      const message = `Template error: ${name} needs a list of an identifier, a collection and a map with one key`;
      throw templateError(message, path, at);
    }
    if (bound.has(variable)) {
      throw templateError(
        `Template error: the identifier ${variable} is that of a loop around this one`,
        path,
        at,
      );
    }
    return this.#elements(collection!, path, bound).flatMap((element) => [
      ...this.#map(body, outer, new Map([...bound, [variable, element]])).entries,
    ]);
  }

  #elements(node: TemplateNode, path: string, bound: Bindings): string[] {
    const list = this.#value(this.#node(node, path, bound), path);
    if (list === UNKNOWN) return [];
    const texts = isList(list)
      ? list.map((one) => (typeof one === 'number' ? String(one) : one))
      : [undefined];
    if (texts.length > LIMITS.resources || !texts.every((text) => typeof text === 'string')) {
      const message = `Template error: a collection of Fn::ForEach is a list of at most ${LIMITS.resources} texts`;
      throw templateError(message, path, node.at);
    }
    return texts as string[];
  }
}

/** `\${X}` becomes the value, `&{X}` the value without what a logical id may not have. */
function fill(text: string, bound: Bindings): string {
  return text.replace(/([$&])\{([A-Za-z0-9]+)\}/g, (whole, sign: string, name: string) => {
    const value = bound.get(name);
    if (value === undefined) return whole;
    return sign === '$' ? value : value.replace(/[^A-Za-z0-9]/g, '');
  });
}

/** A map again from what each entry becomes; what comes twice is an error. */
function mapEntries(
  node: MapNode,
  change: (entry: readonly [string, TemplateNode]) => readonly (readonly [string, TemplateNode])[],
): MapNode {
  const entries = new Map<string, TemplateNode>();
  const keyPositions = new Map<string, Position>();
  for (const entry of node.entries) {
    const at = keyPosition(node, entry[0]);
    for (const [name, value] of change(entry)) {
      if (entries.has(name))
        throw templateError(`Template error: ${name} comes twice once Fn::ForEach is written out`, '', at);
      entries.set(name, value);
      keyPositions.set(name, at);
    }
  }
  return { kind: 'map', entries, keyPositions, at: node.at };
}

function parameterScope(root: MapNode, parameters: ReadonlyMap<string, Value>): Scope {
  const mappings = root.entries.get('Mappings');
  const level = (node: TemplateNode | undefined, key: string): TemplateNode | undefined =>
    node?.kind === 'map' ? node.entries.get(key) : undefined;
  return {
    reference: (name) => parameters.get(name),
    attribute: () => undefined,
    mapped: (mapping, first, second) => level(level(level(mappings, mapping), first), second),
    condition: (_name, path, at) => {
      throw templateError(
        'Template error: a condition cannot be used where a loop needs its value',
        path,
        at,
      );
    },
    imported: () => undefined,
    zones: () => [],
    region: '',
  };
}
