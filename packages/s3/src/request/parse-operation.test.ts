import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { S3Error } from '../errors/s3-error.ts';
import type { S3Operation } from './operation.ts';
import { parseOperation } from './parse-operation.ts';
import { parseRequestHead } from './request-head.ts';

const BASES = ['localhost', 's3.localhost.example.test'];

function parse(method: string, target: string, headers: Record<string, string> = {}): S3Operation {
  return parseOperation(parseRequestHead(method, target, { host: 'localhost:4566', ...headers }), BASES);
}

function errorOf(method: string, target: string, headers: Record<string, string> = {}): S3Error {
  try {
    parse(method, target, headers);
  } catch (thrown) {
    if (thrown instanceof S3Error) return thrown;
    throw thrown;
  }
  throw new Error(`${method} ${target} was accepted`);
}

describe('[O1] every request becomes one operation', () => {
  const upload = '?uploadId=u';
  const source = { 'x-amz-copy-source': '/other/a%20b' };
  const cases: [
    method: string,
    target: string,
    kind: S3Operation['kind'],
    headers?: Record<string, string>,
  ][] = [
    ['GET', '/', 'ListBuckets'],
    ['PUT', '/bucket', 'CreateBucket'],
    ['PUT', '/bucket/', 'CreateBucket'],
    ['HEAD', '/bucket', 'HeadBucket'],
    ['DELETE', '/bucket', 'DeleteBucket'],
    ['GET', '/bucket?location', 'GetBucketLocation'],
    ['GET', '/bucket', 'ListObjects'],
    ['GET', '/bucket?list-type=2', 'ListObjectsV2'],
    ['GET', '/bucket?versions', 'ListObjectVersions'],
    ['GET', '/bucket?uploads', 'ListMultipartUploads'],
    ['POST', '/bucket?delete', 'DeleteObjects'],
    ['GET', '/bucket?notification', 'GetBucketNotificationConfiguration'],
    ['PUT', '/bucket?notification=', 'PutBucketNotificationConfiguration'],
    ['GET', '/bucket/key', 'GetObject'],
    ['GET', '/bucket/key?versionId=null', 'GetObject'],
    ['HEAD', '/bucket/key', 'HeadObject'],
    ['PUT', '/bucket/key', 'PutObject'],
    ['PUT', '/bucket/key', 'CopyObject', source],
    ['DELETE', '/bucket/key', 'DeleteObject'],
    [
      'GET',
      '/bucket/key?attributes',
      'GetObjectAttributes',
      { 'x-amz-object-attributes': 'ETag,ObjectSize' },
    ],
    ['POST', '/bucket/key?uploads', 'CreateMultipartUpload'],
    ['PUT', `/bucket/key${upload}&partNumber=3`, 'UploadPart'],
    ['PUT', `/bucket/key${upload}&partNumber=3`, 'UploadPartCopy', source],
    ['POST', `/bucket/key${upload}`, 'CompleteMultipartUpload'],
    ['DELETE', `/bucket/key${upload}`, 'AbortMultipartUpload'],
    ['GET', `/bucket/key${upload}`, 'ListParts'],
    ['GET', '/bucket?acl', 'ReadSubresource'],
    ['GET', '/bucket/key?tagging', 'ReadSubresource'],
  ];
  for (const [method, target, kind, headers] of cases) {
    test(`[O1] ${method} ${target} is ${kind}`, () =>
      assert.equal(parse(method, target, headers).kind, kind));
  }
});

