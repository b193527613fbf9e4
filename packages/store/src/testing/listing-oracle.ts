import { compareBytes, utf8 } from '@crescendo/base';

export interface ListedRow {
  readonly name: string;
  readonly group: boolean;
}

/** What a listing is by definition: all names, rolled up, in UTF-8 byte order, behind `after`. */
export function listByDefinition(
  names: Iterable<string>,
  page: { prefix: string; delimiter: string; after: string; limit: number },
): { rows: ListedRow[]; truncated: boolean } {
  const { prefix, delimiter, after, limit } = page;
  const rows = new Map<string, ListedRow>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const row = at < 0 ? { name, group: false } : { name: name.slice(0, at + delimiter.length), group: true };
    rows.set(row.name, row);
  }
  const sorted = [...rows.values()]
    .filter(({ name }) => after === '' || compareBytes(utf8(name), utf8(after)) > 0)
    .sort((a, b) => compareBytes(utf8(a.name), utf8(b.name)));
  return { rows: sorted.slice(0, limit), truncated: limit > 0 && sorted.length > limit };
}
