/** Columns of numbers in a text: commas, semicolons, tabs or blanks between them; a first line of names is passed over, and so are comments. */
import { badSpec } from './spec-error.ts';

/** Each row has at least `columns` numbers. Fails with the line that has not. */
export function parseRows(text: string, columns: number, path: string): number[][] {
  const rows: number[][] = [];
  let isFirst = true;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/#.*$/, '').trim();
    if (content === '') continue;
    const cells = content.split(/\s*[,;\t]\s*|\s+/).map(Number);
    const isHead = isFirst && cells.some(Number.isNaN);
    isFirst = false;
    if (isHead) continue;
    if (cells.length < columns || cells.slice(0, columns).some((cell) => !Number.isFinite(cell))) {
      throw badSpec(
        `${path}:${index + 1}: "${line.slice(0, 60)}" does not begin with ${columns} ${columns === 1 ? 'number' : 'numbers'}`,
      );
    }
    rows.push(cells.slice(0, columns));
  }
  if (rows.length === 0) throw badSpec(`${path} holds no rows of numbers`);
  return rows;
}

/** Reads a file that a spec names; fails with a reason for people. */
export type ReadText = (path: string) => string;

export function isFileName(text: string): boolean {
  return /\.(?:csv|tsv|txt)$/i.test(text);
}

export function isRecordName(text: string): boolean {
  return /\.json$/i.test(text);
}

/** A list of seconds in a recorded run, such as its `Arrivals`. */
export function recordedSeconds(text: string, member: string, path: string): readonly number[] {
  let list: unknown;
  try {
    list = Reflect.get(Object(JSON.parse(text)), member);
  } catch {
    throw badSpec(`${path} is no JSON`);
  }
  if (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((value) => typeof value === 'number' && value >= 0)
  )
    return list;
  throw badSpec(
    `${path} holds no list "${member}" of seconds, as recorded runs of "wordfreq load-test" have`,
  );
}
