/**
 * From the tree of a template to values: the intrinsic functions. What a resource is called and what its attributes are is asked of the
 * scope, which answers `UNKNOWN` until the resource exists; a function of something unknown is unknown.
 */

import { cidrBlocks } from './cidr.ts';
import { templateError } from './problems.ts';
import { describeKind } from './property-shape.ts';
import type { FunctionCall, MapNode, Position, TemplateNode } from './source.ts';
import { functionCallOf, textOf } from './source.ts';
import { parseSub } from './sub-text.ts';
import { isList, isRecord, NO_VALUE, UNKNOWN, type Value } from './values.ts';

export interface Scope {
  /** What `Ref` gives: of a parameter, a pseudo parameter or a resource; undefined when there is no such name. */
  reference(name: string): Value | undefined;
  /** What `Fn::GetAtt` gives; undefined when there is no such resource or attribute. */
  attribute(logicalId: string, name: string): Value | undefined;
  /** The mapping's entry; undefined when there is none. */
  mapped(mapping: string, first: string, second: string): TemplateNode | undefined;
  /** Throws `TemplateError` when there is no such condition. */
  condition(name: string, path: string, at: Position): boolean;
  /** What another stack exports under the name; undefined when none does. */
  imported(name: string): Value | undefined;
  zones(region: string): readonly string[];
  readonly region: string;
}

/** Throws `TemplateError` with the place. */
export function evaluate(node: TemplateNode, scope: Scope, path: string): Value {
  return new Evaluator(scope).value(node, path);
}

type Handler = (evaluator: Evaluator, call: FunctionCall, path: string) => Value;

const HANDLERS: Readonly<Record<string, Handler>> = {
  Ref: (evaluator, { argument, at }, path) => evaluator.reference(argument, path, at),
  'Fn::GetAtt': (evaluator, call, path) => evaluator.attribute(call, path),
  'Fn::Sub': (evaluator, call, path) => evaluator.substitute(call, path),
  'Fn::Join': (evaluator, call, path) => evaluator.join(call, path),
  'Fn::Split': (evaluator, call, path) => evaluator.split(call, path),
  'Fn::Select': (evaluator, call, path) => evaluator.select(call, path),
  'Fn::If': (evaluator, call, path) => evaluator.choose(call, path),
  'Fn::FindInMap': (evaluator, call, path) => evaluator.findInMap(call, path),
  'Fn::Base64': (evaluator, { argument }, path) =>
    evaluator.map(evaluator.text(argument, path, 'Fn::Base64'), (text) =>
      Buffer.from(text, 'utf8').toString('base64'),
    ),
  'Fn::Cidr': (evaluator, call, path) => evaluator.cidr(call, path),
  // Without a region it is the stack's.
  'Fn::GetAZs': (evaluator, { argument }, path) =>
    evaluator.map(
      evaluator.value(argument, path) === null ? '' : evaluator.text(argument, path, 'Fn::GetAZs'),
      (region) => evaluator.zones(region),
    ),
  'Fn::ImportValue': (evaluator, call, path) => evaluator.imported(call, path),
  'Fn::Length': (evaluator, { argument, at }, path) => {
    const list = evaluator.value(argument, path);
    if (list === UNKNOWN) return UNKNOWN;
    if (isList(list)) return list.length;
    throw templateError('Template error: Fn::Length needs a list', path, at);
  },
  'Fn::ToJsonString': (evaluator, { argument }, path) =>
    evaluator.map(evaluator.value(argument, path), (value) => JSON.stringify(value)),
  ...Object.fromEntries(
    ['Fn::And', 'Fn::Or', 'Fn::Not', 'Fn::Equals'].map((name): [string, Handler] => [
      name,
      (_evaluator, { at }, path) => {
        throw templateError(
          `Template error: ${name} is allowed in the section Conditions and inside Fn::If only`,
          path,
          at,
        );
      },
    ]),
  ),
};

/** Functions that a template may call; others are refused by name. */
export const FUNCTION_NAMES: readonly string[] = Object.keys(HANDLERS);

class Evaluator {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  value(node: TemplateNode, path: string): Value {
    if (node.kind === 'scalar') return node.value;
    const call = functionCallOf(node);
    if (call !== undefined) return this.#call(call, path);
    if (node.kind === 'list') return this.#list(node.items, path);
    return this.#record(node, path);
  }

