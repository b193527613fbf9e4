/** The part of an item that is asked for. */
import type { AttributeValue, Item } from './attribute-values.ts';
import type { Path } from './checked-requests.ts';
import { valueAt } from './conditions.ts';

/** Positions in lists that are left out leave no gap: what is taken of a list stands in its order. */
interface Taken {
  readonly steps: Map<string | number, Taken>;
  whole: boolean;
}

export function projected(item: Item, paths: readonly Path[]): Item {
  const wanted: Taken = { steps: new Map(), whole: false };
  for (const path of paths) if (valueAt(item, path) !== undefined) add(wanted, path);
  return membersOf(item, wanted);
}

function add(root: Taken, path: Path): void {
  let at = root;
  for (const step of path) {
    let next = at.steps.get(step);
    if (next === undefined) {
      next = { steps: new Map(), whole: false };
      at.steps.set(step, next);
    }
    at = next;
  }
  at.whole = true;
}

function membersOf(item: Item, taken: Taken): Item {
  return Object.fromEntries(
    [...taken.steps].map(([name, part]) => [name, partOf(item[name as string]!, part)]),
  );
}

function partOf(value: AttributeValue, taken: Taken): AttributeValue {
  if (taken.whole) return value;
  if (value.M !== undefined) return { M: membersOf(value.M, taken) };
  const positions = [...taken.steps].sort(([a], [b]) => Number(a) - Number(b));
  return { L: positions.map(([position, part]) => partOf(value.L![Number(position)]!, part)) };
}