describe('addresses', () => {
  const target = (path: string, host: string) => {
    const operation = parse('GET', path, { host });
    return 'bucket' in operation ? [operation.bucket, 'key' in operation ? operation.key : ''] : [];
  };

  test('[O3] virtual-host style takes the bucket from the host, at any base domain and port', () => {
    assert.deepEqual(target('/a/b', 'my.bucket.localhost:4566'), ['my.bucket', 'a/b']);
    assert.deepEqual(target('/a', 'bkt.S3.Localhost.Example.test'), ['bkt', 'a']);
    assert.deepEqual(target('/bkt/a', 's3.localhost.example.test'), ['bkt', 'a']);
    assert.deepEqual(target('/bkt/a', '127.0.0.1:9000'), ['bkt', 'a']);
    assert.deepEqual(target('/bkt/a', 'notlocalhost'), ['bkt', 'a']);
  });

  test('[O4] keys are what stands in the path, decoded once and never normalised', () => {
    assert.deepEqual(target('/bkt/../../etc/passwd', 'localhost'), ['bkt', '../../etc/passwd']);
    assert.deepEqual(target('/bkt//a//', 'localhost'), ['bkt', '/a//']);
    assert.deepEqual(target('/bkt/a%2Fb%252F%00+%2B', 'localhost'), ['bkt', 'a/b%2F\0++']);
    assert.equal(errorOf('GET', '/bkt/%ff').code, 'InvalidURI');
    assert.equal(errorOf('GET', '/bkt/%zz').code, 'InvalidURI');
  });

  test('[O5] a key has at most 1,024 bytes of UTF-8', () => {
    assert.equal(parse('GET', `/bkt/${'k'.repeat(1_024)}`).kind, 'GetObject');
    assert.equal(errorOf('GET', `/bkt/${'k'.repeat(1_025)}`).code, 'KeyTooLongError');
    assert.equal(errorOf('GET', `/bkt/${'%C3%A4'.repeat(513)}`).code, 'KeyTooLongError');
    assert.equal(parse('GET', `/bkt/${'%C3%A4'.repeat(512)}`).kind, 'GetObject');
  });

  test('[O6] bucket names follow the naming rules', () => {
    for (const name of [
      'ab',
      'Bucket',
      'a_b',
      '-abc',
      'abc-',
      'a..b',
      '192.168.0.1',
      'xn--abc',
      'abc-s3alias',
      '_crescendo',
    ]) {
      assert.equal(errorOf('PUT', `/${name}`).code, 'InvalidBucketName', name);
    }
    assert.equal(parse('PUT', '/a.b-c1').kind, 'CreateBucket');
  });
});

