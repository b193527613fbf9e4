/**
 * The one place that knows dynalite: its checks of requests, in AWS's words, and its parsers of expressions. Its store, its wire and
 * what it does with items are not used here: docs/decisions says why.
 *
 * The package has no types and is taken in pieces, so its version is pinned and its answers are described here.
 */
import { createRequire } from 'node:module';
import { AwsError } from '../../contract/service.ts';
import { type AttributeValue, type Item, withText } from './attribute-values.ts';
import { validation } from './errors.ts';

/** Names of members and positions in lists. */
export type Path = readonly [string, ...(string | number)[]];

/** `size(path)`. */
export interface SizeCall {
  readonly type: 'function';
  readonly name: 'size';
  readonly args: readonly [Path];
}

export type Operand = Path | AttributeValue | SizeCall;

export type Condition =
  | { readonly type: 'and' | 'or'; readonly args: readonly [Condition, Condition] }
  | { readonly type: 'not'; readonly args: readonly [Condition] }
  | {
      readonly type: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'between' | 'in';
      readonly args: readonly Operand[];
    }
  | { readonly type: 'function'; readonly name: string; readonly args: readonly Operand[] };

export type UpdateValue =
  | Path
  | AttributeValue
  | { readonly type: 'add' | 'subtract'; readonly args: readonly [UpdateValue, UpdateValue] }
  | {
      readonly type: 'function';
      readonly name: 'if_not_exists' | 'list_append';
      readonly args: readonly [UpdateValue, UpdateValue];
    };

export type UpdateSection =
  | { readonly type: 'set'; readonly path: Path; readonly val: UpdateValue }
  | { readonly type: 'remove'; readonly path: Path }
  | { readonly type: 'add' | 'delete'; readonly path: Path; readonly val: AttributeValue };

export interface ComparedAttribute {
  readonly ComparisonOperator?: string;
  readonly AttributeValueList?: readonly AttributeValue[];
  readonly Value?: AttributeValue;
  readonly Exists?: boolean;
}

interface ParsedExpression {
  /** First names of paths that have more than one. */
  readonly nestedPaths: Readonly<Record<string, true>>;
}

export interface ParsedCondition extends ParsedExpression {
  readonly expression: Condition;
  /** First names of all paths. */
  readonly pathHeads: Readonly<Record<string, true>>;
}

/** What expressions and the older members beside them were read as. */
export interface ReadExpressions {
  readonly _condition?: ParsedCondition;
  readonly _filter?: ParsedCondition;
  readonly _projection?: ParsedExpression & { readonly paths: readonly Path[] };
  readonly _updates?: ParsedExpression & {
    readonly sections: readonly UpdateSection[];
    readonly paths: readonly Path[];
  };
  /** Read from a key condition expression too. */
  readonly KeyConditions?: Readonly<Record<string, ComparedAttribute>>;
  readonly Expected?: Readonly<Record<string, ComparedAttribute>>;
  readonly ConditionalOperator?: 'AND' | 'OR';
  readonly AttributesToGet?: readonly string[];
}

interface Checks {
  readonly types: object;
  readonly custom?: (data: object, store: object) => string | undefined;
}

interface Dynalite {
  checkTypes(data: object, types: object): object;
  checkValidations(data: object, types: object, custom: Checks['custom'], store: object): void;
}

export type CheckedOperation =
  | 'batchGetItem'
  | 'batchWriteItem'
  | 'createTable'
  | 'deleteItem'
  | 'getItem'
  | 'putItem'
  | 'query'
  | 'scan'
  | 'updateItem';

const load = createRequire(import.meta.url);
/** Sizes are checked here: dynalite counts characters. */
const STORE = { options: { maxItemSize: Number.POSITIVE_INFINITY } };

/**
 * The request with its expressions read, numbers in their plain form and binary values as base64; members that the operation has not got
 * are left out. Throws `ValidationException` or `SerializationException`.
 */
export function checkedRequest<Request extends object>(operation: CheckedOperation, input: object): Request {
  const dynalite: Dynalite = load('dynalite/validations/index.js');
  const checks: Checks = load(`dynalite/validations/${operation}.js`);
  try {
    const data = dynalite.checkTypes(withText(input), checks.types);
    dynalite.checkValidations(data, checks.types, checks.custom, STORE);
    return data as Request;
  } catch (error) {
    throw asAwsError(error);
  }
}

/** dynalite's errors carry the body of an answer. */
function asAwsError(error: unknown): unknown {
  const body = (error as { body?: { __type?: string; message?: string; Message?: string } } | undefined)
    ?.body;
  if (body?.__type === undefined) return error;
  const code = body.__type.split('#').at(-1)!;
  return new AwsError(code, body.message ?? body.Message ?? 'The request is not valid.');
}

/** Elements of a key may be read whole only: they are texts, numbers or bytes. */
export function checkKeyPaths(parsed: ParsedExpression | undefined, keyNames: readonly string[]): void {
  const nested = keyNames.find((name) => parsed !== undefined && Object.hasOwn(parsed.nestedPaths, name));
  if (nested === undefined) return;
  throw validation(
    `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: ${nested}`,
  );
}

export function isPath(operand: Operand | UpdateValue): operand is Path {
  return Array.isArray(operand);
}

/** The request's members that name items, for callers that hold several. */
export interface ItemRequest extends ReadExpressions {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
}
