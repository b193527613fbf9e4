import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { MemoryObjectStore } from '@crescendo/store/testing';
import { digestOf } from '../../hashing/stream-hash.ts';
import { type Answer, SignedClient } from '../../testing/signed-client.ts';
import { createS3Door, type S3Door } from './index.ts';

let nowMs = Date.UTC(2026, 2, 1, 12);
let door: S3Door;
let server: Server;
let client: SignedClient;

before(async () => {
  const store = new MemoryObjectStore({ now: () => nowMs++, minimumPartBytes: 5 });
  await store.createBucket('bkt');
  door = createS3Door({ store, now: () => nowMs, credentials: () => 'secret' });
  server = createServer();
  door.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new SignedClient((server.address() as AddressInfo).port, () => nowMs);
});

after(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await door.close();
});

const md5 = (bytes: string | Uint8Array): Buffer => createHash('md5').update(bytes).digest();
const crc = (algorithm: 'CRC32' | 'CRC64NVME' | 'SHA256', text: string | Uint8Array): string =>
  Buffer.from(digestOf(algorithm, Buffer.from(text))).toString('base64');
const codeOf = (answer: Answer): string =>
  `${answer.status} ${/<Code>(.*)<\/Code>/.exec(answer.text)?.[1] ?? ''}`;
const fieldOf = (answer: Answer, name: string): string =>
  new RegExp(`<${name}>(.*?)</${name}>`).exec(answer.text)?.[1] ?? '';

async function begin(key: string, headers: Record<string, string> = {}): Promise<string> {
  return fieldOf(await client.send('POST', `/bkt/${key}?uploads`, { headers }), 'UploadId');
}