describe('what is not done is refused by name', () => {
  const cases: [method: string, target: string, named: RegExp, headers?: Record<string, string>][] = [
    ['PUT', '/bucket?versioning', /PutBucketVersioning/],
    ['PUT', '/bucket/key?tagging', /PutObjectTagging/],
    ['POST', '/bucket/key?select&select-type=2', /SelectObjectContent/],
    ['POST', '/bucket/key?restore', /RestoreObject/],
    ['POST', '/bucket', /PostObject/, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['PUT', '/bucket/key', /SSE-C/, { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }],
    ['PUT', '/bucket/key', /Server-side encryption/, { 'x-amz-server-side-encryption': 'AES256' }],
    ['PUT', '/bucket/key', /Object lock/, { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
    ['PUT', '/bucket/key', /Tagging/, { 'x-amz-tagging': 'a=b' }],
    ['PUT', '/bucket/key', /public-read/, { 'x-amz-acl': 'public-read' }],
    ['PUT', '/bucket/key', /grants/, { 'x-amz-grant-read': 'id=1' }],
    ['PUT', '/bucket/key', /If-None-Match/, { 'if-none-match': '"abc"' }],
    ['PUT', '/bucket/key', /DEEP_ARCHIVE/, { 'x-amz-storage-class': 'DEEP_ARCHIVE' }],
    ['PUT', '/bucket/key?X-Amz-Signature=1&x-amz-acl=public-read', /public-read/],
  ];
  for (const [method, target, named, headers] of cases) {
    test(`[O2] ${method} ${target} ${JSON.stringify(headers ?? {})}`, () => {
      const error = errorOf(method, target, headers);
      assert.equal(error.code, 'NotImplemented');
      assert.match(error.message, named);
    });
  }

  test('[O2] harmless values of the same headers pass', () => {
    assert.equal(
      parse('PUT', '/bucket/key', { 'x-amz-acl': 'private', 'x-amz-tagging': '' }).kind,
      'PutObject',
    );
  });

  test('[O7] methods that a resource has not are MethodNotAllowed', () => {
    assert.equal(errorOf('DELETE', '/bucket?notification').code, 'MethodNotAllowed');
    assert.equal(errorOf('POST', '/bucket/key').code, 'MethodNotAllowed');
    assert.equal(errorOf('DELETE', '/').code, 'MethodNotAllowed');
    assert.equal(errorOf('PATCH', '/bucket').code, 'MethodNotAllowed');
    assert.equal(errorOf('PUT', '/bucket?policyStatus').code, 'MethodNotAllowed');
  });
});

describe('parameters', () => {
  test('[O8] max-keys is 0 to 1,000; more is taken for 1,000, less or none is refused', () => {
    const keys = (text: string) => (parse('GET', `/bkt?max-keys=${text}`) as { maxKeys: number }).maxKeys;
    assert.deepEqual([keys('0'), keys('7'), keys('1001'), keys('')], [0, 7, 1_000, 1_000]);
    for (const text of ['-1', 'x', '1.5', '99999999999'])
      assert.equal(errorOf('GET', `/bkt?max-keys=${text}`).code, 'InvalidArgument');
  });

  test('[O9] ranges: first-last, first-, -suffix; others are passed over', () => {
    const range = (text: string) => {
      const operation = parse('GET', '/bkt/k', { range: text });
      return operation.kind === 'GetObject' ? operation.range?.range : undefined;
    };
    assert.deepEqual(range('bytes=0-9'), { kind: 'from', first: 0, last: 9 });
    assert.deepEqual(range('bytes=5-'), { kind: 'from', first: 5 });
    assert.deepEqual(range('bytes=-3'), { kind: 'suffix', length: 3 });
    for (const text of ['bytes=0-1,3-4', 'bytes=9-1', 'lines=1-2', 'bytes=-', '0-1'])
      assert.equal(range(text), undefined, text);
    assert.equal(errorOf('GET', '/bkt/k?partNumber=1', { range: 'bytes=0-1' }).code, 'InvalidRequest');
  });

  test('[O10] user metadata have 2 KB, content-encoding loses aws-chunked', () => {
    const operation = parse('PUT', '/bkt/k', {
      'x-amz-meta-a': 'b',
      'x-amz-meta-__proto__': 'c',
      'content-encoding': 'gzip,aws-chunked',
    });
    assert.ok(operation.kind === 'PutObject');
    assert.deepEqual(Object.entries(operation.userMetadata), [
      ['a', 'b'],
      ['__proto__', 'c'],
    ]);
    assert.equal(operation.headers['content-encoding'], 'gzip');
    assert.equal(errorOf('PUT', '/bkt/k', { 'x-amz-meta-a': 'x'.repeat(2_048) }).code, 'MetadataTooLarge');
  });

  test('[O11] a copy onto itself must change something', () => {
    const source = { 'x-amz-copy-source': 'bkt/k' };
    assert.equal(errorOf('PUT', '/bkt/k', source).code, 'InvalidRequest');
    assert.equal(
      parse('PUT', '/bkt/k', { ...source, 'x-amz-metadata-directive': 'REPLACE' }).kind,
      'CopyObject',
    );
    assert.equal(errorOf('PUT', '/bkt/k', { 'x-amz-copy-source': 'bkt' }).code, 'InvalidArgument');
    assert.equal(
      errorOf('PUT', '/bkt/k', { 'x-amz-copy-source': 'bkt/x?versionId=3' }).code,
      'InvalidArgument',
    );
  });

  test('[O12] part numbers are 1 to 10,000', () => {
    for (const text of ['0', '10001', 'x', '']) {
      assert.equal(errorOf('PUT', `/bkt/k?uploadId=u&partNumber=${text}`).code, 'InvalidArgument');
    }
  });

  test('[O13] response-… parameters can not break out of their header', () => {
    assert.equal(errorOf('GET', '/bkt/k?response-content-type=a%0D%0AX:%20y').code, 'InvalidArgument');
  });

  test('[O14] checksum types fit their algorithms', () => {
    const create = (algorithm: string, type?: string) =>
      parse('POST', '/bkt/k?uploads', {
        'x-amz-checksum-algorithm': algorithm,
        ...(type === undefined ? {} : { 'x-amz-checksum-type': type }),
      }) as { checksumType?: string };
    assert.equal(create('CRC32').checksumType, 'COMPOSITE');
    assert.equal(create('CRC64NVME').checksumType, 'FULL_OBJECT');
    assert.throws(() => create('CRC64NVME', 'COMPOSITE'), S3Error);
    assert.throws(() => create('SHA1', 'FULL_OBJECT'), S3Error);
    assert.throws(() => create('MD4'), S3Error);
  });
});
