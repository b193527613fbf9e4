import { formatTable } from '../terminal/table.ts';
import type { Change } from './stack-client.ts';

/** A table of what would be done: what, to which resource, and whether it is replaced. */
export function changeLines(changes: readonly Change[]): string[] {
  const rows = changes.map(({ ResourceChange: change }) => [
    change?.Action ?? '',
    change?.LogicalResourceId ?? '',
    change?.ResourceType ?? '',
    REPLACEMENT[change?.Replacement ?? ''] ?? '',
    [...new Set((change?.Details ?? []).map(({ Target }) => Target?.Name ?? ''))].join(', ') ||
      (change?.Scope ?? []).join(', '),
  ]);
  return formatTable([['ACTION', 'RESOURCE', 'TYPE', 'REPLACED', 'WHAT CHANGES'], ...rows]);
}

const REPLACEMENT: Readonly<Record<string, string>> = { True: 'yes', False: 'no', Conditional: 'maybe' };
