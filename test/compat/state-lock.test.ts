import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { readKeys } from '../../packages/cli/src/credentials.ts';
import { TestClient } from '../e2e/testing/s3-client.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

/**
 * What Terraform's S3 backend does with `use_lockfile`: the lock is an object beside the state that is made with a condition and
 * deleted when the work is done. Two runs at a time must never both have it.
 */
const STATE = '/states/project/terraform.tfstate';
const LOCK = `${STATE}.tflock`;

let store: StoreUnderTest;
let client: TestClient;

before(async () => {
  store = await StoreUnderTest.start();
  client = new TestClient(store.endpoint, (await readKeys(`${store.dataFolder}/credentials`))!);
  await client.createBucket('states');
});
after(async () => {
  client?.close();
  await store?.end();
});

const lockText = (id: string): string =>
  JSON.stringify({
    ID: id,
    Operation: 'OperationTypeApply',
    Who: 'somebody',
    Version: '1.11.0',
    Path: STATE,
  });

async function takeLock(id: string): Promise<number> {
  const body = lockText(id);
  const headers = {
    'if-none-match': '*',
    'content-type': 'application/json',
    'x-amz-sdk-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
  };
  return (await client.send('PUT', LOCK, { body, headers })).status;
}

async function saveState(serial: number): Promise<void> {
  const body = JSON.stringify({ version: 4, serial, lineage: 'one', resources: [] });
  const headers = { 'content-type': 'application/json', 'content-md5': md5(body) };
  assert.equal((await client.send('PUT', STATE, { body, headers })).status, 200);
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

test('the first run finds neither state nor lock, takes the lock, writes the state and gives the lock back', async () => {
  assert.equal(
    (await client.send('GET', '/states', { query: { 'list-type': '2', prefix: 'env:/' } })).status,
    200,
  );
  assert.equal((await client.send('GET', STATE)).code, 'NoSuchKey');
  assert.equal(await takeLock('first'), 200);
  await saveState(1);
  const holder: unknown = JSON.parse((await client.send('GET', LOCK)).body.toString());
  assert.equal(Reflect.get(Object(holder), 'ID'), 'first');
  assert.equal((await client.send('DELETE', LOCK)).status, 204);
  assert.equal((await client.send('GET', LOCK)).code, 'NoSuchKey');
});

test('of twenty runs at a time one has the lock, again and again', async () => {
  for (let round = 0; round < 5; round++) {
    const ids = Array.from({ length: 20 }, (_, i) => `run ${round}.${i}`);
    const statuses = await Promise.all(ids.map(takeLock));
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '));
    assert.ok(
      statuses.every((status) => status === 200 || status === 412 || status === 409),
      statuses.join(' '),
    );
    const holder: unknown = JSON.parse((await client.send('GET', LOCK)).body.toString());
    assert.equal(Reflect.get(Object(holder), 'ID'), ids[statuses.indexOf(200)]);
    assert.equal((await client.send('DELETE', LOCK)).status, 204);
  }
});

test('a state that is read while it is replaced is one of both, whole', async () => {
  const written = (async () => {
    for (let serial = 2; serial < 30; serial++) await saveState(serial);
  })();
  let last = 0;
  for (let read = 0; read < 60; read++) {
    const { body } = await client.send('GET', STATE);
    const serial = Number(Reflect.get(Object(JSON.parse(body.toString())), 'serial'));
    assert.ok(serial >= last, `serial ${serial} after ${last}`);
    last = serial;
  }
  await written;
});
