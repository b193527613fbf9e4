/** From the tree to the sections. Everything that is wrong with the outer form is told at once. */
import { didYouMean } from './did-you-mean.ts';
import { ProblemList } from './problems.ts';
import { readParameter } from './read-parameter.ts';
import { readRule } from './rules.ts';
import type { MapNode, TemplateNode } from './source.ts';
import { keyPosition, textOf } from './source.ts';
import type { DeletionPolicy, OutputDeclaration, ResourceDeclaration, Template } from './template.ts';
import { DELETION_POLICIES, LIMITS } from './template.ts';

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Transform',
  'Resources',
  'Outputs',
  'Hooks',
];
const RESOURCE_MEMBERS = [
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'CreationPolicy',
  'UpdatePolicy',
  'Metadata',
];
/** Templates that AWS publishes name conditions and rules with hyphens and underscores. */
const FREELY_NAMED = ['Mappings', 'Conditions', 'Rules'];
const OUTPUT_MEMBERS = ['Value', 'Description', 'Condition', 'Export'];
/** `AWS::LanguageExtensions` is done before the sections are read. */
const KNOWN_TRANSFORMS = ['AWS::LanguageExtensions'];

export function readTemplate(root: MapNode): Template {
  const problems = new ProblemList();
  const template = new TemplateReader(problems).read(root);
  problems.throwIfAny();
  return template;
}