function completion(parts: readonly (readonly [number, string])[]): string {
  const items = parts.map(
    ([number, text]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>"${md5(text).toString('hex')}"</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${items.join('')}</CompleteMultipartUpload>`;
}

describe('multipart uploads', () => {
  for (const [algorithm, type] of [
    ['CRC32', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ] as const) {
    test(`${algorithm} ${type}: parts are checked, the whole gets its checksum`, async () => {
      const uploadId = await begin('mp', {
        'x-amz-checksum-algorithm': algorithm,
        'x-amz-checksum-type': type,
      });
      const name = `x-amz-checksum-${algorithm.toLowerCase()}`;
      const put = (number: number, body: string, headers: Record<string, string> = {}) =>
        client.send('PUT', `/bkt/mp?partNumber=${number}&uploadId=${uploadId}`, { body, headers });
      assert.equal((await put(1, 'first')).headers[name], crc(algorithm, 'first'));
      assert.equal((await put(4, 'rest', { [name]: crc(algorithm, 'rest') })).status, 200);
      assert.equal(
        codeOf(await put(5, 'x', { 'x-amz-checksum-sha1': '2jmj7l5rSw0yVb/vlWAYkK/YBwk=' })),
        '400 InvalidRequest',
      );
      const listed = await client.send('GET', `/bkt/mp?uploadId=${uploadId}&max-parts=1`);
      assert.equal(fieldOf(listed, 'NextPartNumberMarker'), '1');
      assert.equal(fieldOf(listed, 'IsTruncated'), 'true');
      const body = completion([
        [1, 'first'],
        [4, 'rest'],
      ]);
      const target = `/bkt/mp?uploadId=${uploadId}`;
      const wrong = { [name]: crc(algorithm, 'other') };
      assert.equal(codeOf(await client.send('POST', target, { body, headers: wrong })), '400 BadDigest');
      assert.equal(
        codeOf(await client.send('POST', target, { body, headers: { 'x-amz-mp-object-size': '8' } })),
        '400 InvalidRequest',
      );
      const done = await client.send('POST', target, { body, headers: { 'x-amz-mp-object-size': '9' } });
      assert.equal(
        fieldOf(done, 'ETag'),
        `&quot;${md5(Buffer.concat([md5('first'), md5('rest')])).toString('hex')}-2&quot;`,
      );
      const joined = Buffer.concat(
        ['first', 'rest'].map((text) => Buffer.from(digestOf(algorithm, Buffer.from(text)))),
      );
      const expected = type === 'FULL_OBJECT' ? crc(algorithm, 'firstrest') : `${crc(algorithm, joined)}-2`;
      assert.equal(fieldOf(done, `Checksum${algorithm}`), expected);
      const got = await client.send('GET', '/bkt/mp', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
      assert.equal(got.text, 'firstrest');
      assert.equal(got.headers[name], expected);
      const part = await client.send('GET', '/bkt/mp?partNumber=2');
      assert.deepEqual([part.status, part.text, part.headers['x-amz-mp-parts-count']], [206, 'rest', '2']);
      assert.equal(codeOf(await client.send('GET', '/bkt/mp?partNumber=3')), '416 InvalidPartNumber');
    });
  }

  test('parts that are missing, changed, small or out of order are told apart', async () => {
    const uploadId = await begin('bad');
    const put = (number: number, body: string) =>
      client.send('PUT', `/bkt/bad?partNumber=${number}&uploadId=${uploadId}`, { body });
    await put(1, 'tiny');
    await put(2, 'large enough');
    const complete = async (parts: readonly (readonly [number, string])[], headers = {}) =>
      codeOf(
        await client.send('POST', `/bkt/bad?uploadId=${uploadId}`, { body: completion(parts), headers }),
      );
    assert.equal(
      await complete([
        [1, 'tiny'],
        [3, 'x'],
      ]),
      '400 InvalidPart',
    );
    assert.equal(await complete([[1, 'other']]), '400 InvalidPart');
    assert.equal(
      await complete([
        [1, 'tiny'],
        [2, 'large enough'],
      ]),
      '400 EntityTooSmall',
    );
    assert.equal(
      await complete([
        [2, 'large enough'],
        [1, 'tiny'],
      ]),
      '400 InvalidPartOrder',
    );
    assert.equal(
      codeOf(await client.send('POST', `/bkt/bad?uploadId=${uploadId}`, { body: '<!DOCTYPE a><a/>' })),
      '400 MalformedXML',
    );
    await client.send('PUT', '/bkt/bad', { body: 'there' });
    assert.equal(await complete([[1, 'tiny']], { 'if-none-match': '*' }), '412 PreconditionFailed');
    assert.equal((await client.send('DELETE', `/bkt/bad?uploadId=${uploadId}`)).status, 204);
    assert.equal(await complete([[1, 'tiny']]), '404 NoSuchUpload');
  });
});

describe('copies', () => {
  test('metadata come along or are replaced; the checksum is kept or computed', async () => {
    const headers = {
      'content-type': 'text/x',
      'x-amz-meta-a': '1',
      'x-amz-checksum-crc32': crc('CRC32', 'body'),
    };
    await client.send('PUT', '/bkt/src', { body: 'body', headers });
    const copy = async (key: string, more: Record<string, string> = {}) => {
      const answer = await client.send('PUT', `/bkt/${key}`, {
        headers: { 'x-amz-copy-source': '/bkt/src', ...more },
      });
      return {
        answer,
        head: await client.send('HEAD', `/bkt/${key}`, { headers: { 'x-amz-checksum-mode': 'ENABLED' } }),
      };
    };
    const same = await copy('same');
    assert.equal(fieldOf(same.answer, 'ChecksumCRC32'), crc('CRC32', 'body'));
    assert.equal(same.head.headers['x-amz-meta-a'], '1');
    const replaced = await copy('new', {
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-meta-b': '2',
      'x-amz-checksum-algorithm': 'SHA256',
    });
    assert.equal(replaced.head.headers['x-amz-meta-a'], undefined);
    assert.equal(replaced.head.headers['x-amz-meta-b'], '2');
    assert.equal(replaced.head.headers['x-amz-checksum-sha256'], crc('SHA256', 'body'));
    assert.equal(
      codeOf((await copy('x', { 'x-amz-copy-source-if-none-match': '*' })).answer),
      '412 PreconditionFailed',
    );
    assert.equal(codeOf((await copy('x', { 'x-amz-copy-source': '/bkt/none' })).answer), '404 NoSuchKey');
  });

  test('a part can be a range of another object', async () => {
    await client.send('PUT', '/bkt/src', { body: '0123456789' });
    const uploadId = await begin('ranged');
    const target = `/bkt/ranged?partNumber=1&uploadId=${uploadId}`;
    const copy = (range: string) =>
      client.send('PUT', target, {
        headers: { 'x-amz-copy-source': 'bkt/src', 'x-amz-copy-source-range': range },
      });
    assert.equal(codeOf(await copy('bytes=5-10')), '400 InvalidArgument');
    assert.equal(fieldOf(await copy('bytes=2-6'), 'ETag'), `&quot;${md5('23456').toString('hex')}&quot;`);
    await client.send('POST', `/bkt/ranged?uploadId=${uploadId}`, { body: completion([[1, '23456']]) });
    assert.equal((await client.send('GET', '/bkt/ranged')).text, '23456');
  });
});

describe('listings and deletions', () => {
  test('pages of V1, V2 and versions come to every key once, in order', async () => {
    await client.send('PUT', '/list');
    const keys = ['a', 'b/1', 'b/2', 'b/ä', 'c d', 'e/f/g', 'z'];
    for (const key of keys)
      await client.send('PUT', `/list/${encodeURIComponent(key).replaceAll('%2F', '/')}`, { body: 'x' });
    const walk = async (first: string, marker: string, next: string, element = 'Key') => {
      const found: string[] = [];
      for (let more = '', turn = 0; turn < 20; turn++) {
        const page = await client.send('GET', `/list?${first}&max-keys=2${more}`);
        found.push(
          ...[...page.text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'g'))].map(
            (match) => match[1]!,
          ),
        );
        if (fieldOf(page, 'IsTruncated') === 'false') return found;
        more = `&${marker}=${encodeURIComponent(fieldOf(page, next) || found.at(-1)!)}`;
      }
      throw new Error('the listing does not end');
    };
    assert.deepEqual(await walk('list-type=2', 'continuation-token', 'NextContinuationToken'), keys);
    assert.deepEqual(await walk('prefix=', 'marker', 'NextMarker'), keys);
    assert.deepEqual(await walk('versions', 'key-marker', 'NextKeyMarker'), keys);
    const grouped = await client.send('GET', '/list?list-type=2&delimiter=/&encoding-type=url&start-after=a');
    const names = [...grouped.text.matchAll(/<(Key|Prefix)>([^<]+)</g)].map((match) => match[2]);
    assert.deepEqual(names, ['c%20d', 'z', 'b/', 'e/']);
    assert.equal(fieldOf(await client.send('GET', '/list?list-type=2&max-keys=0'), 'KeyCount'), '0');
    assert.equal(
      codeOf(await client.send('GET', '/list?list-type=2&continuation-token=made-up')),
      '400 InvalidArgument',
    );
    assert.equal(codeOf(await client.send('DELETE', '/list')), '409 BucketNotEmpty');
  });

  test('DeleteObjects needs a digest and answers for each key', async () => {
    await client.send('PUT', '/bkt/d1', { body: 'x' });
    const body = `<Delete><Object><Key>d1</Key></Object><Object><Key>none</Key></Object><Object><Key>${'k'.repeat(1_025)}</Key></Object><Object><Key>d2</Key><VersionId>v</VersionId></Object></Delete>`;
    assert.equal(codeOf(await client.send('POST', '/bkt?delete', { body })), '400 InvalidRequest');
    const headers = { 'content-md5': md5(body).toString('base64') };
    const answer = await client.send('POST', '/bkt?delete', { body, headers });
    assert.deepEqual(
      [...answer.text.matchAll(/<Code>(.*?)</g)].map((match) => match[1]),
      ['KeyTooLongError', 'InvalidArgument'],
    );
    assert.equal([...answer.text.matchAll(/<Deleted>/g)].length, 2);
    assert.equal((await client.send('HEAD', '/bkt/d1')).status, 404);
  });

  test('buckets: created again, located, paged, refused when not empty', async () => {
    assert.equal((await client.send('PUT', '/bkt')).status, 200);
    assert.equal(codeOf(await client.send('PUT', '/No')), '400 InvalidBucketName');
    await client.send('PUT', '/second', {
      body: '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
    });
    assert.equal((await client.send('HEAD', '/second')).headers['x-amz-bucket-region'], 'us-east-1');
    const page = await client.send('GET', '/?max-buckets=1');
    assert.equal(fieldOf(page, 'Name'), 'bkt');
    const next = await client.send(
      'GET',
      `/?max-buckets=1&prefix=s&continuation-token=${fieldOf(page, 'ContinuationToken')}`,
    );
    assert.equal(fieldOf(next, 'Name'), 'second');
    assert.equal((await client.send('DELETE', '/second')).status, 204);
    assert.equal(codeOf(await client.send('GET', '/second?policy')), '404 NoSuchBucket');
    assert.equal(codeOf(await client.send('GET', '/bkt?policy')), '404 NoSuchBucketPolicy');
  });
});
