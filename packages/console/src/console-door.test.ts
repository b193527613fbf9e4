import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { consoleDoor } from './console-door.ts';
import { sampleView } from './testing/sample-view.ts';

const KEY = 'a'.repeat(64);

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

type Ask = (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;

async function doorFor(
  t: TestContext,
  view = async () => sampleView(),
): Promise<{ ask: Ask; cookie: string }> {
  const server = createServer(consoleDoor({ key: KEY, view }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ask: Ask = (path, headers = {}, method = 'GET') =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more: string) => {
          text += more;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      sent.on('error', reject).end();
    });
  return { ask, cookie: `crescendo-console-${port}=${KEY}` };
}

test('[CON7] without the key nothing is shown but the way to it', async (t) => {
  const { ask, cookie } = await doorFor(t);
  const wrong = `${cookie.slice(0, -1)}b`;
  const tries = [
    await ask('/_console'),
    await ask('/_console/view'),
    await ask('/_console?key='),
    await ask(`/_console?key=${KEY}0`),
    await ask('/_console', { cookie: wrong }),
    await ask('/_console', { cookie: `other=${KEY}` }),
  ];
  for (const { status, text, headers } of tries) {
    assert.equal(status, 403);
    assert.match(text, /npx crescendo console/);
    assert.doesNotMatch(text, /zone-1/);
    assert.equal(headers['set-cookie'], undefined);
  }
});

test('[CON7] the key leads to a cookie and an address without it, and the cookie to the page', async (t) => {
  const { ask, cookie } = await doorFor(t);
  const entered = await ask(`/_console?key=${KEY}`);
  assert.deepEqual([entered.status, entered.headers.location, entered.text], [303, '/_console', '']);
  assert.deepEqual(entered.headers['set-cookie'], [`${cookie}; Path=/_console; HttpOnly; SameSite=Strict`]);
  const page = await ask('/_console', { cookie: `x=y; ${cookie}` });
  assert.equal(page.status, 200);
  assert.match(page.text, /^<!doctype html>[\s\S]*The store is whole/);
  const view = await ask('/_console/view', { cookie });
  assert.match(view.text, /^<main /);
  for (const { text } of [page, view]) assert.ok(!text.includes(KEY));
  assert.equal((await ask('/_console/nothing', { cookie })).status, 404);
});

test('[CON8] only GET and HEAD are answered, and every answer says what browsers may do with it', async (t) => {
  const { ask, cookie } = await doorFor(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await ask(`/_console?key=${KEY}`, { cookie }, method);
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
  }
  const head = await ask('/_console', { cookie }, 'HEAD');
  assert.deepEqual([head.status, head.text], [200, '']);
  for (const path of [
    '/_console',
    '/_console/view',
    `/_console?key=${KEY}`,
    '/_console/style.css',
    '/_console/none',
  ]) {
    const { headers } = await ask(path, { cookie });
    const policy = `${headers['content-security-policy']}`;
    assert.match(policy, /default-src 'none';.*frame-ancestors 'none'; base-uri 'none'; form-action 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
  }
});

test('[CON8] a picture that cannot be made is told, and ends nothing', async (t) => {
  const { ask, cookie } = await doorFor(t, () => Promise.reject(new Error('still starting')));
  const { status, text, headers } = await ask('/_console', { cookie });
  assert.equal(headers['refresh'], '2', 'a browser tries again by itself');
  assert.deepEqual([status, text], [503, 'The picture could not be made: still starting\n']);
  assert.equal((await ask('/_console/style.css')).status, 200);
});
