/**
 * Takes the shapes of operations out of the AWS SDK's clients, which describe them as nested tuples that name each other by
 * functions. The result is text, one shape a line, which costs nothing until a line is needed: importing the client of EC2 alone
 * costs 0.2 s and 76 MB.
 *
 * What is read here is no public interface of the SDK. Everything that is expected of it is checked, so that a new version with
 * another layout fails here and not on the wire.
 */
import { createRequire } from 'node:module';

export interface ShapeSource {
  /** The npm package. */
  readonly client: string;
  /** Names of operations, or all. */
  readonly operations: readonly string[] | 'all';
  /** Of its query protocol, where the client does not name it since it speaks another one. */
  readonly xmlNamespace?: string;
}

interface Settings {
  readonly defaultNamespace: string;
  readonly xmlNamespace?: string;
  readonly version: string;
  readonly serviceTarget: string;
  readonly awsQueryCompatible?: boolean;
}

type Tuple = readonly unknown[];

const OPERATION = 9;
const ERROR = -3;
/** Simple, list, map, structure, union, error. */
const NAMED_KINDS: readonly unknown[] = [0, 1, 2, 3, 4, ERROR];
const require = createRequire(import.meta.url);

/** The text of a shape file. Throws when the client is laid out in another way than is known here. */
export function extractShapes({ client, operations, xmlNamespace }: ShapeSource): string {
  const exported: Readonly<Record<string, unknown>> = require(client);
  const settings = settingsOf(client, exported, xmlNamespace);
  const lines = new Map<string, string>();
  const pending: Tuple[] = [];
  for (const operation of chosenOperations(client, exported, operations)) {
    const [input, output] = [deref(operation[4]), deref(operation[5])];
    lines.set(
      `${String(operation[2])}()`,
      JSON.stringify([reference(input, pending), reference(output, pending)]),
    );
  }
  pending.push(...errorsOf(exported, settings));
  for (let shape = pending.pop(); shape !== undefined; shape = pending.pop()) {
    const name = nameOf(shape);
    if (lines.has(name)) continue;
    lines.set(name, '');
    lines.set(name, JSON.stringify(shapeLine(shape, pending)));
  }
  const sorted = [...lines].sort(([one], [other]) => (one < other ? -1 : 1));
  return `${[JSON.stringify(settings), ...sorted.map(([name, line]) => `${name}\t${line}`)].join('\n')}\n`;
}

function settingsOf(
  client: string,
  exported: Readonly<Record<string, unknown>>,
  queryNamespace: string | undefined,
): Settings {
  const found = Object.entries(exported).find(([name]) => /^[A-Z]\w+Client$/.test(name))?.[1];
  if (typeof found !== 'function') throw new Error(`${client} exports no client`);
  const made = Reflect.construct(found, [
    { region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } },
  ]);
  const settings = made.config?.protocolSettings as Settings | undefined;
  const known = [settings?.defaultNamespace, settings?.version, settings?.serviceTarget];
  if (!known.every((text) => typeof text === 'string'))
    throw layout(client, 'config.protocolSettings', settings);
  const [defaultNamespace, version, serviceTarget] = known as [string, string, string];
  const xmlNamespace = settings?.xmlNamespace ?? queryNamespace;
  const query = xmlNamespace === undefined ? {} : { xmlNamespace };
  const compatible = settings?.awsQueryCompatible === true ? { awsQueryCompatible: true } : {};
  return { defaultNamespace, ...query, version, serviceTarget, ...compatible };
}

function chosenOperations(
  client: string,
  exported: Readonly<Record<string, unknown>>,
  wanted: ShapeSource['operations'],
): Tuple[] {
  const all = Object.values(exported).filter(
    (value): value is Tuple => Array.isArray(value) && value[0] === OPERATION,
  );
  if (all.length === 0) throw layout(client, 'operations', Object.keys(exported).slice(0, 5));
  if (wanted === 'all') return all;
  return wanted.map((name) => {
    const operation = all.find((tuple) => tuple[2] === name);
    if (operation === undefined) throw new Error(`${client} knows no operation ${name}`);
    return operation;
  });
}

/** Those that may be told apart by clients: every error of the service. */
function errorsOf(exported: Readonly<Record<string, unknown>>, settings: Settings): Tuple[] {
  return Object.values(exported).filter(
    (value): value is Tuple =>
      Array.isArray(value) && value[0] === ERROR && value[1] === settings.defaultNamespace,
  );
}

function deref(reference: unknown): unknown {
  return typeof reference === 'function' ? reference() : reference;
}

function isShape(value: unknown): value is Tuple {
  return (
    Array.isArray(value) &&
    value.length >= 5 &&
    NAMED_KINDS.includes(value[0]) &&
    typeof value[1] === 'string'
  );
}

function nameOf(shape: Tuple): string {
  return String(shape[2]);
}

/** A number for a plain type, `unit`, or the name of a shape, which is then `pending`. */
function reference(value: unknown, pending: Tuple[]): unknown {
  const found = deref(value);
  if (typeof found === 'number' || found === 'unit') return found;
  if (!isShape(found)) {
    if (Array.isArray(found) && found[1] === 'unit') return 'unit';
    // `smithy.api#Unit`, as newer clients say it.
    if (Array.isArray(found) && found[2] === 'Unit') return 'unit';
    throw layout('a shape', 'a reference', found);
  }
  pending.push(found);
  return { $: nameOf(found) };
}

/** A member is a reference, or a reference with traits. */
function member(value: unknown, pending: Tuple[]): unknown {
  if (Array.isArray(value) && value.length === 2) return [reference(value[0], pending), value[1]];
  return reference(value, pending);
}

/** The tuple without its namespace. */
function shapeLine(shape: Tuple, pending: Tuple[]): unknown[] {
  const [kind, , name, traits, ...rest] = shape;
  if (kind === 0) return [kind, name, traits, rest[0]];
  if (kind === 1 || kind === 2) return [kind, name, traits, ...rest.map((part) => member(part, pending))];
  const [names, members, required] = rest;
  if (!Array.isArray(names) || !Array.isArray(members) || names.length !== members.length) {
    throw layout(String(name), 'members', rest);
  }
  const count = required === undefined ? [] : [required];
  return [kind, name, traits, names, members.map((one) => member(one, pending)), ...count];
}

function layout(where: string, what: string, found: unknown): Error {
  return new Error(
    `${where}: ${what} is not laid out as this program knows it (found ${JSON.stringify(found)?.slice(0, 200)}). The SDK has changed: adapt extract-shapes.ts, shape-file.ts and the protocols, or keep the versions that package.json pins`,
  );
}
