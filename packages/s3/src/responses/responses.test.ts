import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorDocument } from '../errors/error-document.ts';
import { S3Error } from '../errors/s3-error.ts';
import { encodeToken, parseToken } from '../paging/continuation-token.ts';
import type { ListObjectsV2 } from '../request/operation.ts';
import { childText, parseXml } from '../xml/xml-reader.ts';
import {
  listingName,
  listMultipartUploadsDocument,
  listObjectsDocument,
  listObjectsV2Document,
} from './listing-documents.ts';
import { objectHeaders } from './object-headers.ts';
import { deleteResultDocument } from './write-documents.ts';

const listing = { bucket: 'bkt', prefix: 'p /', delimiter: '/', maxKeys: 2, encodeKeys: true } as const;
const object = { key: 'p /ä+b', size: 3, etag: 'e', modifiedMs: 0 };

describe('listings', () => {
  test('[L1] with encoding-type=url keys, prefixes and markers are percent-encoded, slashes are not', () => {
    const page = { objects: [object], commonPrefixes: ['p /c d/'], truncated: true, nextAfter: 'p /c d/' };
    const root = parseXml(listObjectsDocument({ kind: 'ListObjects', ...listing, marker: 'm&' }, page));
    assert.equal(childText(root, 'Prefix'), 'p%20/');
    assert.equal(childText(root, 'Marker'), 'm%26');
    assert.equal(childText(root, 'NextMarker'), 'p%20/c%20d/');
    assert.equal(
      childText(root.children.find((child) => child.name === 'Contents')!, 'Key'),
      'p%20/%C3%A4%2Bb',
    );
    assert.equal(
      childText(root.children.find((child) => child.name === 'CommonPrefixes')!, 'Prefix'),
      'p%20/c%20d/',
    );
  });

  test('[L2] a token goes on where the page ended, in its own listing only', () => {
    const operation: ListObjectsV2 = { kind: 'ListObjectsV2', ...listing, startAfter: '', fetchOwner: false };
    const page = { objects: [object], commonPrefixes: [], truncated: true, nextAfter: object.key };
    const token = childText(parseXml(listObjectsV2Document(operation, page)), 'NextContinuationToken')!;
    assert.equal(parseToken(listingName(operation), token), object.key);
    const refused = [`${token}A`, token.slice(1), '', 'p /a', encodeToken('other\n', object.key)];
    for (const text of refused) assert.throws(() => parseToken(listingName(operation), text), S3Error);
    assert.match(token, /^[A-Za-z0-9_-]+$/);
  });

  test('[L3] the marker of uploads is the later of the last upload and the last prefix', () => {
    const operation = {
      kind: 'ListMultipartUploads',
      bucket: 'b',
      prefix: '',
      delimiter: '/',
      maxUploads: 2,
      encodeKeys: false,
      keyMarker: '',
      uploadIdMarker: '',
    } as const;
    const upload = { key: 'b', uploadId: 'u', initiatedMs: 0 };
    const next = (commonPrefixes: string[]) => {
      const root = parseXml(
        listMultipartUploadsDocument(operation, { uploads: [upload], commonPrefixes, truncated: true }),
      );
      return [childText(root, 'NextKeyMarker'), childText(root, 'NextUploadIdMarker')];
    };
    assert.deepEqual(next(['a/']), ['b', 'u']);
    assert.deepEqual(next(['a/', 'c/']), ['c/', '']);
  });
});

test('[L4] headers of an object: its own, overridden ones, metadata beyond ASCII as encoded words', () => {
  const headers = objectHeaders(
    {
      ...object,
      headers: { 'cache-control': 'x', 'x-amz-storage-class': 'STANDARD' },
      userMetadata: { a: 'b', c: 'ä' },
    },
    { overrides: { 'cache-control': 'no-store' }, withChecksum: false },
  );
  const map = new Map(
    Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i], headers[2 * i + 1]]),
  );
  assert.deepEqual(Object.fromEntries(map), {
    'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
    etag: '"e"',
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    'cache-control': 'no-store',
    'x-amz-meta-a': 'b',
    'x-amz-meta-c': '=?UTF-8?B?w6Q=?=',
  });
  assert.equal(headers.length / 2, map.size, 'no header twice');
});

test('[L5] DeleteObjects reports every key, or only the failures when quiet', () => {
  const outcomes = [{ key: 'a' }, { key: 'b', error: new S3Error('AccessDenied') }];
  const names = (quiet: boolean) =>
    parseXml(deleteResultDocument(outcomes, quiet)).children.map((child) => child.name);
  assert.deepEqual(names(false), ['Deleted', 'Error']);
  assert.deepEqual(names(true), ['Error']);
});

test('[E1] an error document has code, message, details, resource and request id, escaped', () => {
  const root = parseXml(
    errorDocument(new S3Error('NoSuchKey', undefined, { details: { Key: '<k>' } }), '/b/<k>', 'R1'),
  );
  assert.deepEqual(
    root.children.map((child) => [child.name, child.text]),
    [
      ['Code', 'NoSuchKey'],
      ['Message', 'The specified key does not exist.'],
      ['Key', '<k>'],
      ['Resource', '/b/<k>'],
      ['RequestId', 'R1'],
      ['HostId', 'R1'],
    ],
  );
});
