import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countWords, NotTextError } from './index.ts';
import { inChunks, ofText } from './testing/chunks.ts';
import { drawsFrom, type Flavour, randomText, WHITE_SPACE } from './testing/random-text.ts';
import { referenceCount } from './testing/reference-count.ts';
import { unicodeWords } from './unicode-words.ts';

const ALL = { top: Number.POSITIVE_INFINITY };

async function wordsOf(text: string): Promise<Record<string, number>> {
  const { words } = await countWords(ofText(text), ALL);
  return Object.fromEntries(words.map(({ word, count }) => [word, count]));
}

test('[WC1] fields are parted by the 25 characters of white space and by nothing else', async () => {
  for (const space of WHITE_SPACE)
    assert.deepEqual(await wordsOf(`alpha${space}betas${space}${space}gamma`), {
      alpha: 1,
      betas: 1,
      gamma: 1,
    });
  for (const none of ['\ufeff', '\u200b', '\u180e', '\u2060', '\u001c', '\u001f', '-'])
    assert.deepEqual(await wordsOf(`alpha${none}betas`), { [`alpha${none}betas`]: 1 });
});

test('[WC2] lower case is the simple mapping of each character for itself', async () => {
  const pairs = [
    'İstanbul istanbul',
    'ΟΔΥΣΣΕΥΣ οδυσσευσ',
    'GROẞES großes',
    '\u212aelvin kelvin',
    'ǅezva ǆezva',
    'ᾈδης ᾀδης',
  ];
  for (const pair of pairs) {
    const [from, to] = pair.split(' ');
    assert.deepEqual(await wordsOf(from!), { [to!]: 1 });
  }
  assert.deepEqual(await wordsOf('ΟΔΥΣΣΕΥς cafe\u0301 café'), { οδυσσευς: 1, 'cafe\u0301': 1, café: 1 });
});

test('[WC3] four bytes are dropped and five are kept, measured in lower case and before trimming', async () => {
  assert.deepEqual(await wordsOf('four cat. end. ends. "cat" äöü 日本 é\u00e9a'), {
    ends: 1,
    cat: 1,
    äöü: 1,
    日本: 1,
    ééa: 1,
  });
  // Two bytes become three, three become one: it is the lower case that is measured.
  assert.deepEqual(await wordsOf('ȺabȺ Ⱥab aa\u212a \u212a\u212aa \u212a\u212abcd'), {
    ⱥabⱥ: 1,
    ⱥab: 1,
    kkbcd: 1,
  });
});

test('[WC4] marks are trimmed from both ends only', async () => {
  assert.deepEqual(await wordsOf(`...hello!!! "it's" 'rock'n'roll' (word) end...;`), {
    hello: 1,
    "it's": 1,
    "rock'n'roll": 1,
    '(word)': 1,
    'end...;': 1,
  });
});

test('[WC5] what trimming leaves is counted, also when it is short or nothing', async () => {
  assert.deepEqual(await wordsOf('..... "a..." ?!?!?! 12345'), { '': 2, a: 1, 12345: 1 });
});

test('[WC6] the first ten come by count, then by bytes', async () => {
  const text = 'zebra zebra \ue000aaaa 😀aaaa kiwis lemon mango nutty olive peach quince raisin straw';
  const { words, distinctWords, bytes } = await countWords(ofText(text));
  assert.deepEqual(
    words.map(({ word }) => word),
    ['zebra', 'kiwis', 'lemon', 'mango', 'nutty', 'olive', 'peach', 'quince', 'raisin', 'straw'],
  );
  assert.equal(distinctWords, 12);
  assert.equal(bytes, Buffer.byteLength(text));
  const all = await countWords(ofText(text), { top: 12 });
  assert.deepEqual(
    all.words.slice(10).map(({ word }) => word),
    ['\ue000aaaa', '😀aaaa'],
  );
  assert.deepEqual((await countWords(ofText(text), { top: 0 })).words, []);
});

for (const flavour of ['ascii', 'mixed', 'odd'] satisfies Flavour[])
  test(`[WC1, WC2, WC3, WC4, WC5, WC6] random ${flavour} texts give what the reference gives`, async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const draw = drawsFrom(seed);
      const bytes = Buffer.from(randomText(draw, seed % 10 === 0 ? 300_000 : draw(4_000), flavour));
      const chunkBytes = 1 + draw(seed % 3 === 0 ? 100 : 100_000);
      const top = seed % 2 === 0 ? 10 : Number.POSITIVE_INFINITY;
      const counted = await countWords(
        inChunks(bytes, () => draw(2 * chunkBytes)),
        { top },
      );
      assert.deepEqual(counted, referenceCount(bytes, top), `seed ${seed}`);
    }
  });

test('[WN1] an empty text, and one of white space, counts nothing', async () => {
  assert.deepEqual(await countWords(ofText('')), { words: [], distinctWords: 0, bytes: 0 });
  assert.deepEqual(await countWords(ofText(' \n\u3000')), { words: [], distinctWords: 0, bytes: 5 });
});

