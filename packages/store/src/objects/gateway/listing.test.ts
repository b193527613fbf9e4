import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { bodyOf } from '../../testing/bodies.ts';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { listByDefinition } from '../../testing/listing-oracle.ts';
import { MemoryRouter } from '../../testing/memory-router.ts';
import type { ListObjectsPage, ListUploadsPage, ObjectStore } from '../object-store.ts';
import { createObjectStore } from './create-object-store.ts';

/** UTF-16 puts U+10000 before U+E000 and U+FFFF, UTF-8 behind them; zero and 0xff-like ends are where bounds go wrong. */
const LETTERS = ['a', 'b', '/', '/', 'é', '\u{10000}', '\ue000', '\uffff', '\u0000', '\u007f', '\u{10ffff}'];

function word(random: Random, longest: number): string {
  return Array.from({ length: random.int(longest + 1) }, () => random.pick(LETTERS)).join('');
}

function setUp(seed: number, partitionCount: number) {
  const clock = new LeapingClock();
  const router = new MemoryRouter({ nowMs: () => clock.wallMs(), partitionCount });
  const store = createObjectStore({ router, clock, random: seededRandom(seed) });
  return { router, store };
}

function put(store: ObjectStore, key: string) {
  const headers = { 'x-amz-storage-class': 'STANDARD_IA' };
  const body = bodyOf(new Uint8Array(key.length));
  return store.putObject({ bucket: 'b', key, headers, userMetadata: {}, conditions: {}, body });
}

function rowsOf(page: ListObjectsPage): { name: string; group: boolean }[] {
  const objects = page.objects.map(({ key }) => ({ name: key, group: false }));
  const groups = page.commonPrefixes.map((name) => ({ name, group: true }));
  return listByDefinition([], { prefix: '', delimiter: '', after: '', limit: 0 }).rows.concat(
    objects,
    groups,
  );
}

