/**
 * The words of one thread: 16 open-addressing tables of lines with three slots each, probed line by line. They know nothing of text.
 *
 * (T1) A table always has a free slot: it grows before seven in ten are taken.
 * (T2) A word has one slot in all tables of a thread.
 */
import { allocate, allocateSmall } from './allocate';
import { hashOfBytes, hashOfKey, readSeed } from './hash';
import * as at from './layout';

const FIRST_LINES: u32 = 128;

/** This thread's region. */
export let tables: usize = 0;
/** Set when memory ran out: what is counted after that is worth nothing. */
export let exhausted: bool = false;
/** How often a table has moved since the thread began. */
export let moves: u32 = 0;

export function openTables(region: usize): void {
  tables = region;
  exhausted = false;
  readSeed();
  for (let i: u32 = 0; i < at.TABLES; i++) openTable(region + (usize(i) << at.TABLE_SHIFT), FIRST_LINES);
}

function openTable(table: usize, lines: u32): void {
  const bytes = lines << at.LINE_SHIFT;
  const base = allocate(bytes);
  if (base === 0) {
    exhausted = true;
    return;
  }
  memory.fill(base, 0, bytes);
  store<u32>(table, base, at.BASE);
  store<u32>(table, bytes - at.LINE_BYTES, at.LAST);
  store<u32>(table, 0, at.USED);
  store<u32>(table, ((lines * at.SLOTS) / 10) * 7, at.LIMIT);
  moves++;
}

export function tableOf(hash: u64): usize {
  return tables + (usize(hash >> at.TABLE_BITS) << at.TABLE_SHIFT);
}

/** The line where the search for a word begins. */
export function firstLine(hash: u64): usize {
  const table = tableOf(hash);
  return load<u32>(table, at.BASE) + (u32(hash) & load<u32>(table, at.LAST));
}

function nextLine(table: usize, line: usize): usize {
  const base: usize = load<u32>(table, at.BASE);
  return base + ((line - base + at.LINE_BYTES) & load<u32>(table, at.LAST));
}

/** A slot is named by its line and, in the bits that a line leaves zero, its number. */
function keyOfSlot(slot: usize): usize {
  return lineOf(slot) + numberOf(slot) * at.KEY_BYTES;
}

function lineOf(slot: usize): usize {
  return slot & ~(usize(at.LINE_BYTES) - 1);
}

function numberOf(slot: usize): usize {
  return slot & (at.LINE_BYTES - 1);
}

/** The slot of a word of up to 16 bytes, or the free one where it belongs. */
function findShort(low: u64, high: u64, hash: u64): usize {
  const table = tableOf(hash);
  let line = firstLine(hash);
  while (true) {
    for (let number: usize = 0; number < at.SLOTS; number++) {
      const key = line + number * at.KEY_BYTES;
      const taken = load<u64>(key);
      if (taken === 0 || (taken === low && load<u64>(key, 8) === high)) return line | number;
    }
    line = nextLine(table, line);
  }
}

/** The slot of a word of more than 16 bytes, or the free one where it belongs. */
function findLong(from: usize, length: u32, hash: u64): usize {
  const table = tableOf(hash);
  let line = firstLine(hash);
  while (true) {
    for (let number: usize = 0; number < at.SLOTS; number++) {
      const key = line + number * at.KEY_BYTES;
      const taken = load<u64>(key);
      if (taken === 0) return line | number;
      if (load<u64>(key, 8) === (hash | at.LONG) && isKept(taken, from, length)) return line | number;
    }
    line = nextLine(table, line);
  }
}

/** Whether a key's first half says where a word is kept, and it is this one. */
function isKept(low: u64, from: usize, length: u32): bool {
  if (low >> 32 !== 0 || load<u32>(usize(low)) !== length) return false;
  const place = usize(low) + at.LENGTH_BYTES;
  const last = length - 8;
  for (let i: u32 = 0; i < last; i += 8) if (load<u64>(place + i) !== load<u64>(from + i)) return false;
  return load<u64>(place + last) === load<u64>(from + last);
}

