/**
 * Counts the words of a block by the classic rules (SPEC.md, WC1 to WC5). It knows nothing of files, streams and threads: JavaScript hands it
 * blocks that begin and end between words, with white space behind them up to the next multiple of 64 bytes.
 *
 * A block is taken in pieces. First, 64 bytes at a time, ASCII letters become small in place and the borders of fields become a list; then the
 * list becomes keys and hashes, which also asks for the slots; then the slots, which have come meanwhile, are counted up. Fields with bytes beyond ASCII
 * go their own, slower way.
 */
import { forgetPieces } from './allocate';
import { afterDecoded, bad, decode, encode, forgetBad, isWideSpace, lowerCase, markBad } from './characters';
import { hashOfBytes, hashOfKey } from './hash';
import * as at from './layout';
import {
  addLong,
  addOne,
  addShort,
  countOf,
  dropLong,
  dropShort,
  exhausted,
  firstLine,
  hashOfSlot,
  isLong,
  moves,
  openTables,
  tables,
} from './table';

/** Bytes of a block that are looked at before their words are counted. Their lists stay in the nearest cache. */
const PIECE: usize = 2_048;
/** A field in the list: where it begins and how long it is, u32 each. */
const FIELD_SHIFT: usize = 3;
/** A word in the list: its key (16 bytes), its hash (u64), the line where the search for it begins (u32). */
const WORD_BYTES: usize = 32;
/** Fields of 5 bytes and white space: no piece has more, and one more may begin before it. */
const MAX_FIELDS: usize = PIECE / 6 + 2;
const LEAST_BYTES: u32 = 5;

/** What became of a block. */
const COUNTED: i32 = 0;
const BAD: i32 = 1;
const NO_MEMORY: i32 = 2;

let fields: usize = 0;
let words: usize = 0;
let scratch: usize = 0;
let fieldStart: usize = 0;
let fieldIsWide: bool = false;
let maxWordBytes: u32 = 0;
/** Keeps the compiler from leaving out reads that are there to fetch memory. */
export let fetched: u64 = 0;

/**
 * Begins a count in this thread.
 *
 * @param region where the thread's region begins: tables, then lists, then room for one word in lower case
 */
export function open(region: usize): void {
  forgetPieces();
  openTables(region);
  store<u64>(region, 0, at.EMPTY_WORDS);
  fields = region + at.LISTS;
  words = fields + (MAX_FIELDS << FIELD_SHIFT);
  scratch = (words + MAX_FIELDS * WORD_BYTES + 63) & ~63;
  maxWordBytes = load<u32>(at.MAX_WORD_BYTES);
}

/** Counts the block in `[from, to)`; both are multiples of 64. 0: counted; 1: there is something in it that no text has; 2: memory ran out. */
export function count(from: usize, to: usize): i32 {
  forgetBad();
  fieldStart = from;
  fieldIsWide = false;
  for (let piece = from; piece < to; piece += PIECE) {
    const end = piece + PIECE < to ? piece + PIECE : to;
    const listed = listFields(piece, end);
    if (bad) return BAD;
    countListed(prepareWords(listed));
  }
  if (exhausted) return NO_MEMORY;
  return bad ? BAD : COUNTED;
}

/** Whether memory ran out since `open`. */
export function isExhausted(): bool {
  return exhausted;
}

/** Lists the fields that end in `[from, to)` and gives the end of the list. */
function listFields(from: usize, to: usize): usize {
  let list = fields;
  let start = fieldStart;
  for (let block = from; block < to; block += 64) {
    const a = v128.load(block, 0);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    if (!v128.all_true<u8>(v128.min<u8>(v128.min<u8>(a, b), v128.min<u8>(c, d)))) markBad();
    v128.store(block, inLowerCase(a), 0);
    v128.store(block, inLowerCase(b), 16);
    v128.store(block, inLowerCase(c), 32);
    v128.store(block, inLowerCase(d), 48);
    let spaces = joinBits(spaceBits(a), spaceBits(b), spaceBits(c), spaceBits(d));
    const wide = joinBits(v128.bitmask<i8>(a), v128.bitmask<i8>(b), v128.bitmask<i8>(c), v128.bitmask<i8>(d));
    if (wide !== 0 || fieldIsWide) {
      fieldStart = start;
      list = listMixed(block, spaces, wide, list);
      start = fieldStart;
      continue;
    }
    while (spaces !== 0) {
      const end = block + usize(ctz(spaces));
      spaces &= spaces - 1;
      store<u32>(list, u32(start));
      store<u32>(list, u32(end - start), 4);
      // A field that is too short is written over by the next one: a branch here would be guessed wrong every other time.
      list += usize(end - start >= LEAST_BYTES) << FIELD_SHIFT;
      start = end + 1;
    }
  }
  fieldStart = start;
  return list;
}

