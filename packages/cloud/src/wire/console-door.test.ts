import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { test } from 'node:test';
import { sendRaw } from './testing/signed-request.ts';
import { withWire } from './testing/small-services.ts';

/** A console and an S3 that tell what reaches them. */
function doors() {
  const reached: string[] = [];
  const listener =
    (name: string): RequestListener =>
    (request, response) => {
      reached.push(`${name} ${request.url}`);
      response.end(name);
    };
  const s3 = { handler: listener('s3'), continueHandler: listener('s3') };
  return { reached, options: { console: listener('console'), s3 } };
}

test('[W17] what is below /_console is handed to the console, before S3 and without a signature', async () => {
  const { reached, options } = doors();
  await withWire(async (wire) => {
    for (const path of ['/_console', '/_console?key=x', '/_console/view', '/_consoles', '/bucket/_console'])
      await sendRaw(wire, { method: 'GET', path });
  }, options);
  assert.deepEqual(reached, [
    'console /_console',
    'console /_console?key=x',
    'console /_console/view',
    's3 /_consoles',
    's3 /bucket/_console',
  ]);
});

test('[W17] foreign hosts and other sites do not reach it, but a link to it may be followed', async () => {
  const { reached, options } = doors();
  const followed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  await withWire(async (wire) => {
    const refused: Readonly<Record<string, string>>[] = [
      { host: 'evil.example' },
      { host: 'evil.example', ...followed },
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ];
    for (const headers of refused) {
      const { status } = await sendRaw(wire, { method: 'GET', path: '/_console', headers });
      assert.equal(status, 403, JSON.stringify(headers));
    }
    const posted = { 'sec-fetch-site': 'cross-site', ...followed };
    assert.equal((await sendRaw(wire, { method: 'POST', path: '/_console', headers: posted })).status, 403);
    assert.deepEqual(reached, []);
    for (const site of ['cross-site', 'same-site', 'none', 'same-origin']) {
      const headers = { 'sec-fetch-site': site, ...followed };
      assert.equal(
        (await sendRaw(wire, { method: 'GET', path: '/_console', headers })).text,
        'console',
        site,
      );
    }
  }, options);
});

test('[W17] its addresses, which hold a key, stand in no log', async () => {
  const { options } = doors();
  await withWire(async (wire) => {
    await sendRaw(wire, { method: 'GET', path: '/_console?key=secret' });
    await sendRaw(wire, { method: 'GET', path: '/_console?key=secret', headers: { host: 'evil.example' } });
    assert.deepEqual(wire.log.entries(), []);
  }, options);
});
