/** What an item and its key must be, in AWS's words. */
import { type AttributeValue, bytesOf, type Item, itemBytes, typeOf } from './attribute-values.ts';
import { invalidValues, validation } from './errors.ts';
import { attributeType, keyNames, namesOf, type TableRecord } from './table-record.ts';

const MAX_ITEM_BYTES = 400 * 1024;
const MAX_DEPTH = 32;
const MAX_HASH_BYTES = 2048;
const MAX_RANGE_BYTES = 1024;
export const KEY_MISMATCH = 'The provided key element does not match the schema';

export function checkKey(table: TableRecord, key: Item): void {
  const names = namesOf(table.keySchema);
  if (Object.keys(key).length !== names.length) throw validation(KEY_MISMATCH);
  for (const name of names) checkKeyElement(table, key, name);
  checkKeySizes(table.keySchema, key);
}

function checkKeyElement(table: TableRecord, key: Item, name: string): void {
  const type = attributeType(table, name)!;
  const value = Object.hasOwn(key, name) ? key[name] : undefined;
  if (value?.[type] === undefined) throw validation(KEY_MISMATCH);
  if (value[type] === '') throw emptyKey(type, `Key: ${name}`);
}

/** Of a new item: its key, the keys of indexes, its size. */
export function checkItem(table: TableRecord, item: Item): void {
  for (const name of namesOf(table.keySchema)) checkItemKey(table, item, name);
  checkKeySizes(table.keySchema, item);
  checkStored(table, item, 'Item size has exceeded the maximum allowed size');
}

function checkItemKey(table: TableRecord, item: Item, name: string): void {
  const type = attributeType(table, name)!;
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  if (value === undefined) throw invalidValues(`Missing the key ${name} in the item`);
  if (value[type] === undefined) {
    throw invalidValues(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
  }
  if (value[type] === '') throw emptyKey(type, `Key: ${name}`);
}

/** What holds for an item however it came to be. */
export function checkStored(table: TableRecord, item: Item, tooLarge: string): void {
  for (const index of table.indexes) {
    for (const name of namesOf(index.keySchema)) checkIndexKey(table, index.name, item, name);
    checkKeySizes(index.keySchema, item);
  }
  if (itemBytes(item) > MAX_ITEM_BYTES) throw validation(tooLarge);
  if (depthOf({ M: item }) > MAX_DEPTH + 1) {
    throw validation(
      `Nesting Levels have exceeded supported limits: attributes can't be nested deeper than ${MAX_DEPTH} levels`,
    );
  }
}

function checkIndexKey(table: TableRecord, index: string, item: Item, name: string): void {
  if (!Object.hasOwn(item, name)) return;
  const type = attributeType(table, name)!;
  const value = item[name]!;
  if (value[type] === undefined) {
    throw invalidValues(
      `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index}`,
    );
  }
  if (value[type] === '') {
    throw validation(
      `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${typeName(type)} value. IndexName: ${index}, IndexKey: ${name}`,
    );
  }
}

function emptyKey(type: 'S' | 'N' | 'B', which: string): Error {
  return validation(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${typeName(type)} value. ${which}`,
  );
}

function typeName(type: 'S' | 'N' | 'B'): string {
  return type === 'B' ? 'binary' : 'string';
}

function checkKeySizes(schema: TableRecord['keySchema'], item: Item): void {
  const { hash, range } = keyNames(schema);
  if (sizeOf(item[hash]) > MAX_HASH_BYTES) {
    throw invalidValues(`Size of hashkey has exceeded the maximum size limit of${MAX_HASH_BYTES} bytes`);
  }
  if (range !== undefined && sizeOf(item[range]) > MAX_RANGE_BYTES) {
    throw invalidValues(
      `Aggregated size of all range keys has exceeded the size limit of ${MAX_RANGE_BYTES} bytes`,
    );
  }
}

function sizeOf(value: AttributeValue | undefined): number {
  if (value?.S !== undefined) return Buffer.byteLength(value.S);
  return value?.B === undefined ? 0 : bytesOf(value.B).length;
}

function depthOf({ M, L }: AttributeValue): number {
  const members = M === undefined ? (L ?? []) : Object.values(M);
  return members.reduce((deepest, member) => Math.max(deepest, 1 + depthOf(member)), 0);
}
