import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../e2e/testing/wait.ts';
import { whyAbsent } from './testing/run-client.ts';
import { digestTree, SAMPLE_TREE, sha256File, writeRandomFile, writeTree } from './testing/sample-files.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

const BUCKET = 's3://command-line';
const BUCKET_WORDS = ['--bucket', 'command-line', '--output', 'json'];
const LARGE_BYTES = 64 * 1024 * 1024;

interface Told {
  readonly Event?: string;
  readonly Records?: readonly { readonly s3: { readonly object: { readonly key: string } } }[];
}

describe('AWS CLI', { skip: whyAbsent('aws', ['--version']) }, () => {
  let store: StoreUnderTest;
  const aws = (...words: string[]) => store.succeed('aws', words);
  const api = async (operation: string, ...words: string[]) =>
    JSON.parse((await aws('s3api', operation, ...BUCKET_WORDS, ...words)) || '{}');
  const refused = async (...words: string[]) => {
    const { status, errors } = await store.run('aws', words);
    assert.notEqual(status, 0);
    return errors;
  };

  before(async () => {
    store = await StoreUnderTest.start();
    await writeTree(store.path('tree'), SAMPLE_TREE);
    await aws('s3', 'mb', BUCKET);
  });
  after(() => store?.end());

  test('sync up and down keeps every name and byte; ls, mv and rm do what they say', async () => {
    await aws('s3', 'sync', 'tree', `${BUCKET}/tree`, '--no-progress');
    const listed = await aws('s3', 'ls', '--recursive', `${BUCKET}/tree/`);
    for (const [name, bytes] of Object.entries(SAMPLE_TREE)) {
      assert.ok(
        listed.split('\n').some((line) => line.endsWith(` ${bytes} tree/${name}`)),
        `${name} in\n${listed}`,
      );
    }
    assert.equal(
      await aws('s3', 'sync', 'tree', `${BUCKET}/tree`, '--no-progress'),
      '',
      'nothing is sent twice',
    );
    await aws('s3', 'sync', `${BUCKET}/tree`, 'returned', '--no-progress');
    assert.deepEqual(await digestTree(store.path('returned')), await digestTree(store.path('tree')));
    await aws('s3', 'mv', `${BUCKET}/tree/a.txt`, `${BUCKET}/moved.txt`);
    await aws('s3', 'rm', '--recursive', `${BUCKET}/tree/deeper`);
    const left = await aws('s3', 'ls', '--recursive', BUCKET);
    assert.match(left, /moved\.txt/);
    assert.doesNotMatch(left, /a\.txt|deeper/);
  });

  test('64 MiB in parts, copied on the server, come back whole', async () => {
    await writeRandomFile(store.path('large'), LARGE_BYTES);
    await aws('s3', 'cp', 'large', `${BUCKET}/large`, '--no-progress');
    await aws('s3', 'cp', `${BUCKET}/large`, `${BUCKET}/large-copy`, '--no-progress');
    const head = await api('head-object', '--key', 'large', '--checksum-mode', 'ENABLED');
    assert.match(head.ETag, /^"[0-9a-f]{32}-8"$/);
    assert.equal(head.ContentLength, LARGE_BYTES);
    assert.ok(Object.keys(head).some((name) => name.startsWith('Checksum')));
    await aws('s3', 'cp', `${BUCKET}/large-copy`, 'large-returned', '--no-progress');
    assert.equal(await sha256File(store.path('large-returned')), await sha256File(store.path('large')));
  });

  test('put-object takes conditions: create once, replace only what is known', async () => {
    await writeFile(store.path('one'), 'first');
    const put = ['--key', 'lock', '--body', 'one'];
    const refusedPut = (...words: string[]) =>
      refused('s3api', 'put-object', ...BUCKET_WORDS, ...put, ...words);
    const created = await api('put-object', ...put, '--if-none-match', '*');
    assert.match(await refusedPut('--if-none-match', '*'), /PreconditionFailed/);
    assert.match(await refusedPut('--if-match', '"0123"'), /PreconditionFailed/);
    await writeFile(store.path('one'), 'second');
    const replaced = await api('put-object', ...put, '--if-match', created.ETag);
    assert.notEqual(replaced.ETag, created.ETag);
  });

  test('a bucket tells a queue what is written, and says so of its configuration', async () => {
    const common = ['--endpoint-url', store.endpoint, '--output', 'json'];
    const sqs = async (operation: string, ...words: string[]) =>
      JSON.parse((await aws('sqs', operation, ...common, ...words)) || '{}');
    const { QueueUrl } = await sqs('create-queue', '--queue-name', 'told');
    const asked = ['--queue-url', QueueUrl, '--attribute-names', 'QueueArn'];
    const { QueueArn } = (await sqs('get-queue-attributes', ...asked)).Attributes;
    const configuration = (queue: string): string => {
      const Filter = { Key: { FilterRules: [{ Name: 'Suffix', Value: '.txt' }] } };
      const Events = ['s3:ObjectCreated:*'];
      return JSON.stringify({ QueueConfigurations: [{ Id: 'texts', QueueArn: queue, Events, Filter }] });
    };
    const put = ['put-bucket-notification-configuration', '--notification-configuration'] as const;
    await api(...put, configuration(QueueArn));
    const standing = await api('get-bucket-notification-configuration');
    assert.deepEqual(standing, JSON.parse(configuration(QueueArn)));
    const words = ['s3api', ...put, configuration(QueueArn.replace('told', 'none')), ...BUCKET_WORDS];
    assert.match(await refused(...words), /InvalidArgument.*Unable to validate the following destination/);
    await writeFile(store.path('one'), 'first');
    await aws('s3', 'cp', 'one', `${BUCKET}/told/two words.txt`, '--no-progress');
    const keys: string[] = [];
    await eventually('the message comes', 30_000, async () => {
      const waiting = ['--wait-time-seconds', '5', '--max-number-of-messages', '10'];
      const { Messages = [] } = await sqs('receive-message', '--queue-url', QueueUrl, ...waiting);
      const bodies = Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
      keys.push(...bodies.map(({ Event, Records }: Told) => Event ?? Records?.[0]?.s3.object.key ?? ''));
      return keys.length >= 2;
    });
    assert.deepEqual(keys, ['s3:TestEvent', 'told/two+words.txt']);
    await api(...put, '{}');
    assert.deepEqual(await api('get-bucket-notification-configuration'), {});
  });

  test('checksums are verified, kept and told', async () => {
    await writeFile(store.path('sum'), 'checksummed');
    for (const algorithm of ['CRC64NVME', 'SHA256']) {
      const words = ['--key', `sum-${algorithm}`, '--body', 'sum', '--checksum-algorithm', algorithm];
      const { status, output, errors } = await store.run('aws', [
        's3api',
        'put-object',
        ...BUCKET_WORDS,
        ...words,
      ]);
      // Editions without the compiled library cannot compute the CRCs, and say so before they send anything.
      if (status !== 0 && /additional dependency/.test(errors)) continue;
      assert.equal(status, 0, errors);
      assert.match(output, new RegExp(`"Checksum${algorithm}": "[^"]+"`));
    }
    const wrong = ['--key', 'wrong', '--body', 'sum', '--checksum-crc32', 'AAAAAA=='];
    assert.match(await refused('s3api', 'put-object', ...BUCKET_WORDS, ...wrong), /BadDigest/);
  });

  test('list-object-versions, list-multipart-uploads and list-parts are readable', async () => {
    const { Versions } = await api('list-object-versions', '--prefix', 'large');
    assert.deepEqual(
      Versions.map((version: Record<string, unknown>) => [version.Key, version.VersionId, version.IsLatest]),
      [
        ['large', 'null', true],
        ['large-copy', 'null', true],
      ],
    );
    const { UploadId } = await api('create-multipart-upload', '--key', 'begun');
    await writeFile(store.path('part'), 'a part');
    await api(
      'upload-part',
      '--key',
      'begun',
      '--upload-id',
      UploadId,
      '--part-number',
      '1',
      '--body',
      'part',
    );
    const { Uploads } = await api('list-multipart-uploads');
    assert.deepEqual(
      Uploads.map((upload: Record<string, unknown>) => [upload.Key, upload.UploadId]),
      [['begun', UploadId]],
    );
    const { Parts } = await api('list-parts', '--key', 'begun', '--upload-id', UploadId);
    assert.deepEqual(
      Parts.map((part: Record<string, unknown>) => [part.PartNumber, part.Size]),
      [[1, 6]],
    );
    await api('abort-multipart-upload', '--key', 'begun', '--upload-id', UploadId);
    assert.equal((await api('list-multipart-uploads')).Uploads, undefined);
  });

  test('a presigned link serves curl, and a spoilt one does not', {
    skip: whyAbsent('curl', ['--version']),
  }, async () => {
    const link = (await aws('s3', 'presign', `${BUCKET}/lock`)).trim();
    assert.equal(await store.succeed('curl', ['--silent', '--fail', link]), 'second');
    const spoilt = await store.run('curl', ['--silent', '--fail', link.replace('/lock', '/moved.txt')]);
    assert.equal(spoilt.status, 22);
  });

  test('rb --force empties and removes the bucket', async () => {
    await aws('s3', 'rb', '--force', BUCKET);
    assert.match(await refused('s3', 'ls', BUCKET), /NoSuchBucket/);
  });
});
