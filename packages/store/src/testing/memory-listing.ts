import { compareBytes, utf8 } from '@crescendo/base';
import type { ListedObject, ListObjectsPage } from '../objects/object-store.ts';

export interface ListedRow {
  readonly name: string;
  /** A common prefix, not a key. */
  readonly prefix: boolean;
}

/** In the order of UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  return compareBytes(utf8(a), utf8(b));
}

/** All keys and common prefixes of a listing that come after `after`, in order. */
export function listKeys(
  keys: readonly string[],
  input: { readonly prefix: string; readonly delimiter: string; readonly after: string },
): ListedRow[] {
  const { prefix, delimiter, after } = input;
  // A listing that goes on after a common prefix has all keys below it behind it.
  const passed =
    delimiter !== '' && after.startsWith(prefix) && rollUp(after, prefix, delimiter) === after
      ? after
      : undefined;
  const rows: ListedRow[] = [];
  for (const key of [...keys].sort(compareText)) {
    if (!key.startsWith(prefix) || compareText(key, after) <= 0) continue;
    if (passed !== undefined && key.startsWith(passed)) continue;
    const rolled = delimiter === '' ? undefined : rollUp(key, prefix, delimiter);
    if (rolled === undefined) rows.push({ name: key, prefix: false });
    else if (rows.at(-1)?.name !== rolled) rows.push({ name: rolled, prefix: true });
  }
  return rows;
}

function rollUp(key: string, prefix: string, delimiter: string): string | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

export function listPage(
  rows: readonly ListedRow[],
  limit: number,
  object: (key: string) => ListedObject,
): ListObjectsPage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const truncated = rows.length > shown.length;
  return {
    objects: shown.filter((row) => !row.prefix).map((row) => object(row.name)),
    commonPrefixes: shown.filter((row) => row.prefix).map((row) => row.name),
    truncated,
    ...(truncated && last !== undefined ? { nextAfter: last.name } : {}),
  };
}
