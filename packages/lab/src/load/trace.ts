/** Values over time of a metric that the load does not make. */
import { parseAmount } from './duration.ts';
import { isFileName, parseRows, type ReadText } from './rows.ts';
import { badSpec } from './spec-error.ts';

export interface Trace {
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
  /** The last value given at or before a time since the load began; before the first one the first. */
  readonly valueAt: (timeMs: number) => number;
  readonly shared: boolean;
}

export const TRACE_HELP =
  'NAMESPACE/NAME=VALUES, with VALUES a number or a file .csv of time in seconds and value, such as CWAgent/disk_used_percent=disk.csv; VALUES/n is shared by the instances in service';

export function parseTrace(text: string, read: ReadText): Trace {
  const [, namespace = '', name = '', given = ''] = /^([^=]+)\/([^/=]+)=(.+)$/.exec(text) ?? [];
  if (namespace === '') throw badSpec(`"${text}" gives no metric: give ${TRACE_HELP}`);
  const shared = given.endsWith('/n');
  const values = shared ? given.slice(0, -2) : given;
  return { namespace, name, text, shared, valueAt: valuesOf(values, name, read) };
}

function valuesOf(values: string, name: string, read: ReadText): Trace['valueAt'] {
  if (!isFileName(values)) {
    const constant = parseAmount(values, name);
    return () => constant;
  }
  const rows = parseRows(read(values), 2, values) as [number, number][];
  return (timeMs) => (rows.findLast(([seconds]) => seconds * 1_000 <= timeMs) ?? rows[0]!)[1];
}
