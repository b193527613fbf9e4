import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { parseXml } from '@crescendo/s3';
import { type ObjectStore, StoreFailure } from '@crescendo/store';
import type { Answer, SignedClient } from '../../testing/signed-client.ts';
import { DoorFixture, md5Hex } from './testing/door-fixture.ts';

let fixture: DoorFixture;
let client: SignedClient;

before(async () => {
  fixture = await DoorFixture.open({ patienceMs: 20 });
  client = fixture.client;
});
after(() => fixture.close());
beforeEach(async () => {
  await fixture.reset();
  await client.send('PUT', '/bkt/source', { body: 'bytes' });
});

/** Makes one method of the store wait until `go` is called. */
function holdBack(name: 'putObject' | 'putPart' | 'completeUpload'): { go(failure?: Error): void } {
  const held = Promise.withResolvers<void>();
  const method = fixture.memory[name].bind(fixture.memory) as (input: unknown) => Promise<unknown>;
  const late = async (input: unknown) => {
    await held.promise;
    return method(input);
  };
  fixture.replace({ [name]: late } as Partial<ObjectStore>);
  return { go: (failure) => (failure === undefined ? held.resolve() : held.reject(failure)) };
}

/** The answer to work that goes on when bytes of the answer have come already. */
async function answerOf(sent: Promise<Answer>, held: { go(failure?: Error): void }, failure?: Error) {
  const slow = await Promise.race([
    sent.then(() => 'answered' as const),
    new Promise<'waiting'>((resolve) => setTimeout(() => resolve('waiting'), 60)),
  ]);
  assert.equal(slow, 'waiting');
  held.go(failure);
  return await sent;
}

const copy = () => client.send('PUT', '/bkt/copy', { headers: { 'x-amz-copy-source': '/bkt/source' } });

test('(P1) a copy that takes long begins its answer, and ends it with the result', async () => {
  const answer = await answerOf(copy(), holdBack('putObject'));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['transfer-encoding'], 'chunked');
  assert.match(answer.text, /^<\?xml version="1.0" encoding="UTF-8"\?>\n *<CopyObjectResult/);
  assert.equal(answer.text.match(/<\?xml/g)?.length, 1);
  assert.equal(parseXml(answer.text).name, 'CopyObjectResult');
  assert.ok(answer.text.includes(md5Hex('bytes')));
  assert.equal((await client.send('GET', '/bkt/copy')).text, 'bytes');
});

test('(P1) a failure after that stands in the body, under status 200', async () => {
  const failure = new StoreFailure('StorageFull', 'full');
  const answer = await answerOf(copy(), holdBack('putObject'), failure);
  assert.equal(answer.status, 200);
  const error = parseXml(answer.text);
  assert.equal(error.name, 'Error');
  assert.equal(error.children.find(({ name }) => name === 'Code')?.text, 'InsufficientStorage');
  assert.equal(fixture.log.at(-1)?.error?.code, 'InsufficientStorage');
  assert.equal((await client.send('GET', '/bkt/copy')).status, 404);
});

test('(P1) a failure in time has its own status', async () => {
  const failing = () => Promise.reject(new StoreFailure('StorageFull', 'full'));
  fixture.replace({ putObject: failing });
  assert.equal((await copy()).status, 507);
});

test('parts that are copied and uploads that are completed are waited for as well', async () => {
  const begun = await client.send('POST', '/bkt/joined?uploads');
  const uploadId = /<UploadId>(.*?)</.exec(begun.text)![1]!;
  const part = client.send('PUT', `/bkt/joined?partNumber=1&uploadId=${uploadId}`, {
    headers: { 'x-amz-copy-source': '/bkt/source' },
  });
  assert.equal(parseXml((await answerOf(part, holdBack('putPart'))).text).name, 'CopyPartResult');
  const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${md5Hex('bytes')}</ETag></Part></CompleteMultipartUpload>`;
  const completed = client.send('POST', `/bkt/joined?uploadId=${uploadId}`, { body });
  const answer = await answerOf(completed, holdBack('completeUpload'));
  assert.equal(parseXml(answer.text).name, 'CompleteMultipartUploadResult');
  assert.equal((await client.send('GET', '/bkt/joined')).text, 'bytes');
});