class TemplateReader {
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  read(root: MapNode): Template {
    this.#members(root, SECTIONS, '', (name) => `Invalid template property or properties [${name}]`);
    if (root.entries.has('Hooks'))
      this.#problems.add('Section Hooks is not done by this cloud', 'Hooks', keyPosition(root, 'Hooks'));
    const description = this.#description(root);
    const version = this.#version(root);
    const metadata = root.entries.get('Metadata');
    return {
      ...(description !== undefined && { description }),
      ...(version !== undefined && { version }),
      ...(metadata !== undefined && { metadata }),
      transforms: this.#transforms(root),
      parameters: this.#section(root, 'Parameters', LIMITS.parameters, (node, name, path) =>
        readParameter(name, node, path, this.#problems),
      ),
      mappings: this.#section(root, 'Mappings', LIMITS.mappings, (node, _name, path) =>
        this.#mapping(node, path),
      ),
      rules: this.#section(root, 'Rules', Number.POSITIVE_INFINITY, (node, name, path) =>
        readRule(name, node, path, this.#problems),
      ),
      conditions: this.#section(root, 'Conditions', Number.POSITIVE_INFINITY, (node) => node),
      resources: this.#resources(root),
      outputs: this.#section(root, 'Outputs', LIMITS.outputs, (node, name, path) =>
        this.#output(node, name, path),
      ),
    };
  }

  #members(node: MapNode, allowed: readonly string[], path: string, say: (name: string) => string): void {
    for (const [name] of node.entries) {
      if (allowed.includes(name)) continue;
      const at = keyPosition(node, name);
      this.#problems.add(`Template format error: ${say(name)}${didYouMean(name, allowed)}`, path, at);
    }
  }

  #description(root: MapNode): string | undefined {
    const node = root.entries.get('Description');
    const description = textOf(node);
    if (node !== undefined && description === undefined) {
      this.#problems.add("Template format error: 'Description' must be a string", 'Description', node.at);
    }
    if (description !== undefined && Buffer.byteLength(description) > LIMITS.descriptionBytes) {
      this.#problems.add(
        `Template format error: 'Description' is longer than ${LIMITS.descriptionBytes} bytes`,
        'Description',
        node?.at,
      );
    }
    return description;
  }

  #version(root: MapNode): string | undefined {
    const node = root.entries.get('AWSTemplateFormatVersion');
    const version = textOf(node);
    if (node !== undefined && version !== '2010-09-09') {
      this.#problems.add(
        'Template format error: unsupported value for AWSTemplateFormatVersion; the only one is 2010-09-09',
        'AWSTemplateFormatVersion',
        node.at,
      );
    }
    return version;
  }

  #transforms(root: MapNode): string[] {
    const node = root.entries.get('Transform');
    if (node === undefined) return [];
    const names = (node.kind === 'list' ? node.items : [node]).map((item) => textOf(item) ?? 'AWS::Include');
    for (const name of names.filter((one) => !KNOWN_TRANSFORMS.includes(one))) {
      this.#problems.add(
        `Transform ${name} is not done by this cloud: give the transformed template`,
        'Transform',
        node.at,
      );
    }
    return names;
  }

  #section<T>(
    root: MapNode,
    section: string,
    limit: number,
    read: (node: TemplateNode, name: string, path: string) => T | undefined,
  ): ReadonlyMap<string, T> {
    const node = root.entries.get(section);
    const found = new Map<string, T>();
    if (node === undefined || (node.kind === 'scalar' && node.value === null)) return found;
    if (node.kind !== 'map') {
      this.#problems.add(`Template format error: [/${section}] must be a map`, section, node.at);
      return found;
    }
    if (node.entries.size > limit) {
      this.#problems.add(
        `Template format error: Number of ${section.toLowerCase()}, ${node.entries.size}, is greater than maximum allowed, ${limit}`,
        section,
        keyPosition(root, section),
      );
    }
    for (const [name, entry] of node.entries) {
      const path = `${section}.${name}`;
      const legal = /^[A-Za-z0-9]+$/.test(name) && name.length <= LIMITS.logicalIdLength;
      if (!legal && !FREELY_NAMED.includes(section)) {
        this.#problems.add(
          `Template format error: ${section} name ${name} is non alphanumeric.`,
          path,
          keyPosition(node, name),
        );
      }
      const one = read(entry, name, path);
      if (one !== undefined) found.set(name, one);
    }
    return found;
  }

  #mapping(node: TemplateNode, path: string): MapNode | undefined {
    const levels = node.kind === 'map' && [...node.entries.values()].every((entry) => entry.kind === 'map');
    if (levels) return node;
    this.#problems.add(
      'Template format error: a mapping has two levels of keys above its values',
      path,
      node.at,
    );
    return undefined;
  }

  #resources(root: MapNode): ReadonlyMap<string, ResourceDeclaration> {
    const keys = root.entries.get('Resources');
    const positions = keys?.kind === 'map' ? keys : root;
    const resources = this.#section(root, 'Resources', LIMITS.resources, (node, name, path) =>
      this.#resource(node, name, path, positions),
    );
    if (keys === undefined || (keys.kind === 'map' && keys.entries.size === 0) || keys.kind === 'scalar') {
      this.#problems.add(
        'Template format error: At least one Resources member must be defined.',
        'Resources',
        root.at,
      );
    }
    return resources;
  }

  #resource(
    node: TemplateNode,
    logicalId: string,
    path: string,
    section: MapNode,
  ): ResourceDeclaration | undefined {
    const at = keyPosition(section, logicalId);
    if (logicalId.startsWith('Fn::')) {
      this.#problems.add(
        logicalId.startsWith('Fn::ForEach::')
          ? `Template format error: ${logicalId} needs the line "Transform: AWS::LanguageExtensions"`
          : `Template format error: ${logicalId} is not done by this cloud: write the resources out`,
        path,
        at,
      );
      return undefined;
    }
    const type = node.kind === 'map' ? textOf(node.entries.get('Type')) : undefined;
    if (node.kind !== 'map' || type === undefined) {
      this.#problems.add(
        `Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`,
        path,
        at,
      );
      return undefined;
    }
    const members = type.startsWith('Custom::') ? [...RESOURCE_MEMBERS, 'Version'] : RESOURCE_MEMBERS;
    this.#members(node, members, path, (name) => `Invalid template resource property '${name}'`);
    const condition = textOf(node.entries.get('Condition'));
    const [creationPolicy, updatePolicy, metadata] = ['CreationPolicy', 'UpdatePolicy', 'Metadata'].map(
      (name) => node.entries.get(name),
    );
    return {
      logicalId,
      type,
      properties: this.#properties(node, path),
      dependsOn: this.#dependsOn(node, path),
      deletionPolicy: this.#policy(node, 'DeletionPolicy', path),
      updateReplacePolicy: this.#policy(node, 'UpdateReplacePolicy', path),
      ...(condition !== undefined && { condition }),
      ...(creationPolicy !== undefined && { creationPolicy }),
      ...(updatePolicy !== undefined && { updatePolicy }),
      ...(metadata !== undefined && { metadata }),
      at,
    };
  }

  #properties(node: MapNode, path: string): MapNode | undefined {
    const properties = node.entries.get('Properties');
    if (properties === undefined || properties.kind === 'map') return properties;
    if (properties.kind !== 'scalar' || properties.value !== null) {
      this.#problems.add(
        'Template format error: Properties must be a map',
        `${path}.Properties`,
        properties.at,
      );
    }
    return undefined;
  }

  #dependsOn(node: MapNode, path: string): string[] {
    const dependsOn = node.entries.get('DependsOn');
    if (dependsOn === undefined) return [];
    const names = (dependsOn.kind === 'list' ? dependsOn.items : [dependsOn]).map(textOf);
    if (names.every((name) => name !== undefined)) return names;
    this.#problems.add(
      'Template format error: DependsOn must be a string or list of strings.',
      `${path}.DependsOn`,
      dependsOn.at,
    );
    return [];
  }

  #policy(node: MapNode, name: 'DeletionPolicy' | 'UpdateReplacePolicy', path: string): DeletionPolicy {
    const given = node.entries.get(name);
    if (given === undefined) return 'Delete';
    const policy = DELETION_POLICIES.find((one) => one === textOf(given));
    if (policy !== undefined) return policy;
    this.#problems.add(
      `Template format error: Unrecognized ${name} ${textOf(given) ?? ''}; it is one of ${DELETION_POLICIES.join(', ')}`,
      `${path}.${name}`,
      given.at,
    );
    return 'Delete';
  }

  #output(node: TemplateNode, name: string, path: string): OutputDeclaration | undefined {
    const value = node.kind === 'map' ? node.entries.get('Value') : undefined;
    if (node.kind !== 'map' || value === undefined) {
      this.#problems.add(
        `Template format error: Output ${name} is malformed. It needs a Value`,
        path,
        node.at,
      );
      return undefined;
    }
    this.#members(node, OUTPUT_MEMBERS, path, (member) => `Invalid template output property '${member}'`);
    const description = textOf(node.entries.get('Description'));
    const condition = textOf(node.entries.get('Condition'));
    const exported = node.entries.get('Export');
    const exportName = exported?.kind === 'map' ? exported.entries.get('Name') : undefined;
    if (exported !== undefined && exportName === undefined) {
      this.#problems.add(
        `Template format error: Output ${name} is malformed. Export needs a Name`,
        path,
        exported.at,
      );
    }
    return {
      name,
      value,
      ...(description !== undefined && { description }),
      ...(condition !== undefined && { condition }),
      ...(exportName !== undefined && { exportName }),
      at: node.at,
    };
  }
}
