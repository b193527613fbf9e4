import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../contract/service.ts';
import { sendRaw } from './testing/signed-request.ts';
import { withWire } from './testing/small-services.ts';

const PUT = { method: 'PUT', path: '/_crescendo/signals/abc', body: '{"Status":"SUCCESS"}' };

test('[W14] a signal needs no signature but its token, and is answered when it is on disk', async () => {
  const received: string[][] = [];
  let durable = 0;
  await withWire(
    async (wire) => {
      assert.equal((await sendRaw(wire, PUT)).status, 200);
      assert.deepEqual(received, [['abc', PUT.body]]);
      assert.equal(durable, 1);
      const page = await sendRaw(wire, { ...PUT, headers: { origin: 'https://evil.example' } });
      assert.equal(page.status, 403);
      const large = await sendRaw(wire, { ...PUT, body: 'x'.repeat(70_000) });
      assert.equal(large.status, 413);
      assert.equal(received.length, 1);
    },
    {
      receiveSignal: (token, body) => void received.push([token, body]),
      durable: async () => {
        durable += 1;
      },
    },
  );
});

test('[W14] a signal that is refused is told why, and a failure of ours is not', () =>
  withWire(
    async (wire) => {
      const refused = await sendRaw(wire, PUT);
      assert.equal(refused.status, 404);
      assert.deepEqual(JSON.parse(refused.text), { code: 'NoSuchHandle', message: 'there is no handle abc' });
      const failed = await sendRaw(wire, { ...PUT, path: '/_crescendo/signals/broken' });
      assert.equal(failed.status, 500);
      assert.doesNotMatch(failed.text, /secret/);
    },
    {
      receiveSignal: (token) => {
        if (token === 'broken') throw new Error('an inner secret');
        throw new AwsError('NoSuchHandle', `there is no handle ${token}`, 404);
      },
    },
  ));
