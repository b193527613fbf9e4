/**
 * One thread's part in one count: the compiled `assembly/count.ts` over the memory that all threads of the count share, and what JavaScript reads out
 * of its tables.
 */
import { readFileSync } from 'node:fs';
import { EMPTY_WORDS, LENGTH_BYTES, LINE, TABLE_BYTES, TABLES } from './shared-layout.ts';
import type { Settled } from './thread-messages.ts';
import { topWords, type WordCount } from './word-counts.ts';

interface Exports {
  open(region: number): void;
  count(from: number, to: number): number;
  isExhausted(): number;
  room(): number;
  addPlain(start: number, length: number): void;
  drop(start: number, length: number, part: number, parts: number): void;
  adopt(region: number, table: number): void;
}

export type WordMachine = ReturnType<typeof createWordMachine>;

let compiled: WebAssembly.Module | undefined;

function loadModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./count.wasm', import.meta.url)));
  return compiled;
}

/** What became of a block, as `assembly/count.ts` says it. */
export const COUNTED = 0;
export const BAD = 1;

export function createWordMachine(memory: WebAssembly.Memory) {
  const instance = new WebAssembly.Instance(loadModule(), { env: { memory } });
  const exports = instance.exports as unknown as Exports;
  let region = 0;

  /** Bytes of this thread's memory as they are now: it may have grown. */
  const bytes = (at: number, length: number): Buffer =>
    Buffer.from(memory.buffer as unknown as ArrayBuffer, at, length);

  const lay = (word: string): number => bytes(exports.room(), Buffer.byteLength(word)).write(word);

  function settle(
    part: number,
    regions: readonly number[],
    top: number,
    stopWords: readonly string[],
  ): Settled {
    const parts = regions.length;
    for (const other of regions)
      for (let table = part; table < TABLES; table += parts)
        if (other !== region) exports.adopt(other, table);
    for (const word of stopWords) if (word !== '') exports.drop(exports.room(), lay(word), part, parts);
    const tables = tablesOf(memory, region, part, parts);
    // The empty word is in no table: the first part tells it.
    const empty = part === 0 && !stopWords.includes('') ? emptyWords(memory, regions) : 0;
    const { distinctWords, least } = survey(tables, top);
    const words = topWords(wordsIn(tables, least, empty), top);
    return { words, distinctWords: distinctWords + (empty > 0 ? 1 : 0) };
  }

  function* wordsIn(tables: readonly Table[], least: number, empty: number): Generator<WordCount> {
    if (empty > 0) yield { word: '', count: empty };
    for (const table of tables)
      for (let line = 0; line < table.bytes.length; line += LINE.bytes)
        for (let slot = 0; slot < LINE.slots; slot++) {
          const count = countAt(table, line, slot);
          if (count > 0 && count >= least) yield { word: wordAt(table, line, slot), count };
        }
  }

  function wordAt({ bytes: lines, words }: Table, line: number, slot: number): string {
    const key = line + slot * LINE.keyBytes;
    const [low, above, high, highest] = words.subarray(key / 4, key / 4 + 4);
    // A key with zeros before what is not zero says where the word is kept.
    if (above === 0 && (high! | highest!) !== 0) {
      const [length] = new Uint32Array(memory.buffer, low, 1);
      return bytes(low! + LENGTH_BYTES, length!).toString('utf8');
    }
    const end = lines.subarray(key, key + LINE.keyBytes).indexOf(0);
    return bytes(lines.byteOffset + key, end === -1 ? LINE.keyBytes : end).toString('utf8');
  }

  return {
    open(at: number): void {
      region = at;
      exports.open(at);
    },
    count: (from: number, to: number): number => exports.count(from, to),
    isExhausted: (): boolean => exports.isExhausted() !== 0,
    add: (word: string): void => exports.addPlain(exports.room(), lay(word)),
    bytes,
    settle,
  };
}

/** The lines of a table, by bytes and by words of 32 bits. */
interface Table {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

/** 0 for a slot that is free, and for a word that is not to be counted. */
function countAt({ bytes, words }: Table, line: number, slot: number): number {
  return words[(line + LINE.counts) / 4 + slot]! + bytes[line + LINE.countsAbove + slot]! * 2 ** 32;
}

/** The tables whose number is `part` modulo `parts`. */
function tablesOf({ buffer }: WebAssembly.Memory, region: number, part: number, parts: number): Table[] {
  const tables: Table[] = [];
  for (let table = part; table < TABLES; table += parts) {
    const [base, last] = new Uint32Array(buffer, region + table * TABLE_BYTES, 2);
    const length = last! + LINE.bytes;
    tables.push({
      bytes: new Uint8Array(buffer, base, length),
      words: new Uint32Array(buffer, base, length / 4),
    });
  }
  return tables;
}

function emptyWords(memory: WebAssembly.Memory, regions: readonly number[]): number {
  return regions.reduce(
    (sum, region) => sum + Number(new BigUint64Array(memory.buffer, region + EMPTY_WORDS, 1)[0]),
    0,
  );
}

/** How many words there are, and a count that at least `top` of them reach: the power of two below the count of the last. */
function survey(tables: readonly Table[], top: number): { distinctWords: number; least: number } {
  const byMagnitude = new Float64Array(64);
  let distinctWords = 0;
  for (const table of tables)
    for (let line = 0; line < table.bytes.length; line += LINE.bytes)
      for (let slot = 0; slot < LINE.slots; slot++) {
        const count = countAt(table, line, slot);
        if (count === 0) continue;
        distinctWords++;
        byMagnitude[magnitude(count)]! += 1;
      }
  let reached = 0;
  let power = byMagnitude.length - 1;
  while (power > 0 && reached + byMagnitude[power]! < top) reached += byMagnitude[power--]!;
  return { distinctWords, least: 2 ** power };
}

function magnitude(count: number): number {
  return count < 2 ** 32 ? 31 - Math.clz32(count) : 63 - Math.clz32(Math.floor(count / 2 ** 32));
}
