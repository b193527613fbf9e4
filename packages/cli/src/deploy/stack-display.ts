/**
 * Shows what happens to the resources of a stack: a table that is redrawn in place on a screen, one plain line an event elsewhere. It does
 * not know how a stack is deployed.
 *
 * (D1) After `end` nothing of the moving part is left on the screen.
 */
import { formatTable, printable, shorten, textWidth } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { StackEvent } from './stack-client.ts';

const MOST_ROWS = 20;

interface Row {
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export class StackDisplay {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  /** The newest event of each resource, in the order of their first ones. */
  readonly #rows = new Map<string, Row>();
  #linesDrawn = 0;

  constructor(terminal: Terminal, quiet: boolean) {
    this.#terminal = terminal;
    this.#quiet = quiet;
  }

  /** Oldest first. */
  show(events: readonly StackEvent[]): void {
    if (this.#quiet) return;
    for (const event of events) {
      const row = rowOf(event);
      this.#rows.set(row.logicalId, row);
      if (!this.#terminal.interactive) this.#terminal.error(`${eventLine(event, row)}\n`);
    }
    if (this.#terminal.interactive && events.length > 0) this.#redraw();
  }

  /** Leaves the table's last state above the cursor. */
  end(): void {
    this.#linesDrawn = 0; // (D1)
  }

  #redraw(): void {
    const lines = stackLines([...this.#rows.values()], this.#terminal.columns());
    if (this.#linesDrawn > 0) this.#terminal.error(`\u001b[${this.#linesDrawn}A\u001b[0J`);
    this.#terminal.error(`${lines.join('\n')}\n`);
    this.#linesDrawn = lines.length;
  }
}

function rowOf({ LogicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason }: StackEvent): Row {
  return {
    logicalId: printable(LogicalResourceId ?? ''),
    type: printable((ResourceType ?? '').replace(/^AWS::/, '')),
    status: ResourceStatus ?? '',
    reason: printable(ResourceStatusReason ?? ''),
  };
}

function eventLine({ Timestamp }: StackEvent, { logicalId, type, status, reason }: Row): string {
  const time = (Timestamp ?? new Date(0)).toISOString().slice(11, 19);
  return `${time}  ${status}  ${logicalId} (${type})${reason === '' ? '' : `: ${reason}`}`;
}

/** No line is wider than the terminal; where there are many resources, those that are busy or failed are shown and the others counted. */
export function stackLines(rows: readonly Row[], columns: number): string[] {
  const rank = ({ status }: Row): number =>
    status.endsWith('_FAILED') ? 0 : status.endsWith('_IN_PROGRESS') ? 1 : 2;
  const chosen = new Set(rows.toSorted((one, other) => rank(one) - rank(other)).slice(0, MOST_ROWS));
  const shown = rows.filter((row) => chosen.has(row));
  const table = formatTable(shown.map(({ logicalId, type, status }) => [logicalId, type, status]));
  const lines = shown.map(({ reason }, index) => {
    const line = table[index]!;
    const room = columns - textWidth(line) - 2;
    return clip(reason === '' || room < 10 ? line : `${line}  ${clip(reason, room)}`, columns);
  });
  const hidden = rows.length - shown.length;
  return hidden > 0 ? [...lines, `... and ${hidden} more that are complete`] : lines;
}

function clip(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (textWidth(kept + character) >= width) return `${kept}…`;
    kept += character;
  }
  return shorten(text, width);
}
