import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { whyAbsent } from './testing/run-client.ts';
import { digestTree, SAMPLE_TREE, sha256File, writeRandomFile, writeTree } from './testing/sample-files.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

const PARTS = ['--s3-upload-cutoff=8M', '--s3-chunk-size=8M', '--s3-copy-cutoff=8M'];

describe('rclone', { skip: whyAbsent('rclone', ['version']) }, () => {
  let store: StoreUnderTest;
  const settings = () => ({
    environment: {
      RCLONE_CONFIG_STORE_TYPE: 's3',
      RCLONE_CONFIG_STORE_PROVIDER: 'Other',
      RCLONE_CONFIG_STORE_ENV_AUTH: 'true',
      RCLONE_CONFIG_STORE_REGION: 'us-east-1',
      RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
    },
  });
  const rclone = (...words: string[]) => store.succeed('rclone', [...words, ...PARTS], settings());
  const names = async (path: string) =>
    (await rclone('lsf', '-R', '--files-only', path)).trim().split('\n').sort();

  before(async () => {
    store = await StoreUnderTest.start();
    await writeTree(store.path('tree'), SAMPLE_TREE);
    await writeRandomFile(store.path('tree/large.bin'), 24 * 1024 * 1024 + 17);
    await rclone('mkdir', 'store:cloned');
  });
  after(() => store?.end());

  test('sync and check, by hash and by content; a second sync has nothing to do', async () => {
    await rclone('sync', 'tree', 'store:cloned/tree');
    await rclone('check', 'tree', 'store:cloned/tree');
    await rclone('check', '--download', 'tree', 'store:cloned/tree');
    assert.deepEqual(await names('store:cloned/tree'), [...Object.keys(SAMPLE_TREE), 'large.bin'].sort());
    await rclone('sync', 'store:cloned/tree', 'returned');
    assert.deepEqual(await digestTree(store.path('returned')), await digestTree(store.path('tree')));
  });

  test('times of files are kept, so that nothing is sent twice', async () => {
    const report = JSON.parse(await rclone('lsjson', '-M', '--hash', 'store:cloned/tree/large.bin'));
    assert.ok(report[0].Metadata.mtime, JSON.stringify(report));
    const again = await store.run('rclone', ['sync', '-v', 'tree', 'store:cloned/tree'], settings());
    assert.match(again.errors, /nothing to transfer/);
  });

  test('copyto copies on the server, whole and in parts', async () => {
    for (const name of ['large.bin', 'deeper/ñandú 日本 ü.bin', 'empty']) {
      await rclone('copyto', `store:cloned/tree/${name}`, `store:cloned/copies/${name}`);
      await rclone('copyto', `store:cloned/copies/${name}`, store.path('copy'));
      assert.equal(await sha256File(store.path('copy')), await sha256File(store.path('tree', name)));
    }
    await rclone('moveto', 'store:cloned/copies/empty', 'store:cloned/moved');
    assert.ok((await names('store:cloned')).includes('moved'));
  });

  test('what is deleted here is deleted there; purge removes the rest', async () => {
    await rm(store.path('tree/a.txt'));
    await rm(store.path('tree/deeper'), { recursive: true });
    await rclone('sync', 'tree', 'store:cloned/tree');
    assert.deepEqual(await names('store:cloned/tree'), ['empty', 'large.bin', 'two words & 100% + more.txt']);
    await rclone('deletefile', 'store:cloned/moved');
    await rclone('purge', 'store:cloned');
    assert.equal(await rclone('lsf', 'store:'), '');
  });
});
