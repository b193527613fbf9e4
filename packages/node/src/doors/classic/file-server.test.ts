import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { type ObjectStore, type PutObjectInput, StoreFailure } from '@crescendo/store';
import { MemoryObjectStore } from '@crescendo/store/testing';
import type { ClassicEvent } from './classic-event.ts';
import { createFileServer } from './file-server.ts';

interface Served {
  readonly url: string;
  readonly port: number;
  readonly store: ObjectStore;
  readonly events: ClassicEvent[];
}

/** `change` may replace methods of the store in memory. */
async function serve(t: TestContext, change: (store: MemoryObjectStore) => void = () => {}): Promise<Served> {
  const store = new MemoryObjectStore({ now: () => 1_700_000_000_000, pieceBytes: 1_000, inlineBytes: 100 });
  change(store);
  const events: ClassicEvent[] = [];
  const { server, close } = createFileServer(store, (event) => events.push(event));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(close);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, store, events };
}

function formOf(files: Readonly<Record<string, Uint8Array | string>>, field = 'files'): FormData {
  const form = new FormData();
  for (const [name, bytes] of Object.entries(files))
    form.append(field, new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  return form;
}

function upload(url: string, body: FormData, method = 'POST'): Promise<Response> {
  return fetch(`${url}/upload`, { method, body });
}

/** Puts all bytes of a request on the wire as they stand, and ends. */
async function sendRaw(port: number, head: string, body: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.end(`${head}\r\n\r\n${body}`);
  socket.resume();
  await once(socket, 'close');
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const page = await store.listObjects({ bucket: 'files', prefix: '', delimiter: '', after: '', limit: 100 });
  return page.objects.map(({ key }) => key);
}

test('a file comes back as it went, with POST and with PUT', async (t) => {
  const { url } = await serve(t);
  const bytes = seededRandom(1).bytes(300_000);
  for (const method of ['POST', 'PUT']) {
    assert.equal((await upload(url, formOf({ [`${method}.bin`]: bytes }), method)).status, 204);
    const response = await fetch(`${url}/${method}.bin`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-length'), '300000');
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes);
  }
});

test('several files in one form, among other fields, empty ones too', async (t) => {
  const { url, store } = await serve(t);
  const form = formOf({ 'a.txt': 'alpha', 'empty.txt': '', 'big.txt': 'x'.repeat(200_000) });
  form.append('comment', 'hello');
  form.append('other', new Blob(['not wanted']), 'other.txt');
  assert.equal((await upload(url, form)).status, 204);
  assert.deepEqual(await keysOf(store), ['a.txt', 'big.txt', 'empty.txt']);
  assert.equal(await (await fetch(`${url}/empty.txt`)).text(), '');
});

test('a second upload replaces the first', async (t) => {
  const { url, store } = await serve(t);
  for (const text of ['one', 'two']) await upload(url, formOf({ 'a.txt': text }));
  assert.equal(await (await fetch(`${url}/a.txt`)).text(), 'two');
  assert.deepEqual(await keysOf(store), ['a.txt']);
});

test('a form without the field, and what is no form, is a bad request', async (t) => {
  const { url } = await serve(t);
  const text = new FormData();
  text.append('files', 'just text');
  assert.equal((await upload(url, formOf({ 'a.txt': 'a' }, 'file'))).status, 400);
  assert.equal((await upload(url, new FormData())).status, 400);
  assert.equal((await upload(url, text)).status, 400);
  const plain = await fetch(`${url}/upload`, { method: 'POST', body: 'files=1' });
  assert.equal(plain.status, 400);
  assert.match(await plain.text(), /multipart\/form-data in the field "files"/);
  const headers = { 'content-type': 'multipart/form-data' };
  assert.equal((await fetch(`${url}/upload`, { method: 'POST', headers, body: 'x' })).status, 400);
});

test('only the base name counts: nothing leaves the bucket', async (t) => {
  const { url, store } = await serve(t);
  const names = ['../../etc/passwd', '/abs/olute', 'C:\\dir\\win.txt', 'with space é.txt'];
  for (const name of names) {
    const head = `--B\r\nContent-Disposition: form-data; name="files"; filename="${name.replaceAll('\\', '\\\\')}"\r\n\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=B' };
    const response = await fetch(`${url}/upload`, { method: 'POST', headers, body: `${head}x\r\n--B--\r\n` });
    assert.equal(response.status, 204, name);
  }
  assert.deepEqual(await keysOf(store), ['olute', 'passwd', 'win.txt', 'with space é.txt']);
  assert.equal((await fetch(`${url}/with%20space%20%C3%A9.txt`)).status, 200);
  assert.equal((await fetch(`${url}/..%2f..%2fetc%2fpasswd`)).status, 404);
  assert.equal((await upload(url, formOf({ '..': 'x' }))).status, 400);
});

test('what is not there is 404, also before the first upload; HEAD has no body', async (t) => {
  const { url } = await serve(t);
  assert.equal((await fetch(`${url}/a.txt`)).status, 404);
  await upload(url, formOf({ 'a.txt': 'alpha' }));
  assert.equal((await fetch(`${url}/b.txt`)).status, 404);
  const head = await fetch(`${url}/a.txt`, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '5');
  assert.equal(head.headers.get('etag'), '"2c1743a391305fbf367df8e4f069f9f9"');
  assert.equal(await head.text(), '');
  assert.equal((await fetch(`${url}/%ff`)).status, 400);
  const deleted = await fetch(`${url}/a.txt`, { method: 'DELETE' });
  assert.equal(deleted.status, 405);
  assert.equal(deleted.headers.get('allow'), 'GET, HEAD');
});

const FORM_HEAD = 'Content-Type: multipart/form-data; boundary=B';
const PART = '--B\r\nContent-Disposition: form-data; name="files"; filename="cut.txt"\r\n\r\nthe beginn';

test('(U2) a form that breaks off leaves nothing behind', async (t) => {
  const underWay = new Set<Promise<unknown>>();
  const { port, url, store } = await serve(t, (memory) => {
    const original = memory.putObject.bind(memory);
    memory.putObject = (input) => {
      const put = original(input);
      underWay.add(put);
      return put;
    };
  });
  await upload(url, formOf({ 'cut.txt': 'the old one' }));
  const whole = `POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${FORM_HEAD}`;
  await sendRaw(port, `${whole}\r\nContent-Length: 5000`, PART);
  await sendRaw(port, `${whole}\r\nContent-Length: ${PART.length}`, PART);
  await sendRaw(port, `${whole}\r\nTransfer-Encoding: chunked`, `10\r\n${PART.slice(0, 16)}\r\n`);
  const second = `${PART}ing\r\n--B\r\nContent-Disposition: form-data; name="files"; filename="2.txt"\r\n\r\nx`;
  await sendRaw(port, `${whole}\r\nContent-Length: ${second.length}`, second.replace('cut.txt', 'new.txt'));
  await Promise.allSettled(underWay);
  assert.equal(underWay.size, 5);
  assert.equal(await (await fetch(`${url}/cut.txt`)).text(), 'the old one');
  assert.deepEqual(await keysOf(store), ['cut.txt', 'new.txt']);
});

test('(U3) a store that fails in the middle answers with its reason, and the form is not left hanging', async (t) => {
  const failing = async ({ body }: PutObjectInput): Promise<never> => {
    for await (const _ of body.bytes) throw new StoreFailure('StorageFull', 'The volumes are full.');
    throw new Error('no bytes came');
  };
  const { url, events } = await serve(t, (store) => {
    store.putObject = failing;
  });
  const form = formOf({ 'a.bin': new Uint8Array(3_000_000), 'b.bin': new Uint8Array(3_000_000) });
  const response = await upload(url, form);
  assert.equal(response.status, 507);
  assert.equal(await response.text(), 'The volumes are full.\n');
  assert.equal(events.length, 1);
});

test('a partition that is away is 503 with a hint to try again', async (t) => {
  const { url } = await serve(t, (store) => {
    store.getObject = async () => {
      throw new StoreFailure('Unavailable', 'No majority.', { retryable: true });
    };
  });
  const response = await fetch(`${url}/a.txt`);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
});

test('a download that fails in the middle is broken off, not ended as if it were whole', async (t) => {
  const { url, events } = await serve(t, (store) => {
    const original = store.getObject.bind(store);
    store.getObject = async (bucket, key) => {
      const read = await original(bucket, key);
      async function* bytes(start: number, end: number): AsyncIterable<Uint8Array> {
        for await (const piece of read.bytes(start, end)) {
          yield piece;
          throw new StoreFailure('DataDamaged', 'A chunk is damaged.');
        }
      }
      return { info: read.info, bytes };
    };
  });
  await upload(url, formOf({ 'a.bin': new Uint8Array(50_000) }));
  await assert.rejects(fetch(`${url}/a.bin`).then((response) => response.arrayBuffer()));
  assert.equal(events.length, 1);
});

test('a client that goes away in the middle of a download stops the reading', async (t) => {
  let given = 0;
  let stopped: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const { url, port } = await serve(t, (store) => {
    const original = store.getObject.bind(store);
    store.getObject = async (bucket, key) => {
      const { info } = await original(bucket, key);
      async function* bytes(): AsyncIterable<Uint8Array> {
        try {
          for (; given < 100_000; given++) yield new Uint8Array(100_000);
        } finally {
          stopped();
        }
      }
      return { info: { ...info, size: 10_000_000_000 }, bytes };
    };
  });
  await upload(url, formOf({ 'a.bin': 'x' }));
  const request = httpRequest({ port, host: '127.0.0.1', path: '/a.bin' });
  request.on('error', () => {});
  request.end();
  const [response] = await once(request, 'response');
  await once(response, 'readable');
  request.destroy();
  await done;
  assert.ok(given < 100_000);
});
