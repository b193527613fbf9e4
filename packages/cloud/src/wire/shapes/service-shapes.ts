/**
 * The shapes of one service, read from its file: a line each, parsed when it is first needed.
 *
 * It does not know protocols. What it gives are the tuples that the SDK's own codecs take, with references as functions.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Schema = number | string | readonly unknown[] | (() => Schema);

export interface ShapeSettings {
  readonly defaultNamespace: string;
  /** Absent when the service has no query protocol. */
  readonly xmlNamespace?: string;
  /** As in the parameter `Version` of the query protocols. */
  readonly version: string;
  /** In front of the operation in `X-Amz-Target`, and in the paths of rpc-v2. */
  readonly serviceTarget: string;
  /** Its JSON and CBOR carry the codes of its older query protocol in a header. */
  readonly awsQueryCompatible?: boolean;
}

export interface OperationShapes {
  readonly input: Schema;
  readonly output: Schema;
}

export interface ErrorShape {
  /** As JSON and CBOR name it. */
  readonly name: string;
  /** As the query protocols name it. */
  readonly queryCode: string;
  /** Of the query protocols. */
  readonly statusCode: number | undefined;
}

interface ErrorTraits {
  readonly awsQueryError?: readonly [string, number];
}

const ERROR = -3;

export class ServiceShapes {
  readonly settings: ShapeSettings;
  readonly #lines = new Map<string, string>();
  readonly #schemas = new Map<string, Schema>();
  #errors: ReadonlyMap<string, ErrorShape> | undefined;

  constructor(text: string) {
    const [header, ...lines] = text.trimEnd().split('\n');
    this.settings = JSON.parse(header!);
    for (const line of lines) {
      const tab = line.indexOf('\t');
      this.#lines.set(line.slice(0, tab), line.slice(tab + 1));
    }
  }

  operation(name: string): OperationShapes | undefined {
    const line = this.#lines.get(`${name}()`);
    if (line === undefined) return undefined;
    const [input, output] = JSON.parse(line) as [unknown, unknown];
    return { input: this.#reference(input), output: this.#reference(output) };
  }

  /** By either of its names. */
  error(code: string): ErrorShape | undefined {
    this.#errors ??= this.#readErrors();
    return this.#errors.get(code);
  }

  #readErrors(): ReadonlyMap<string, ErrorShape> {
    const found: ErrorShape[] = [];
    for (const line of this.#lines.values()) {
      if (!line.startsWith(`[${ERROR},`)) continue;
      const [, name, traits] = JSON.parse(line) as [number, string, ErrorTraits | number];
      const { awsQueryError } = typeof traits === 'number' ? {} : traits;
      found.push({
        name,
        queryCode: awsQueryError?.[0] ?? name,
        statusCode: awsQueryError?.[1],
      });
    }
    // The names of shapes count before codes: some codes stand for several shapes.
    return new Map([
      ...found.toReversed().map((error) => [error.queryCode, error] as const),
      ...found.map((error) => [error.name, error] as const),
    ]);
  }

  #schema(name: string): Schema {
    let schema = this.#schemas.get(name);
    if (schema === undefined) {
      const line = this.#lines.get(name);
      if (line === undefined) throw new Error(`the file of shapes names ${name} but does not have it`);
      schema = this.#tuple(JSON.parse(line));
      this.#schemas.set(name, schema);
    }
    return schema;
  }

  #tuple([kind, name, traits, ...rest]: readonly unknown[]): Schema {
    const head = [kind, this.settings.defaultNamespace, name, traits];
    if (kind === 0) return [...head, ...rest];
    if (kind === 1 || kind === 2) return [...head, ...rest.map((part) => this.#member(part))];
    const [names, members, ...required] = rest as [unknown, unknown[], ...unknown[]];
    return [...head, names, members.map((one) => this.#member(one)), ...required];
  }

  #member(written: unknown): unknown {
    if (!Array.isArray(written)) return this.#reference(written);
    return [this.#reference(written[0]), written[1]];
  }

  #reference(written: unknown): Schema {
    if (typeof written === 'number' || typeof written === 'string') return written;
    const { $: name } = written as { $: string };
    return () => this.#schema(name);
  }
}

const loaded = new Map<string, ServiceShapes>();

/** Those of a service by its name in signatures; read once. */
export function loadShapes(signingName: string): ServiceShapes {
  const known = loaded.get(signingName);
  if (known !== undefined) return known;
  const shapes = new ServiceShapes(readFileSync(join(import.meta.dirname, `${signingName}.shapes`), 'utf8'));
  loaded.set(signingName, shapes);
  return shapes;
}
