import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { createProseWriter } from '../corpus/index.ts';
import { NotTextError, WordCounter } from './index.ts';
import { inChunks, ofText } from './testing/chunks.ts';
import { drawsFrom, randomText } from './testing/random-text.ts';
import { referenceCount } from './testing/reference-count.ts';
import type { WordCounts } from './word-counts.ts';

const ALL = { top: Number.POSITIVE_INFINITY };
const counter = new WordCounter(3);
after(() => counter.close());

const TEXTS = join(import.meta.dirname, '../../texts');

test('[WC1, WC2, WC3, WC4, WC5, WC6] real texts have the words that the original functions find', async () => {
  // Made with strings.Fields, strings.ToLower and strings.Trim of the original's language.
  const golden: Record<string, { bytes: number; distinctWords: number; words: [string, number][] }> =
    JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/top-ten.json'), 'utf8'));
  assert.equal(Object.keys(golden).length, 5);
  for (const [name, told] of Object.entries(golden)) {
    const counted = await counter.count(ofText(readFileSync(join(TEXTS, name), 'utf8')));
    const words = counted.words.map(({ word, count }): [string, number] => [word, count]);
    assert.deepEqual({ ...counted, words }, told, name);
  }
});

test('[WE2] several threads count what one does, whatever the text', async () => {
  for (const flavour of ['ascii', 'mixed', 'odd'] as const) {
    const bytes = Buffer.from(randomText(drawsFrom(1), 1_000_000, flavour));
    const chunks = inChunks(Buffer.concat([bytes, Buffer.from(' '), bytes]), () => 1_000_000);
    const { words } = await counter.count(chunks, ALL);
    const doubled = referenceCount(bytes, ALL.top).words.map(({ word, count }) => ({
      word,
      count: 2 * count,
    }));
    assert.deepEqual(words, doubled, flavour);
  }
});

test('[WE2] words over the borders of blocks, pieces and vectors stay whole', async () => {
  const tricky = Buffer.from(
    ' "Alpha\u3000ßeta😀\u2028\u0085ẞtraßE,\r\nİİİİ\u00a0...ȺȺ\u1680𐐀𐐁 \u205fomega! ',
  );
  // What stands before is too short to count.
  const { words } = referenceCount(Buffer.concat([tricky, tricky]), ALL.top);
  for (const border of [64, 2_048, 262_144])
    for (let shift = 0; shift <= Math.min(border, tricky.length); shift++) {
      const bytes = Buffer.concat([Buffer.alloc(border - shift, 'x y '), tricky, tricky]);
      const counted = await counter.count(
        inChunks(bytes, () => 65_536),
        ALL,
      );
      assert.deepEqual(counted.words, words, `border ${border}, ${shift} before it`);
    }
});

test('[WE2] words that agree at both ends are told apart', async () => {
  const words = [15, 16, 17, 23, 24, 25, 33, 4_000].flatMap((length) =>
    ['a', 'b'].flatMap((middle) => [
      'w'.repeat(Math.floor(length / 2)) + middle + 'w'.repeat(length - 1 - Math.floor(length / 2)),
      middle + 'w'.repeat(length - 1),
      'w'.repeat(length - 1) + middle,
    ]),
  );
  const text = words.flatMap((word, i) => Array<string>((i % 3) + 1).fill(word)).join(' ');
  assert.deepEqual(await counter.count(ofText(text), ALL), referenceCount(Buffer.from(text), ALL.top));
});

test('[WE2] fifty thousand different words, and the counts of all', async () => {
  const text = Array.from({ length: 50_000 }, (_, i) => `word${i} w${i} x${i % 7}`).join('\n');
  const { words } = referenceCount(Buffer.from(text), ALL.top);
  assert.deepEqual((await counter.count(ofText(text), ALL)).words, words);
  assert.deepEqual((await counter.count(ofText(text))).words, words.slice(0, 10));
});

