import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../errors/s3-error.ts';
import {
  checkCreateBucketRequest,
  parseCompleteRequest,
  parseDeleteRequest,
} from '../request/request-documents.ts';
import { parseXml } from './xml-reader.ts';
import { element, escapeXml } from './xml-writer.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof S3Error) return thrown.code;
    throw thrown;
  }
  return 'no error';
}

test('[X1] a document type, an entity of its own, depth and size past the limits are MalformedXML', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>';
  const texts = [
    bomb,
    '<!DOCTYPE a><a/>',
    '<a>&b;</a>',
    '',
    '<a>',
    '<a></b>',
    'x',
    '<a/><b/>',
    `${'<a>'.repeat(40)}`,
    `<a>${' '.repeat(3_000_000)}</a>`,
  ];
  for (const text of texts)
    assert.equal(
      codeOf(() => parseXml(text)),
      'MalformedXML',
      text.slice(0, 40),
    );
});

test('[X2] name spaces, prefixes, CDATA and references are read', () => {
  const root = parseXml(
    '<?xml version="1.0"?><s:A xmlns:s="urn:x" q="1"><s:B>a&amp;<![CDATA[<b>]]>&#x41;</s:B></s:A>',
  );
  assert.equal(root.name, 'A');
  assert.deepEqual(root.children, [{ name: 'B', children: [], text: 'a&<b>A' }]);
});

test('[X3] what is written can be read back', () => {
  const text = `<>&"'\r\n\t ä€𝄞`;
  assert.equal(parseXml(`<a>${element('b', text)}</a>`).children[0]!.text, text);
  assert.equal(escapeXml('a\u0001b'), 'a&#x1;b');
});

test('[X4] DeleteObjects: keys as they stand, quiet, conditions, 1 to 1,000', () => {
  const object = (key: string) => `<Object><Key>${key}</Key></Object>`;
  assert.deepEqual(
    parseDeleteRequest(
      `<Delete><Quiet>true</Quiet>${object(' a ')}<Object><Key>b</Key><ETag>"e"</ETag></Object></Delete>`,
    ),
    {
      quiet: true,
      entries: [{ key: ' a ' }, { key: 'b', etag: 'e' }],
    },
  );
  assert.equal(parseDeleteRequest(`<Delete>${object('k').repeat(1_000)}</Delete>`).entries.length, 1_000);
  for (const text of [
    `<Delete>${object('k').repeat(1_001)}</Delete>`,
    '<Delete/>',
    '<Delete><Object/></Delete>',
    '<Other/>',
  ]) {
    assert.equal(
      codeOf(() => parseDeleteRequest(text)),
      'MalformedXML',
      text.slice(0, 40),
    );
  }
});

test('[X5] CompleteMultipartUpload: up to 10,000 parts in ascending order', () => {
  const part = (number: number) =>
    `<Part><ETag>&quot;e&quot;</ETag><PartNumber>${number}</PartNumber><ChecksumSHA256>${'A'.repeat(43)}=</ChecksumSHA256></Part>`;
  const parts = (count: number) =>
    `<CompleteMultipartUpload>${Array.from({ length: count }, (_, i) => part(i + 1)).join('')}</CompleteMultipartUpload>`;
  const parsed = parseCompleteRequest(parts(10_000));
  assert.equal(parsed.length, 10_000);
  assert.deepEqual(parsed[1], {
    partNumber: 2,
    etag: 'e',
    checksum: { algorithm: 'SHA256', value: `${'A'.repeat(43)}=` },
  });
  const list = (...numbers: number[]) =>
    `<CompleteMultipartUpload>${numbers.map(part).join('')}</CompleteMultipartUpload>`;
  assert.equal(
    codeOf(() => parseCompleteRequest(list())),
    'MalformedXML',
  );
  assert.equal(
    codeOf(() => parseCompleteRequest(list(2, 1))),
    'InvalidPartOrder',
  );
  assert.equal(
    codeOf(() => parseCompleteRequest(list(1, 1))),
    'InvalidPartOrder',
  );
  assert.equal(
    codeOf(() => parseCompleteRequest(list(10_001))),
    'InvalidArgument',
  );
});

test('[X6] CreateBucketConfiguration: any location, nothing that can not be had', () => {
  const body = (inside: string) =>
    `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inside}</CreateBucketConfiguration>`;
  assert.equal(
    codeOf(() => checkCreateBucketRequest(body('<LocationConstraint>eu-west-1</LocationConstraint>'))),
    'no error',
  );
  assert.equal(
    codeOf(() => checkCreateBucketRequest(body('<Bucket><Type>Directory</Type></Bucket>'))),
    'NotImplemented',
  );
  assert.equal(
    codeOf(() => checkCreateBucketRequest('<x/>')),
    'MalformedXML',
  );
});
