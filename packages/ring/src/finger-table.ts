import { type Directory, ownerOf } from './directory.ts';
import { isSameMember, type Member } from './member.ts';
import { advance, distance, isBetween, POSITION_BITS, type Position } from './position.ts';

/**
 * Shortcuts across the ring: entry i is the owner of position self + 2^i. They are hints alone; a lookup through wrong fingers takes
 * longer and is never wrong for it. Entries whose position lies before the first successor are left out: they would all
 * name it.
 */
export interface FingerTable {
  readonly entries: (Member | undefined)[];
  /** The entry to be checked next. */
  next: number;
  /** Rounds to wait between two checks, and the round of the next one. */
  pauseRounds: number;
  dueRound: number;
}

export function createFingerTable(): FingerTable {
  return { entries: new Array(POSITION_BITS), next: 0, pauseRounds: 1, dueRound: 0 };
}

export function fingerStart(self: Member, index: number): Position {
  return advance(self.position, 1n << BigInt(index));
}

/** The first entry that does not lie before the first successor; POSITION_BITS when there is none. */
export function firstUsefulFinger(self: Member, head: Member | undefined): number {
  return head === undefined ? POSITION_BITS : bitLength(distance(self.position, head.position));
}

/** The next entry to check, cycling over the useful ones; undefined when none is useful. */
export function takeNextFinger(
  table: FingerTable,
  self: Member,
  head: Member | undefined,
): number | undefined {
  const first = firstUsefulFinger(self, head);
  if (first >= POSITION_BITS) return undefined;
  const index = table.next < first || table.next >= POSITION_BITS ? first : table.next;
  table.next = index + 1;
  return index;
}

/**
 * Puts `owner` at `index` and at every later entry whose position it owns as well, and moves on behind them. True when an entry changed.
 */
export function setFinger(table: FingerTable, self: Member, index: number, owner: Member): boolean {
  let hasChanged = false;
  let i = index;
  do {
    const before = table.entries[i];
    if (before === undefined || !isSameMember(before, owner)) {
      table.entries[i] = owner;
      hasChanged = true;
    }
    i++;
  } while (i < POSITION_BITS && ownsStart(self, i, owner));
  if (table.next > index) table.next = i;
  return hasChanged;
}

/** Fills the table from a list of all members. True when an entry changed. */
export function fillFingers(
  table: FingerTable,
  self: Member,
  head: Member | undefined,
  directory: Directory,
): boolean {
  let hasChanged = false;
  let index = firstUsefulFinger(self, head);
  for (let i = 0; i < index; i++) delete table.entries[i];
  while (index < POSITION_BITS) {
    const owner = ownerOf(directory, fingerStart(self, index));
    if (owner === undefined) break;
    if (setFinger(table, self, index, owner)) hasChanged = true;
    index++;
    while (index < POSITION_BITS && ownsStart(self, index, owner)) index++;
  }
  return hasChanged;
}

/** Forgets a member that has left or does not answer. True when it was there. */
export function dropFinger(table: FingerTable, id: string): boolean {
  let wasThere = false;
  table.entries.forEach((entry, i) => {
    if (entry?.id !== id) return;
    table.entries[i] = undefined;
    wasThere = true;
  });
  return wasThere;
}

function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return 4 * digits.length - (Math.clz32(Number.parseInt(digits.charAt(0), 16)) - 28);
}

function ownsStart(self: Member, index: number, owner: Member): boolean {
  const start = fingerStart(self, index);
  return (
    owner.position === start ||
    owner.position === self.position ||
    isBetween(self.position, start, owner.position)
  );
}
