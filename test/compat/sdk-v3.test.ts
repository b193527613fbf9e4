import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { StoreUnderTest } from './testing/store-under-test.ts';

const Bucket = 'scripted';

describe('AWS SDK for JavaScript v3', () => {
  let store: StoreUnderTest;
  let client: S3Client;

  before(async () => {
    store = await StoreUnderTest.start();
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = store.environment;
    client = new S3Client({
      endpoint: store.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID!, secretAccessKey: AWS_SECRET_ACCESS_KEY! },
    });
    await client.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    client?.destroy();
    await store?.end();
  });

  const read = async (Key: string): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from(await Body!.transformToByteArray());
  };
  const fails = async (sent: Promise<unknown>, status: number, name: string): Promise<void> => {
    await assert.rejects(sent, (error) => {
      assert.ok(error instanceof S3ServiceException);
      assert.deepEqual([error.$metadata.httpStatusCode, error.name], [status, name]);
      return true;
    });
  };

  test('create, read, describe, replace, delete', async () => {
    const Key = 'täglich/a b+c.txt';
    const put = await client.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: 'first',
        ContentType: 'text/plain',
        Metadata: { colour: 'blue' },
      }),
    );
    assert.equal(put.ETag, `"${createHash('md5').update('first').digest('hex')}"`);
    assert.equal((await read(Key)).toString(), 'first');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    assert.deepEqual(
      [head.ContentType, head.ContentLength, head.Metadata],
      ['text/plain', 5, { colour: 'blue' }],
    );
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'second' }));
    assert.equal((await read(Key)).toString(), 'second');
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await fails(read(Key), 404, 'NoSuchKey');
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets!.map(({ Name }) => Name),
      [Bucket],
    );
  });

  test('conditional writes: one of many creators wins, a known version is replaced', async () => {
    const Key = 'lock';
    const create = (Body: string) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }));
    const tries = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(create));
    const won = tries.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await read(Key)).toString(), 'abcde'[won]);
    await fails(create('f'), 412, 'PreconditionFailed');
    const { ETag } = await client.send(new HeadObjectCommand({ Bucket, Key }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'next', IfMatch: ETag! }));
    await fails(
      client.send(new PutObjectCommand({ Bucket, Key, Body: 'late', IfMatch: ETag! })),
      412,
      'PreconditionFailed',
    );
    await fails(
      client.send(new GetObjectCommand({ Bucket, Key, IfMatch: ETag! })),
      412,
      'PreconditionFailed',
    );
  });

  test('checksums in trailers, the default of the SDK: sent, verified, and checked again when read', async () => {
    const body = randomBytes(300_000);
    const put = await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'streamed',
        Body: Readable.from([body]),
        ContentLength: body.length,
      }),
    );
    assert.ok(put.ChecksumCRC32 ?? put.ChecksumCRC64NVME);
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const Key = `sum-${ChecksumAlgorithm}`;
      const Body = Readable.from([body]);
      await client.send(
        new PutObjectCommand({ Bucket, Key, Body, ContentLength: body.length, ChecksumAlgorithm }),
      );
      const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      assert.ok(got[`Checksum${ChecksumAlgorithm}`]);
      assert.ok(Buffer.from(await got.Body!.transformToByteArray()).equals(body));
    }
    const { Checksum, ObjectSize } = await client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'sum-SHA256',
        ObjectAttributes: ['Checksum', 'ObjectSize'],
      }),
    );
    assert.equal(Checksum?.ChecksumSHA256, createHash('sha256').update(body).digest('base64'));
    assert.equal(ObjectSize, body.length);
    const wrong = { Bucket, Key: 'wrong', Body: 'hello', ChecksumCRC32: 'AAAAAA==' };
    await fails(client.send(new PutObjectCommand(wrong)), 400, 'BadDigest');
  });

  test('Upload sends a stream of unknown length in parts', async () => {
    const pieces = Array.from({ length: 17 }, () => randomBytes(1024 * 1024));
    const upload = new Upload({
      client,
      params: { Bucket, Key: 'uploaded', Body: Readable.from(pieces) },
      partSize: 5 * 1024 * 1024,
      queueSize: 3,
    });
    assert.match((await upload.done()).ETag!, /-4"$/);
    assert.ok((await read('uploaded')).equals(Buffer.concat(pieces)));
    const part = await client.send(new GetObjectCommand({ Bucket, Key: 'uploaded', PartNumber: 4 }));
    assert.equal(part.PartsCount, 4);
    assert.ok(Buffer.from(await part.Body!.transformToByteArray()).equals(Buffer.concat(pieces.slice(15))));
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/uploaded` }));
    assert.ok((await read('copied')).equals(Buffer.concat(pieces)));
  });

  test('paginators see every key once, and folders as folders; DeleteObjects empties the bucket', async () => {
    const keys = Array.from({ length: 25 }, (_, i) => `many/${i % 3}/key ${String(i).padStart(2, '0')} ü`);
    await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
    const found: string[] = [];
    for await (const page of paginateListObjectsV2({ client, pageSize: 4 }, { Bucket, Prefix: 'many/' }))
      found.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    assert.deepEqual(found, [...keys].sort());
    const folders: string[] = [];
    const grouped = { Bucket, Prefix: 'many/', Delimiter: '/' };
    for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, grouped))
      folders.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
    assert.deepEqual(folders, ['many/0/', 'many/1/', 'many/2/']);
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      const Objects = Contents.map(({ Key }) => ({ Key: Key! }));
      const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      assert.equal(Errors, undefined);
    }
    await client.send(new DeleteBucketCommand({ Bucket }));
    await fails(read('lock'), 404, 'NoSuchBucket');
  });
});
