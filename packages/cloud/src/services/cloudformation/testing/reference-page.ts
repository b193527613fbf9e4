/** The parts of docs/reference/cloudformation.md that follow from the code. */
import type { Members, Property, ResourceType, Shape } from '../../../templates/index.ts';
import { FUNCTION_NAMES, RESOURCE_TYPES } from '../../../templates/index.ts';

export function functionList(): string {
  return FUNCTION_NAMES.concat(['Fn::And', 'Fn::Or', 'Fn::Not', 'Fn::Equals'])
    .filter((name, index, all) => all.indexOf(name) === index)
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(', ');
}

/** A heading and a table for each type. */
export function resourceTables(): string {
  return [...RESOURCE_TYPES.values()].map(resourceTable).join('\n\n');
}

function resourceTable(type: ResourceType): string {
  if (type.refused !== undefined) return `### ${type.name}\n\nRefused: ${type.refused}.`;
  const attributes =
    type.attributes.length === 0 ? 'nothing' : type.attributes.map((name) => `\`${name}\``).join(', ');
  const about = [
    `\`Ref\` gives ${type.reference}; \`Fn::GetAtt\` gives ${attributes}.`,
    ...(type.inert === undefined ? [] : [`**Inert**: ${type.inert}.`]),
    ...(type.creationPolicy === true ? ['`CreationPolicy` is done.'] : []),
    ...(type.updatePolicy === true ? ['`UpdatePolicy` is done.'] : []),
  ].join(' ');
  const rows = propertyRows(type.properties, '');
  if (rows.length === 0) return `### ${type.name}\n\n${about}`;
  return [
    `### ${type.name}`,
    '',
    about,
    '',
    '| property | type | a change | here |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function propertyRows(members: Members, prefix: string): string[] {
  return Object.entries(members)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, property]) => {
      const path = `${prefix}${name}`;
      const row = `| ${property.required && prefix === '' ? `**${path}**` : path} | ${shapeText(property.shape)} | ${prefix === '' ? changeText(property) : ''} | ${hereText(property)} |`;
      // Of members only those are worth a line that do less than one would think.
      const own = prefix === '' || property.support !== 'done' ? [row] : [];
      return [...own, ...(property.support === 'done' ? innerRows(property.shape, path) : [])];
    });
}

function innerRows(shape: Shape, path: string): string[] {
  if (shape.kind === 'record') return propertyRows(shape.members, `${path}.`);
  return shape.kind === 'list' || shape.kind === 'map' ? innerRows(shape.of, path) : [];
}

function shapeText(shape: Shape): string {
  switch (shape.kind) {
    case 'string':
      return shape.allowed === undefined ? 'string' : shape.allowed.map((one) => `\`${one}\``).join(', ');
    case 'integer':
      return `integer${range(shape)}`;
    case 'json':
      return 'JSON';
    case 'record':
      return 'map of properties';
    case 'list':
      return `list of ${shape.of.kind === 'record' ? 'maps' : shapeText(shape.of)}`;
    case 'map':
      return `map of ${shapeText(shape.of)}`;
    default:
      return shape.kind;
  }
}

function range({ least, most }: { readonly least?: number; readonly most?: number }): string {
  if (least === undefined && most === undefined) return '';
  return most === undefined ? `, at least ${least}` : `, ${least ?? 0} to ${most}`;
}

function changeText({ update, support }: Property): string {
  if (support === 'refused') return '';
  return { none: 'in place', some: 'interrupts', replacement: 'replaces' }[update];
}

function hereText({ support, note }: Property): string {
  return support === 'done' ? 'done' : `${support}: ${note}`;
}