function inLowerCase(bytes: v128): v128 {
  const isCapital = v128.le<u8>(v128.sub<u8>(bytes, v128.splat<u8>(0x41)), v128.splat<u8>(25));
  return v128.or(bytes, v128.and(isCapital, v128.splat<u8>(0x20)));
}

function spaceBits(bytes: v128): i32 {
  const isControl = v128.le<u8>(v128.sub<u8>(bytes, v128.splat<u8>(9)), v128.splat<u8>(4));
  return v128.bitmask<i8>(v128.or(isControl, v128.eq<u8>(bytes, v128.splat<u8>(0x20))));
}

function joinBits(a: i32, b: i32, c: i32, d: i32): u64 {
  return u64(u32(a) | (u32(b) << 16)) | (u64(u32(c) | (u32(d) << 16)) << 32);
}

/** The fields of 64 bytes of which some, or the beginning of the first field, are beyond ASCII. */
function listMixed(block: usize, spaceMask: u64, wideMask: u64, listEnd: usize): usize {
  let list = listEnd;
  let wide = wideMask;
  for (let spaces = spaceMask; spaces !== 0; spaces &= spaces - 1) {
    const end = block + usize(ctz(spaces));
    const before = (spaces & (0 - spaces)) - 1;
    if (fieldIsWide || (wide & before) !== 0) {
      countWide(fieldStart, end);
    } else {
      store<u32>(list, u32(fieldStart));
      store<u32>(list, u32(end - fieldStart), 4);
      list += usize(end - fieldStart >= LEAST_BYTES) << FIELD_SHIFT;
    }
    fieldIsWide = false;
    wide &= ~before;
    fieldStart = end + 1;
  }
  fieldIsWide = fieldIsWide || wide !== 0;
  return list;
}

/** Makes words of the listed fields, and gives the end of their list. Words of more than 16 bytes are counted at once. */
function prepareWords(listEnd: usize): usize {
  let word = words;
  for (let field = fields; field < listEnd; field += 1 << FIELD_SHIFT) {
    let start: usize = load<u32>(field);
    const fieldBytes = load<u32>(field, 4);
    let end = start + fieldBytes;
    // Most fields have one mark or none at either end, and five bytes at least.
    start += isMark(start);
    end -= isMark(end - 1);
    if ((isMark(start) | isMark(end - 1)) !== 0) {
      while (start < end && isMark(start) !== 0) start++;
      while (start < end && isMark(end - 1) !== 0) end--;
      if (start === end) {
        if (fieldBytes > maxWordBytes) markBad();
        countEmpty();
        continue;
      }
    }
    const length = u32(end - start);
    if (length > at.SHORT || fieldBytes > maxWordBytes) {
      if (fieldBytes > maxWordBytes) markBad();
      addPlain(start, length);
      continue;
    }
    const key = keyOf(start, length);
    const hash = hashOfKey(v128.extract_lane<u64>(key, 0), v128.extract_lane<u64>(key, 1));
    v128.store(word, key);
    store<u64>(word, hash, 16);
    word += WORD_BYTES;
  }
  return word;
}

/** 1 for a mark that is trimmed. */
function isMark(place: usize): u32 {
  return load<u8>(at.TRIMMED + load<u8>(place));
}

function keyOf(start: usize, length: u32): v128 {
  return v128.and(v128.load(start), v128.load(at.KEEP + 16 - length));
}

/** Notes in the list where each word belongs, and asks for that line. Nothing waits for anything here, so that many lines come at once. */
function findLines(from: usize, listEnd: usize): void {
  let touched: u64 = 0;
  for (let word = from; word < listEnd; word += WORD_BYTES) {
    const line = firstLine(load<u64>(word, 16));
    store<u32>(word, u32(line), 24);
    touched ^= load<u64>(line);
  }
  fetched = touched;
}