test('[WE3] counts that run side by side do not mix', async () => {
  const texts = Array.from({ length: 8 }, (_, seed) =>
    Buffer.from(randomText(drawsFrom(seed), 300_000, 'mixed')),
  );
  const counted = await Promise.all(
    texts.map((bytes) =>
      counter.count(
        inChunks(bytes, () => 10_000),
        ALL,
      ),
    ),
  );
  texts.forEach((bytes, i) => {
    assert.deepEqual(counted[i], referenceCount(bytes, ALL.top));
  });
});

test('[WE3] a count after a refused one, or with other limits, starts from nothing', async () => {
  const bad = Buffer.concat([Buffer.from('some words here '.repeat(50_000)), Buffer.alloc(1)]);
  const plain = 'alpha betas alpha';
  const wanted: WordCounts = {
    words: [
      { word: 'alpha', count: 2 },
      { word: 'betas', count: 1 },
    ],
    distinctWords: 2,
    bytes: 17,
  };
  for (const maxWordBytes of [1_048_576, 2_048, 1_048_576]) {
    await assert.rejects(
      counter.count(
        inChunks(bad, () => 4_096),
        { maxWordBytes },
      ),
      NotTextError,
    );
    assert.deepEqual(await counter.count(ofText(plain), { maxWordBytes }), wanted);
  }
});

test('[WN3] of several faults the first in the text is told', async () => {
  const prose = Buffer.from('some plain words '.repeat(40_000));
  const nul = Buffer.alloc(1);
  const invalid = Buffer.from([0xff]);
  const long = Buffer.alloc(3_000_000, 'w');
  for (const faults of [
    [nul, invalid, long],
    [invalid, prose, nul, long],
    [long, nul, prose, invalid],
  ])
    await assert.rejects(
      counter.count(inChunks(Buffer.concat([prose, ...faults]), () => 100_000)),
      (error: unknown) => error instanceof NotTextError && error.offset === prose.length,
    );
});

test('[WN4] what ends the stream ends the count', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('some words '.repeat(100_000));
    throw new Error('the connection was lost');
  }
  await assert.rejects(counter.count(broken()), /the connection was lost/);
});

test('[WE4] a closed counter refuses, and fails what it was counting', async () => {
  const closing = new WordCounter(1);
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.from('some words '.repeat(1_000));
  }
  const counted = closing.count(endless());
  await closing.count(ofText('a first one'));
  await Promise.all([assert.rejects(counted, /the counter was closed/), closing.close()]);
  await assert.rejects(closing.count(ofText('one more')), /closed/);
});

test('[WE4] idle threads do not keep a process alive', async () => {
  const script = `
    import { countWords } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    const { distinctWords } = await countWords((async function* () { yield Buffer.from('hello world'); })());
    console.log(distinctWords);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 60_000,
  });
  assert.equal(stdout, '2\n');
});

test('[WN6] half a gigabyte needs no more memory than a megabyte', async () => {
  const script = join(import.meta.dirname, 'testing/count-stream.ts');
  const [little, much] = await Promise.all(
    [2 ** 20, 2 ** 29].map(async (bytes) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, String(bytes)]);
      return JSON.parse(stdout) as { bytes: number; distinctWords: number; peakMiB: number };
    }),
  );
  assert.equal(much!.bytes, 2 ** 29);
  // The cut at the end of the megabyte's chunk may make a word more.
  assert.ok(Math.abs(much!.distinctWords - little!.distinctWords) <= 2);
  assert.ok(much!.peakMiB < little!.peakMiB + 48, `${much!.peakMiB} MiB against ${little!.peakMiB} MiB`);
});

test('[WE2] a large vocabulary gives the same on one thread and on several', async () => {
  const chunks = [...createProseWriter({ seed: 4, vocabularySize: 200_000 }).write(0, 3_000_000)];
  async function* text() {
    yield* chunks;
  }
  const { words, ...rest } = await counter.count(text(), { top: 1_000 });
  assert.ok(rest.distinctWords > 50_000, `${rest.distinctWords}`);
  assert.deepEqual(await counter.count(text(), { top: 1_000, threads: 1 }), { words, ...rest });
});
