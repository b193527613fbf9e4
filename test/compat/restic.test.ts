import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { whyAbsent } from './testing/run-client.ts';
import { digestTree, SAMPLE_TREE, writeRandomFile, writeTree } from './testing/sample-files.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

describe('restic', { skip: whyAbsent('restic', ['version']) }, () => {
  let store: StoreUnderTest;
  const restic = (...words: string[]) =>
    store.succeed('restic', words, {
      environment: {
        RESTIC_PASSWORD: 'not a secret',
        RESTIC_REPOSITORY: `s3:${store.endpoint}/backups`,
        RESTIC_CACHE_DIR: store.path('cache'),
      },
    });

  before(async () => {
    store = await StoreUnderTest.start();
    await writeTree(store.path('tree'), SAMPLE_TREE);
    await writeRandomFile(store.path('tree/large.bin'), 24 * 1024 * 1024);
  });
  after(() => store?.end());

  test('init, backup, check of all data, restore: the same files', async () => {
    await restic('init');
    await restic('backup', 'tree');
    await restic('check', '--read-data');
    await restic('restore', 'latest', '--target', 'restored');
    assert.deepEqual(await digestTree(store.path('restored/tree')), await digestTree(store.path('tree')));
  });

  test('a second backup, forget and prune leave a repository that is whole', async () => {
    await writeRandomFile(store.path('tree/large.bin'), 1024 * 1024);
    await restic('backup', 'tree');
    await restic('forget', '--keep-last', '1', '--prune');
    await restic('check', '--read-data');
    assert.equal(JSON.parse(await restic('snapshots', '--json')).length, 1);
  });
});