function countListed(listEnd: usize): void {
  findLines(words, listEnd);
  let known = moves;
  for (let word = words; word < listEnd; word += WORD_BYTES) {
    const key = v128.load(word);
    const line: usize = load<u32>(word, 24);
    const second = isKey(line + at.KEY_BYTES, key);
    const third = isKey(line + 2 * at.KEY_BYTES, key);
    if ((isKey(line, key) | second | third) !== 0) {
      addOne(line, second + 2 * third);
      continue;
    }
    addShort(v128.extract_lane<u64>(key, 0), v128.extract_lane<u64>(key, 1), load<u64>(word, 16), 1);
    if (moves === known) continue;
    known = moves;
    findLines(word, listEnd);
  }
}

function isKey(place: usize, key: v128): u32 {
  return u32(!v128.any_true(v128.xor(v128.load(place), key)));
}

function countEmpty(): void {
  store<u64>(tables, load<u64>(tables, at.EMPTY_WORDS) + 1, at.EMPTY_WORDS);
}

/** A field with bytes beyond ASCII: white space may be in it, and its lower case may be longer or shorter. */
function countWide(from: usize, to: usize): void {
  let here = from;
  let wordStart = from;
  let end = scratch;
  while (here < to && !bad) {
    const byte: u32 = load<u8>(here);
    if (byte < 0x80) {
      store<u8>(end++, byte);
      here++;
      continue;
    }
    const character = decode(here, to);
    if (isWideSpace(character)) {
      countLower(u32(here - wordStart), end);
      end = scratch;
      wordStart = afterDecoded();
    } else {
      end = encode(end, lowerCase(character));
    }
    here = afterDecoded();
  }
  if (!bad) countLower(u32(here - wordStart), end);
}

/** @param bytes what the word has in the text */
function countLower(bytes: u32, scratchEnd: usize): void {
  if (bytes > maxWordBytes) markBad();
  if (scratchEnd - scratch < LEAST_BYTES) return;
  let start = scratch;
  let end = scratchEnd;
  while (start < end && isMark(start) !== 0) start++;
  while (start < end && isMark(end - 1) !== 0) end--;
  if (start === end) countEmpty();
  else addPlain(start, u32(end - start));
}

/** Where JavaScript may lay a word for `addPlain` and `drop`. */
export function room(): usize {
  return scratch;
}

/** Counts one word as it is; it is not empty. */
export function addPlain(start: usize, length: u32): void {
  if (length > at.SHORT) return addLong(start, length, hashOfBytes(start, length), 1);
  const key = keyOf(start, length);
  const low = v128.extract_lane<u64>(key, 0);
  const high = v128.extract_lane<u64>(key, 1);
  addShort(low, high, hashOfKey(low, high), 1);
}

/** Sets the count of a word to 0 if its table is among those whose number is `part` modulo `parts`. */
export function drop(start: usize, length: u32, part: u32, parts: u32): void {
  const key = keyOf(start, length < at.SHORT ? length : at.SHORT);
  const low = v128.extract_lane<u64>(key, 0);
  const high = v128.extract_lane<u64>(key, 1);
  const hash = length > at.SHORT ? hashOfBytes(start, length) : hashOfKey(low, high);
  if (u32(hash >> at.TABLE_BITS) % parts !== part) return;
  if (length > at.SHORT) dropLong(start, length, hash);
  else dropShort(low, high, hash);
}

/**
 * Adds the words that another thread has in one of its tables. Nobody else touches that table, here or there, so that threads can take a part of the
 * tables each at the same time.
 */
export function adopt(region: usize, table: u32): void {
  const other = region + (usize(table) << at.TABLE_SHIFT);
  const base: usize = load<u32>(other, at.BASE);
  const end = base + load<u32>(other, at.LAST) + at.LINE_BYTES;
  for (let line = base; line < end; line += at.LINE_BYTES)
    for (let number: usize = 0; number < at.SLOTS; number++) {
      const key = line + number * at.KEY_BYTES;
      const low = load<u64>(key);
      if (low === 0) break;
      adoptWord(low, load<u64>(key, 8), countOf(line | number));
    }
}

function adoptWord(low: u64, high: u64, count: u64): void {
  const hash = hashOfSlot(low, high);
  if (isLong(low, high)) addLong(usize(low) + at.LENGTH_BYTES, load<u32>(usize(low)), hash, count);
  else addShort(low, high, hash, count);
}