export function addShort(low: u64, high: u64, hash: u64, count: u64): void {
  const slot = findShort(low, high, hash);
  if (load<u64>(keyOfSlot(slot)) === 0) takeSlot(tableOf(hash), slot, low, high, count);
  else addCount(slot, count);
}

export function addLong(from: usize, length: u32, hash: u64, count: u64): void {
  const slot = findLong(from, length, hash);
  if (load<u64>(keyOfSlot(slot)) !== 0) return addCount(slot, count);
  const place = keepWord(from, length);
  if (place !== 0) takeSlot(tableOf(hash), slot, place, hash | at.LONG, count);
}

/** Where a copy of the word lies, behind its length; 0 when there is no memory left. */
function keepWord(from: usize, length: u32): u32 {
  const place = allocateSmall(length + u32(at.LENGTH_BYTES));
  if (place === 0) {
    exhausted = true;
    return 0;
  }
  store<u32>(place, length);
  memory.copy(usize(place) + at.LENGTH_BYTES, from, length);
  return place;
}

export function dropShort(low: u64, high: u64, hash: u64): void {
  setCount(findShort(low, high, hash), 0);
}

export function dropLong(from: usize, length: u32, hash: u64): void {
  setCount(findLong(from, length, hash), 0);
}

function takeSlot(table: usize, slot: usize, low: u64, high: u64, count: u64): void {
  const key = keyOfSlot(slot);
  store<u64>(key, low);
  store<u64>(key, high, 8);
  setCount(slot, count);
  const used = load<u32>(table, at.USED) + 1;
  store<u32>(table, used, at.USED);
  if (used >= load<u32>(table, at.LIMIT)) growTable(table);
}

/** Adds one, where most words go. */
export function addOne(line: usize, number: usize): void {
  const place = line + number * 4;
  const count = load<u32>(place, at.COUNTS) + 1;
  if (count === 0) addCount(line | number, 1);
  else store<u32>(place, count, at.COUNTS);
}

function addCount(slot: usize, count: u64): void {
  setCount(slot, countOf(slot) + count);
}

export function countOf(slot: usize): u64 {
  const line = lineOf(slot);
  const number = numberOf(slot);
  return load<u32>(line + number * 4, at.COUNTS) | (u64(load<u8>(line + number, at.COUNTS_ABOVE)) << 32);
}

function setCount(slot: usize, count: u64): void {
  const line = lineOf(slot);
  const number = numberOf(slot);
  store<u32>(line + number * 4, u32(count), at.COUNTS);
  store<u8>(line + number, u8(count >> 32), at.COUNTS_ABOVE);
}

export function isLong(low: u64, high: u64): bool {
  return low >> 32 === 0 && high !== 0;
}

export function hashOfSlot(low: u64, high: u64): u64 {
  const place = usize(low);
  return isLong(low, high) ? hashOfBytes(place + at.LENGTH_BYTES, load<u32>(place)) : hashOfKey(low, high);
}

function growTable(table: usize): void {
  const base: usize = load<u32>(table, at.BASE);
  const end = base + load<u32>(table, at.LAST) + at.LINE_BYTES;
  openTable(table, u32((end - base) >> at.LINE_SHIFT) * 2);
  if (exhausted) return;
  for (let line = base; line < end; line += at.LINE_BYTES)
    for (let number: usize = 0; number < at.SLOTS; number++) {
      const key = line + number * at.KEY_BYTES;
      const low = load<u64>(key);
      if (low === 0) break;
      moveSlot(table, low, load<u64>(key, 8), countOf(line | number));
    }
}

/** Puts a word that the table does not have into its first free slot. */
function moveSlot(table: usize, low: u64, high: u64, count: u64): void {
  let line = firstLine(hashOfSlot(low, high));
  while (load<u64>(line, 2 * at.KEY_BYTES) !== 0) line = nextLine(table, line);
  const number: usize = load<u64>(line) === 0 ? 0 : load<u64>(line, at.KEY_BYTES) === 0 ? 1 : 2;
  takeSlot(table, line | number, low, high, count);
}
