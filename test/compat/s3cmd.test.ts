import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { whyAbsent } from './testing/run-client.ts';
import { digestTree, SAMPLE_TREE, sha256File, writeRandomFile, writeTree } from './testing/sample-files.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

const BUCKET = 's3://commanded';

describe('s3cmd', { skip: whyAbsent('s3cmd', ['--version']) }, () => {
  let store: StoreUnderTest;
  const s3cmd = (...words: string[]) =>
    store.succeed('s3cmd', ['-c', store.path('s3cfg'), '--no-progress', ...words]);

  before(async () => {
    store = await StoreUnderTest.start();
    await writeFile(store.path('s3cfg'), configuration(store));
    await writeTree(store.path('tree'), SAMPLE_TREE);
    await s3cmd('mb', BUCKET);
  });
  after(() => store?.end());

  test('put and get in parts; info tells size, digest and settings that nobody made', async () => {
    await writeRandomFile(store.path('large'), 20 * 1024 * 1024 + 1);
    await s3cmd('put', '--multipart-chunk-size-mb=8', 'large', `${BUCKET}/large`);
    await s3cmd('get', `${BUCKET}/large`, 'returned-large');
    assert.equal(await sha256File(store.path('returned-large')), await sha256File(store.path('large')));
    const info = await s3cmd('info', `${BUCKET}/large`);
    assert.match(info, /File size: 20971521/);
    assert.match(info, /Policy: +none/);
    assert.match(await s3cmd('info', BUCKET), /Location: +us-east-1/);
    assert.doesNotMatch(await s3cmd('multipart', BUCKET), /large/);
  });

  test('sync up, ls, sync down, and what is deleted here is deleted there', async () => {
    await s3cmd('sync', 'tree/', `${BUCKET}/tree/`);
    const listed = await s3cmd('ls', '--recursive', `${BUCKET}/tree/`);
    for (const name of Object.keys(SAMPLE_TREE)) assert.ok(listed.includes(`${BUCKET}/tree/${name}`), listed);
    await s3cmd('sync', `${BUCKET}/tree/`, `${store.path('returned')}/`);
    assert.deepEqual(await digestTree(store.path('returned')), await digestTree(store.path('tree')));
    await rm(store.path('tree/a.txt'));
    await s3cmd('sync', '--delete-removed', 'tree/', `${BUCKET}/tree/`);
    assert.doesNotMatch(await s3cmd('ls', '--recursive', `${BUCKET}/tree/`), /a\.txt/);
  });

  test('cp, mv and modify copy on the server; links of version 2 are served', async () => {
    await writeFile(store.path('note'), 'a note');
    await s3cmd('put', 'note', `${BUCKET}/note`);
    await s3cmd('cp', `${BUCKET}/note`, `${BUCKET}/copy`);
    await s3cmd('mv', `${BUCKET}/copy`, `${BUCKET}/moved`);
    await s3cmd('modify', '--add-header=x-amz-meta-colour:blue', `${BUCKET}/moved`);
    assert.match(await s3cmd('info', `${BUCKET}/moved`), /x-amz-meta-colour: +blue/);
    const link = (await s3cmd('signurl', `${BUCKET}/moved`, '+600')).trim();
    assert.equal(await (await fetch(link)).text(), 'a note');
  });

  test('del and rb leave nothing', async () => {
    await s3cmd('del', '--recursive', '--force', BUCKET);
    await s3cmd('rb', BUCKET);
    assert.equal((await s3cmd('ls')).trim(), '');
  });
});

function configuration({ endpoint, environment }: StoreUnderTest): string {
  const { host } = new URL(endpoint);
  return [
    '[default]',
    `access_key = ${environment.AWS_ACCESS_KEY_ID}`,
    `secret_key = ${environment.AWS_SECRET_ACCESS_KEY}`,
    `host_base = ${host}`,
    `host_bucket = ${host}`,
    'use_https = False',
    '',
  ].join('\n');
}