  #call(call: FunctionCall, path: string): Value {
    const handler = HANDLERS[call.name];
    if (handler !== undefined) return handler(this, call, path);
    throw templateError(`Template error: ${call.name} is not done by this cloud`, path, call.at);
  }

  #list(items: readonly TemplateNode[], path: string): Value {
    return items
      .map((item, index) => this.value(item, `${path}.${index}`))
      .filter((item) => item !== NO_VALUE);
  }

  #record(node: MapNode, path: string): Value {
    const values: Record<string, Value> = {};
    for (const [name, entry] of node.entries) {
      const value = this.value(entry, `${path}.${name}`);
      if (value !== NO_VALUE) values[name] = value;
    }
    return values;
  }

  /** Applies a function to what is known. */
  map<T extends Value>(value: T, work: (known: Exclude<T, typeof UNKNOWN>) => Value): Value {
    return value === UNKNOWN ? UNKNOWN : work(value as Exclude<T, typeof UNKNOWN>);
  }

  /** A value that must be one text. */
  text(node: TemplateNode, path: string, what: string): string | typeof UNKNOWN {
    return asText(this.value(node, path), path, node.at, what);
  }

  reference(argument: TemplateNode, path: string, at: Position): Value {
    const name = textOf(argument);
    const found = name === undefined ? undefined : this.#scope.reference(name);
    if (found !== undefined) return found;
    throw templateError(
      `Template format error: Unresolved resource dependencies [${name}] in the template`,
      path,
      at,
    );
  }

  attribute({ argument, at }: FunctionCall, path: string): Value {
    const [logicalId, name] = attributeNames(argument, path, at, (node) =>
      this.text(node, path, 'Fn::GetAtt'),
    );
    if (name === UNKNOWN) return UNKNOWN;
    const found = this.#scope.attribute(logicalId, name);
    if (found !== undefined) return found;
    throw templateError(
      `Template error: Fn::GetAtt finds no attribute ${name} of resource ${logicalId}`,
      path,
      at,
    );
  }

  substitute({ argument, at }: FunctionCall, path: string): Value {
    const [template, variables] = subArguments(argument, path, at);
    const own = new Map<string, string | typeof UNKNOWN>();
    for (const [name, node] of variables) own.set(name, this.text(node, path, `Fn::Sub variable ${name}`));
    let text = '';
    for (const part of parseSub(template)) {
      const piece =
        typeof part === 'string' ? part : (own.get(part.name) ?? this.#named(part.name, path, at));
      if (piece === UNKNOWN) return UNKNOWN;
      text += piece;
    }
    return text;
  }

  #named(name: string, path: string, at: Position): string | typeof UNKNOWN {
    const dot = name.indexOf('.');
    const found =
      dot < 0 ? this.#scope.reference(name) : this.#scope.attribute(name.slice(0, dot), name.slice(dot + 1));
    if (found !== undefined) return asText(found, path, at, `\${${name}}`);
    throw templateError(
      `Template format error: Unresolved resource dependencies [${name}] in Fn::Sub`,
      path,
      at,
    );
  }

  join(call: FunctionCall, path: string): Value {
    const [delimiterNode, listNode] = this.#arguments(call, path, 2);
    const delimiter = this.text(delimiterNode!, path, 'Fn::Join delimiter');
    const list = this.#listOf(listNode!, path, 'Fn::Join');
    if (delimiter === UNKNOWN || list === UNKNOWN) return UNKNOWN;
    const texts = list.map((item) => asText(item, path, call.at, 'an element of Fn::Join'));
    return texts.some((text) => text === UNKNOWN) ? UNKNOWN : texts.join(delimiter);
  }

  split(call: FunctionCall, path: string): Value {
    const [delimiterNode, sourceNode] = this.#arguments(call, path, 2);
    const delimiter = this.text(delimiterNode!, path, 'Fn::Split delimiter');
    const source = this.text(sourceNode!, path, 'Fn::Split source');
    return delimiter === UNKNOWN || source === UNKNOWN ? UNKNOWN : source.split(delimiter);
  }

  select(call: FunctionCall, path: string): Value {
    const [indexNode, listNode] = this.#arguments(call, path, 2);
    const index = this.text(indexNode!, path, 'Fn::Select index');
    const list = this.#listOf(listNode!, path, 'Fn::Select');
    if (index === UNKNOWN || list === UNKNOWN) return UNKNOWN;
    const chosen = /^\d+$/.test(index) ? list[Number(index)] : undefined;
    if (chosen !== undefined) return chosen;
    throw templateError(
      `Template error: Fn::Select cannot select nonexistent value at index ${index} of ${list.length} values`,
      path,
      call.at,
    );
  }

  choose(call: FunctionCall, path: string): Value {
    const [name, whenTrue, whenFalse] = this.#arguments(call, path, 3);
    const condition = textOf(name);
    if (condition === undefined)
      throw templateError('Template error: Fn::If needs the name of a condition', path, call.at);
    return this.value(this.#scope.condition(condition, path, call.at) ? whenTrue! : whenFalse!, path);
  }

  findInMap(call: FunctionCall, path: string): Value {
    const nodes = call.argument.kind === 'list' ? call.argument.items : [];
    if (nodes.length < 3 || nodes.length > 4) {
      throw templateError(
        'Template error: Fn::FindInMap needs a mapping and two keys, and may have a DefaultValue',
        path,
        call.at,
      );
    }
    const names = nodes.slice(0, 3).map((node) => this.text(node, path, 'Fn::FindInMap'));
    const [mapping, first, second] = names;
    if (mapping === UNKNOWN || first === UNKNOWN || second === UNKNOWN) return UNKNOWN;
    const found = this.#scope.mapped(mapping!, first!, second!);
    if (found !== undefined) return this.value(found, path);
    const fallback = nodes[3]?.kind === 'map' ? nodes[3].entries.get('DefaultValue') : undefined;
    if (fallback !== undefined) return this.value(fallback, path);
    throw templateError(
      `Template error: Unable to get mapping for ${mapping}::${first}::${second}`,
      path,
      call.at,
    );
  }

  cidr(call: FunctionCall, path: string): Value {
    const nodes = call.argument.kind === 'list' ? call.argument.items : [];
    if (nodes.length < 2 || nodes.length > 3) {
      throw templateError(
        'Template error: Fn::Cidr needs [ipBlock, count] or [ipBlock, count, cidrBits]',
        path,
        call.at,
      );
    }
    const texts = nodes.map((node) => this.text(node, path, 'Fn::Cidr'));
    if (texts.some((text) => text === UNKNOWN)) return UNKNOWN;
    const [block, count, bits] = texts as string[];
    const blocks = cidrBlocks(block!, Number(count), Number(bits ?? 8));
    if (typeof blocks !== 'string') return blocks;
    throw templateError(`Template error: Fn::Cidr: ${blocks}`, path, call.at);
  }

  imported({ argument, at }: FunctionCall, path: string): Value {
    const name = this.text(argument, path, 'Fn::ImportValue');
    if (name === UNKNOWN) return UNKNOWN;
    const found = this.#scope.imported(name);
    if (found !== undefined) return found;
    throw templateError(`No export named ${name} found`, path, at);
  }

  zones(region: string): Value {
    return [...this.#scope.zones(region === '' ? this.#scope.region : region)];
  }

  #arguments({ name, argument, at }: FunctionCall, path: string, count: number): readonly TemplateNode[] {
    if (argument.kind === 'list' && argument.items.length === count) return argument.items;
    throw templateError(`Template error: ${name} needs a list of ${count} arguments`, path, at);
  }

  #listOf(node: TemplateNode, path: string, what: string): readonly Value[] | typeof UNKNOWN {
    const list = this.value(node, path);
    if (list === UNKNOWN) return UNKNOWN;
    if (isList(list)) return list as readonly Value[];
    throw templateError(
      `Template error: ${what} needs a list, and this is ${describeKind(list)}`,
      path,
      node.at,
    );
  }
}