function byName(rows: { name: string; group: boolean }[]) {
  return [...rows].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

for (const seed of [1, 2]) {
  test(`[O22] listings of random keys agree with the definition, seed ${seed}`, async () => {
    const random = seededRandom(seed);
    const { store, router } = setUp(seed, random.pick([1, 3, 16]));
    await store.createBucket('b');
    await store.createBucket('other');
    const keys = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const key = `${random.pick(LETTERS)}${word(random, 5)}`;
      if (random.chance(0.8)) {
        keys.add(key);
        await put(store, key);
      } else {
        keys.delete(key);
        await store.deleteObject('b', key);
      }
    }
    for (let i = 0; i < 150; i++) {
      const after = random.chance(0.5) ? '' : random.chance(0.5) ? word(random, 5) : random.pick([...keys]);
      const page = {
        prefix: random.chance(0.5) ? '' : word(random, 2),
        delimiter: random.pick(['', '/', '/', 'a', 'é', '\u{10000}', 'a/', '\u0000']),
        ...{ after, limit: random.pick([1, 2, 3, 10, 50, 1_000]) },
      };
      const answer = await store.listObjects({ bucket: 'b', ...page });
      const expected = listByDefinition(keys, page);
      assert.deepEqual(byName(rowsOf(answer)), byName(expected.rows), JSON.stringify(page));
      assert.equal(answer.truncated, expected.truncated, JSON.stringify(page));
      assert.equal(answer.nextAfter, expected.truncated ? expected.rows.at(-1)?.name : undefined);
    }
    const whole = await store.listObjects({
      bucket: 'b',
      prefix: '',
      delimiter: '',
      after: '',
      limit: 1_000,
    });
    for (const { key, size, etag, storageClass } of whole.objects) {
      const { info } = await store.getObject('b', key);
      assert.deepEqual(
        { size, etag, storageClass },
        { size: key.length, etag: info.etag, storageClass: 'STANDARD_IA' },
      );
    }
    assert.deepEqual(router.calls.get('listUploads'), undefined);
  });

  test(`[O24] listings of uploads agree with the definition, seed ${seed}`, async () => {
    const random = seededRandom(seed + 100);
    const { store } = setUp(seed, random.pick([1, 3, 16]));
    await store.createBucket('b');
    const uploads: { key: string; uploadId: string }[] = [];
    for (let i = 0; i < 120; i++) {
      const key = `${random.pick(LETTERS)}${word(random, 3)}`;
      const { uploadId } = await store.createUpload({ bucket: 'b', key, headers: {}, userMetadata: {} });
      uploads.push({ key, uploadId });
      if (random.chance(0.1)) {
        const [gone] = uploads.splice(random.int(uploads.length), 1);
        await store.abortUpload({ bucket: 'b', ...gone! });
      }
    }
    for (let i = 0; i < 40; i++) {
      const page = {
        prefix: random.chance(0.5) ? '' : word(random, 2),
        delimiter: random.pick(['', '/', 'a', '\u0000']),
        limit: random.pick([1, 3, 17]),
      };
      const listed: string[] = [];
      let from = { afterKey: '', afterUploadId: '' };
      for (;;) {
        const answer: ListUploadsPage = await store.listUploads({ bucket: 'b', ...page, ...from });
        const count = answer.uploads.length + answer.commonPrefixes.length;
        assert.ok(count <= page.limit);
        for (const { key, uploadId } of answer.uploads) listed.push(`${key}|${uploadId}`);
        listed.push(...answer.commonPrefixes);
        if (!answer.truncated) break;
        const lastUpload = answer.uploads.at(-1);
        const [lastGroup] = answer.commonPrefixes.slice(-1);
        const names = [lastUpload?.key, lastGroup].filter((name) => name !== undefined);
        const last = listByDefinition(names, { prefix: '', delimiter: '', after: '', limit: 2 }).rows.at(
          -1,
        )!.name;
        from = { afterKey: last, afterUploadId: last === lastUpload?.key ? lastUpload.uploadId : '' };
      }
      const everything = { ...page, after: '', limit: 10_000 };
      const keys = listByDefinition(
        uploads.map(({ key }) => key),
        everything,
      ).rows;
      const expected = keys.flatMap(({ name, group }) =>
        group
          ? [name]
          : uploads.filter(({ key }) => key === name).map(({ key, uploadId }) => `${key}|${uploadId}`),
      );
      assert.deepEqual([...listed].sort(), [...expected].sort(), JSON.stringify(page));
      const inOrder = (names: string[]): string[] => names.filter((name) => name.includes('|'));
      assert.deepEqual(inOrder(listed), inOrder(expected), JSON.stringify(page));
    }
  });
}

test('[O23] a prefix with thousands of keys below it costs one row a partition', async () => {
  const { store, router } = setUp(1, 4);
  await store.createBucket('b');
  for (let i = 0; i < 3_000; i++) await put(store, `big/${i}`);
  for (const key of ['a', 'big', 'bigger', 'c/1', 'd']) await put(store, key);
  let read = 0;
  for (const { kv } of router.partitions) {
    const range = kv.range.bind(kv);
    kv.range = function* (asked) {
      for (const pair of range(asked)) {
        read++;
        yield pair;
      }
    };
  }
  const page = await store.listObjects({ bucket: 'b', prefix: '', delimiter: '/', after: '', limit: 100 });
  assert.deepEqual(page.commonPrefixes, ['big/', 'c/']);
  assert.deepEqual(
    page.objects.map(({ key }) => key),
    ['a', 'big', 'bigger', 'd'],
  );
  assert.ok(read < 30, `${read} rows were read`);
});

test('[O22] a page of a large bucket takes one round, and one more at most where all share prefixes', async () => {
  const { store, router } = setUp(1, 64);
  await store.createBucket('b');
  for (let i = 0; i < 4_000; i++) await put(store, `${i % 400}/${i}`);
  const rounds = async (delimiter: string): Promise<number> => {
    const before = router.calls.get('listObjects') ?? 0;
    const page = await store.listObjects({ bucket: 'b', prefix: '', delimiter, after: '', limit: 1_000 });
    assert.equal(page.objects.length + page.commonPrefixes.length, delimiter === '' ? 1_000 : 400);
    return ((router.calls.get('listObjects') ?? 0) - before) / 64;
  };
  assert.ok((await rounds('')) < 1.2);
  assert.ok((await rounds('/')) <= 3);
});
