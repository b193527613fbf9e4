import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { SignedClient } from '../../testing/signed-client.ts';
import { BIG_BODY, codeOf, DoorFixture, md5Hex, NOW_MS } from './testing/door-fixture.ts';

let fixture: DoorFixture;
let client: SignedClient;

before(async () => {
  fixture = await DoorFixture.open();
  client = fixture.client;
});
after(() => fixture.close());
beforeEach(() => fixture.reset());

describe('objects', () => {
  test('what is put is read back, with its headers, metadata and tag', async () => {
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-cache', 'x-amz-meta-color': 'blue' };
    const put = await client.send('PUT', '/bkt/a%20b/..%2Fc', { body: 'hello', headers });
    assert.equal(put.status, 200);
    assert.equal(put.headers.etag, `"${md5Hex('hello')}"`);
    const got = await client.send('GET', '/bkt/a%20b/..%2Fc');
    assert.equal(got.text, 'hello');
    assert.equal(got.headers['content-type'], 'text/plain');
    assert.equal(got.headers['cache-control'], 'no-cache');
    assert.equal(got.headers['x-amz-meta-color'], 'blue');
    assert.equal(got.headers['accept-ranges'], 'bytes');
    assert.equal(got.headers['last-modified'], new Date(NOW_MS).toUTCString());
    assert.ok(got.headers['x-amz-request-id'] !== put.headers['x-amz-request-id']);
    assert.ok(got.headers.date !== undefined && got.headers.server === 'Crescendo');
    const head = await client.send('HEAD', '/bkt/a%20b/..%2Fc');
    assert.equal(head.headers['content-length'], '5');
    assert.equal(head.text, '');
  });

  test('large bodies stream in and out, whole and in ranges', async () => {
    assert.equal(
      (await client.send('PUT', '/bkt/big', { body: BIG_BODY })).headers.etag,
      `"${md5Hex(BIG_BODY)}"`,
    );
    assert.ok((await client.send('GET', '/bkt/big')).body.equals(BIG_BODY));
    const range = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=99999-100001' } });
    assert.equal(range.status, 206);
    assert.equal(range.headers['content-range'], 'bytes 99999-100001/1500000');
    assert.ok(range.body.equals(BIG_BODY.subarray(99_999, 100_002)));
    const suffix = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=-7' } });
    assert.ok(suffix.body.equals(BIG_BODY.subarray(-7)));
    const outside = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=1500000-' } });
    assert.equal(codeOf(outside), '416 InvalidRange');
    assert.equal(outside.headers['content-range'], 'bytes */1500000');
    const several = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=0-1,5-6' } });
    assert.equal(several.status, 200);
    assert.equal(several.body.length, BIG_BODY.length);
  });

  test('conditions on reads: tags before times, 304 with the tag', async () => {
    await client.send('PUT', '/bkt/k', { body: 'x' });
    const etag = `"${md5Hex('x')}"`;
    const read = async (headers: Record<string, string>) =>
      (await client.send('GET', '/bkt/k', { headers })).status;
    const before = new Date(NOW_MS - 60_000).toUTCString();
    const later = new Date(NOW_MS + 60_000).toUTCString();
    assert.equal(await read({ 'if-match': etag, 'if-unmodified-since': before }), 200);
    assert.equal(await read({ 'if-match': '"other"' }), 412);
    assert.equal(await read({ 'if-none-match': etag, 'if-modified-since': before }), 304);
    assert.equal(await read({ 'if-none-match': '"other"', 'if-modified-since': later }), 200);
    assert.equal(await read({ 'if-modified-since': later }), 304);
    assert.equal(await read({ 'if-unmodified-since': before }), 412);
    assert.equal(
      (await client.send('GET', '/bkt/k', { headers: { 'if-none-match': etag } })).headers.etag,
      etag,
    );
  });

  test('304 costs one look at the object: the store says which version the reader has', async () => {
    await client.send('PUT', '/bkt/k', { body: 'x' });
    let looks = 0;
    fixture.replace({
      getObject: (...asked) => {
        looks++;
        return fixture.memory.getObject(...asked);
      },
    });
    const answer = await client.send('GET', '/bkt/k', { headers: { 'if-none-match': `"${md5Hex('x')}"` } });
    assert.equal(answer.status, 304);
    assert.equal(answer.headers.etag, `"${md5Hex('x')}"`);
    assert.equal(answer.headers['last-modified'], new Date(NOW_MS).toUTCString());
    assert.equal(looks, 1);
  });

  test('conditions on writes: create once, replace what is known, delete what is known', async () => {
    const put = async (headers: Record<string, string>) =>
      codeOf(await client.send('PUT', '/bkt/lock', { body: 'x', headers }));
    assert.equal(await put({ 'if-none-match': '*' }), '200 ');
    assert.equal(await put({ 'if-none-match': '*' }), '412 PreconditionFailed');
    assert.equal(await put({ 'if-match': '"no"' }), '412 PreconditionFailed');
    assert.equal(await put({ 'if-match': `"${md5Hex('x')}"` }), '200 ');
    assert.equal((await client.send('DELETE', '/bkt/lock', { headers: { 'if-match': '"no"' } })).status, 412);
    assert.equal(
      (await client.send('DELETE', '/bkt/lock', { headers: { 'if-match': `"${md5Hex('x')}"` } })).status,
      204,
    );
    assert.equal((await client.send('DELETE', '/bkt/lock')).status, 204);
  });
});