function asText(value: Value, path: string, at: Position, what: string): string | typeof UNKNOWN {
  if (value === UNKNOWN) return UNKNOWN;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  const kind = value === NO_VALUE ? 'AWS::NoValue' : isRecord(value) ? 'a map' : describeKind(value);
  throw templateError(`Template error: ${what} must be a string, and this is ${kind}`, path, at);
}

/** Both forms of `Fn::Sub`. */
export function subArguments(
  argument: TemplateNode,
  path: string,
  at: Position,
): readonly [string, ReadonlyMap<string, TemplateNode>] {
  const text = textOf(argument);
  if (text !== undefined) return [text, new Map()];
  const [template, variables] = argument.kind === 'list' ? argument.items : [];
  const templateText = textOf(template);
  if (
    argument.kind === 'list' &&
    argument.items.length === 2 &&
    templateText !== undefined &&
    variables?.kind === 'map'
  ) {
    return [templateText, variables.entries];
  }
  throw templateError(
    'Template error: Fn::Sub needs a string, or a list of a string and a map of variables',
    path,
    at,
  );
}

/** `[logicalId, attribute]`; the attribute's name may be computed, the resource's not. */
export function attributeNames<T>(
  argument: TemplateNode,
  path: string,
  at: Position,
  attributeText: (node: TemplateNode) => T,
): readonly [string, T | string] {
  const text = textOf(argument);
  if (text?.includes('.')) return [text.slice(0, text.indexOf('.')), text.slice(text.indexOf('.') + 1)];
  const [resource, attribute] = argument.kind === 'list' ? argument.items : [];
  const logicalId = textOf(resource);
  if (
    argument.kind === 'list' &&
    argument.items.length === 2 &&
    logicalId !== undefined &&
    attribute !== undefined
  ) {
    return [logicalId, attributeText(attribute)];
  }
  throw templateError(
    'Template error: Fn::GetAtt needs the name of a resource and the name of an attribute',
    path,
    at,
  );
}
