import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { countWords } from '../counting/index.ts';
import { type CorpusFile, corpusFiles, createProseWriter } from './index.ts';

function bytesOf(file: CorpusFile): Buffer {
  return Buffer.concat([...file.chunks()]);
}

test('[WT1] the same options give the same files, other seeds others', () => {
  const options = { seed: 5, count: 3, minBytes: 100_000, maxBytes: 200_000 };
  const once = corpusFiles(options).map(bytesOf);
  assert.deepEqual(corpusFiles(options).map(bytesOf), once);
  const others = [...corpusFiles({ ...options, seed: 6 }).map(bytesOf), ...once];
  assert.equal(new Set(others.map((bytes) => bytes.toString('latin1'))).size, 6);
});

test('[WT1] a text is the one that it was when this was written', () => {
  const hash = createHash('sha256');
  for (const chunk of createProseWriter({ seed: 1 }).write(0, 300_000)) hash.update(chunk);
  assert.equal(hash.digest('hex').slice(0, 16), '84bd3524bd7b90a0');
});

test('[WT2] files have the sizes that are told, between the bounds', () => {
  const files = corpusFiles({ seed: 1, count: 120 });
  assert.equal(files[0]!.name, 'text-001.txt');
  assert.equal(files[119]!.name, 'text-120.txt');
  for (const { bytes } of files) assert.ok(bytes >= 450_000 && bytes <= 1_600_000);
  assert.ok(new Set(files.map(({ bytes }) => bytes)).size > 100);
  for (const size of [0, 1, 63, 64, 65_535, 65_536, 65_600, 131_073]) {
    const [file] = corpusFiles({ seed: 2, count: 1, minBytes: size, maxBytes: size });
    assert.equal(bytesOf(file!).length, size);
  }
});

test('[WT3] words have the frequencies of natural texts', async () => {
  async function* text() {
    yield* createProseWriter({ seed: 3, vocabularySize: 2_000, marks: 'typographic' }).write(0, 2_000_000);
  }
  const { words, distinctWords } = await countWords(text(), { rules: 'unicode', top: 100 });
  assert.ok(distinctWords > 1_900, `${distinctWords}`);
  // Rank 100 has (1 + 2.7) / (100 + 2.7) of the weight of rank 1.
  const share = words[99]!.count / words[0]!.count;
  assert.ok(share > 0.025 && share < 0.05, `${share}`);
});

test('[WT4] a vocabulary or sizes out of bounds are refused', () => {
  for (const vocabularySize of [0, 1.5, 5_000_001])
    assert.throws(() => createProseWriter({ seed: 1, vocabularySize }), RangeError);
  assert.throws(() => corpusFiles({ seed: 1, count: 1, minBytes: 10, maxBytes: 9 }), RangeError);
});