async function refusal(bytes: Uint8Array, maxWordBytes = 2_048): Promise<string> {
  const told = countWords(
    inChunks(bytes, () => 1_000),
    { maxWordBytes },
  );
  const error = await told.then(
    () => assert.fail('it was counted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof NotTextError, String(error));
  assert.match(error.message, new RegExp(`byte ${error.offset}`));
  return `${error.reason} ${error.offset}`;
}

test('[WN2] a NUL byte and invalid UTF-8 are refused where they stand', async () => {
  const prose = 'some plain words '.repeat(30_000);
  const bad = {
    'nul 510005': [0x68, 0x65, 0x6c, 0x6c, 0x6f, 0, 0x20],
    'invalid-utf-8 510000': [0xc3, 0x28],
    'invalid-utf-8 510001': [0x61, 0x80],
    'invalid-utf-8 510002': [0x61, 0x61, 0xed, 0xa0, 0x80, 0x20],
    'invalid-utf-8 510003': [0x20, 0x61, 0x61, 0xf4, 0x90, 0x80, 0x80],
    'invalid-utf-8 510004': [0x61, 0x61, 0x61, 0x61, 0xe2, 0x82],
  };
  for (const [told, bytes] of Object.entries(bad))
    assert.equal(await refusal(Buffer.concat([Buffer.from(prose), Buffer.from(bytes)])), told);
  assert.equal(await refusal(Buffer.from([0xc0, 0x80])), 'invalid-utf-8 0');
  assert.equal(await refusal(Buffer.from([0xff, 0xfe, 0x68, 0x00])), 'invalid-utf-8 0');
  assert.equal(await refusal(Buffer.alloc(600_000)), 'nul 0');
  assert.equal(
    await refusal(Buffer.concat([Buffer.alloc(600_000, 'a'), Buffer.alloc(1)]), 400_000),
    'long-word 0',
  );
});

test('[WN3] a word is refused when it is longer than allowed, and only then', async () => {
  for (const before of ['', ' ', 'word ', '\u3000', 'é \u2028']) {
    for (const limit of [1_024, 2_048, 300_000, 1_048_576]) {
      const at = Buffer.byteLength(before);
      const long = Buffer.from(`${before}${'w'.repeat(limit)}x tail`);
      assert.equal(await refusal(long, limit), `long-word ${at}`);
      const fits = Buffer.from(`${before}${'w'.repeat(limit)} tail`);
      const { words } = await countWords(
        inChunks(fits, () => 70_000),
        { maxWordBytes: limit, ...ALL },
      );
      assert.deepEqual(words, [{ word: 'w'.repeat(limit), count: 1 }]);
    }
  }
});

test('[WN4] the text is let go when it is refused', async () => {
  let closed = false;
  async function* binary(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(65_536);
    } finally {
      closed = true;
    }
  }
  await assert.rejects(countWords(binary()), NotTextError);
  assert.ok(closed);
});

test('[WN5] options that are not allowed are refused', async () => {
  for (const wrong of [
    { top: -1 },
    { top: 1.5 },
    { threads: 0 },
    { maxWordBytes: 10 },
    { rules: 'other' as 'classic' },
  ])
    await assert.rejects(countWords(ofText(''), wrong), RangeError);
});

test('[WU1, WU2] words by Unicode boundaries, folded and composed', async () => {
  const { words } = await countWords(
    ofText('\ufeffDon’t stop: STRASSE, Straße; cafe\u0301—CAFÉ 3.14 e-mail ... ΟΔΟΣ οδος 東京'),
    { rules: 'unicode', ...ALL },
  );
  const counts = Object.fromEntries(words.map(({ word, count }) => [word, count]));
  assert.equal(counts.strasse, 2);
  assert.equal(counts.café, 2);
  assert.equal(counts['don’t'], 1);
  assert.equal(counts['3.14'], 1);
  assert.equal(counts.e, 1);
  assert.equal(counts.οδοσ, 2);
  assert.equal(counts.東京, 1);
  assert.equal(counts['...'], undefined);
});

test('[WU3] blocks do not change words', async () => {
  const draw = drawsFrom(7);
  const text = randomText(draw, 300_000, 'mixed');
  const whole = new Map<string, number>();
  for (const word of unicodeWords(text, true)) whole.set(word, (whole.get(word) ?? 0) + 1);
  const { words } = await countWords(ofText(text, 777), { rules: 'unicode', ...ALL });
  assert.deepEqual(new Map(words.map(({ word, count }) => [word, count])), whole);
});

test('[WU4] stop words are not counted, however they are written', async () => {
  const text = 'The cat and THE hat and Straße, straw';
  const { words, distinctWords } = await countWords(ofText(text), {
    rules: 'unicode',
    stopWords: ['the', 'And', 'STRASSE'],
  });
  assert.deepEqual(
    words.map(({ word }) => word),
    ['cat', 'hat', 'straw'],
  );
  assert.equal(distinctWords, 3);
  const classic = await countWords(ofText('Their words, their WORDS'), { stopWords: ['THEIR'] });
  assert.deepEqual(classic.words, [{ word: 'words', count: 2 }]);
});
