/**
 * A store in memory behind a real HTTP server that checks signatures: enough of S3 for the client's tests, and faults on order.
 * It holds objects, multipart uploads, and a cluster state that tests set.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import type { RequestHead } from '@crescendo/s3';
import {
  authenticate,
  element,
  parent,
  parseRequestHead,
  S3Error,
  SigningKeys,
  s3Document,
} from '@crescendo/s3';
import type { Connection } from '../client/connection.ts';
import { signingHash } from '../client/signing-hash.ts';
import { crc32Text } from '../transfer/checksum.ts';

/** What goes wrong with one request. */
export type Fault =
  | { readonly kind: 'reset' }
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** The request is carried out and the connection then cut before the answer. */
  | { readonly kind: 'lose-answer' }
  /** The answer's body ends after so many bytes. */
  | { readonly kind: 'cut-body'; readonly afterBytes: number }
  /** One bit of the answer's body is turned. */
  | { readonly kind: 'corrupt-body' };

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly parts: Map<number, StoredObject>;
}

const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'a secret' };

export class FakeStore {
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, Upload>();
  readonly buckets = new Set<string>();
  /** `METHOD /path?query` of every request that came, faults included. */
  readonly requests: string[] = [];
  /** Asked at every request; undefined lets it through. */
  fault: (request: RequestHead) => Fault | undefined = () => undefined;
  /** Keys of a page of a listing. */
  pageSize = 1_000;
  /** Answers what is not S3. */
  operator: (request: RequestHead) => { readonly status: number; readonly body: unknown } = () => ({
    status: 404,
    body: {},
  });
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #signingKeys = new SigningKeys(signingHash);

  static async start(t: TestContext): Promise<FakeStore> {
    const store = new FakeStore();
    await new Promise<void>((done) => store.#server.listen(0, '127.0.0.1', done));
    t.after(() => {
      store.#server.closeAllConnections();
      return new Promise((done) => store.#server.close(done));
    });
    return store;
  }

  get connection(): Connection {
    const { port } = this.#server.address() as AddressInfo;
    return { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', keys: KEYS };
  }

  /** What the environment of a command must hold to reach this store. */
  get environment(): Record<string, string> {
    const { endpoint, keys } = this.connection;
    return {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    };
  }

  put(path: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    const bucket = path.split('/')[0]!;
    this.buckets.add(bucket);
    this.objects.set(path, { body, etag: md5(body), headers });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const head = parseRequestHead(request.method!, request.url!, request.headers as Record<string, string>);
      this.requests.push(`${request.method} ${request.url}`);
      const fault = this.fault(head);
      if (fault?.kind === 'reset') return void request.socket.destroy();
      const body = await readBody(request);
      this.#check(head, body);
      if (fault?.kind === 'status') throw Object.assign(new Error('on order'), fault);
      this.#answer(head, body, response, fault);
    } catch (error) {
      answerError(response, error);
    }
  }

  #check(head: RequestHead, body: Buffer): void {
    const { payload } = authenticate(head, {
      hash: signingHash,
      keys: this.#signingKeys,
      credentials: (id) => (id === KEYS.accessKeyId ? KEYS.secretAccessKey : undefined),
      nowMs: Date.now(),
    });
    if (payload.kind !== 'literal' || payload.sha256 !== createHash('sha256').update(body).digest('hex')) {
      throw new S3Error('XAmzContentSHA256Mismatch');
    }
    const promised = head.headers['x-amz-checksum-crc32'];
    if (promised !== undefined && head.method === 'PUT' && promised !== crc32Text(crc32(body)))
      throw new S3Error('BadDigest');
  }

  #answer(head: RequestHead, body: Buffer, response: ServerResponse, fault: Fault | undefined): void {
    const answer = this.#carryOut(head, body);
    if (fault?.kind === 'lose-answer') return void response.socket?.destroy();
    const headers = { ...answer.headers, 'content-length': String(answer.body.length) };
    response.writeHead(answer.status, headers);
    if (head.method === 'HEAD') return void response.end();
    if (fault?.kind === 'cut-body') {
      return void response.write(answer.body.subarray(0, fault.afterBytes), () => response.socket?.destroy());
    }
    const sent = Buffer.from(answer.body);
    if (fault?.kind === 'corrupt-body') sent.writeUInt8(sent.readUInt8(0) ^ 1, 0);
    response.end(sent);
  }

  #carryOut(head: RequestHead, body: Buffer): Answer {
    if (head.path.startsWith('/_crescendo/')) {
      const told = this.operator(head);
      return { status: told.status, headers: {}, body: Buffer.from(JSON.stringify(told.body)) };
    }
    const [, bucket, ...rest] = head.path.split('/');
    const key = rest.join('/');
    const query = Object.fromEntries(head.query.map(({ name, value }) => [name, value]));
    if (key === '') return this.#onBucket(head, bucket ?? '', query);
    if (!this.buckets.has(bucket!)) throw new S3Error('NoSuchBucket');
    return this.#onObject(head, `${bucket}/${key}`, query, body);
  }

  #onBucket(head: RequestHead, bucket: string, query: Record<string, string>): Answer {
    if (bucket === '') return xml('ListAllMyBucketsResult', '');
    if (head.method === 'PUT') this.buckets.add(bucket);
    if (!this.buckets.has(bucket)) throw new S3Error('NoSuchBucket');
    return head.method === 'GET'
      ? this.#list(bucket, query)
      : { status: 200, headers: {}, body: Buffer.alloc(0) };
  }

  #list(bucket: string, query: Record<string, string>): Answer {
    const after = query['continuation-token'] ?? '';
    const keys = [...this.objects.keys()]
      .filter((path) => path.startsWith(`${bucket}/${query.prefix ?? ''}`))
      .map((path) => path.slice(bucket.length + 1))
      .filter((key) => key > after)
      .sort();
    const page = keys.slice(0, this.pageSize);
    const items = page.map((key) => {
      const { body, etag } = this.objects.get(`${bucket}/${key}`)!;
      const encoded = encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
      const modified = '2026-01-02T03:04:05.000Z';
      return parent(
        'Contents',
        element('Key', encoded) +
          element('Size', body.length) +
          element('LastModified', modified) +
          element('ETag', `"${etag}"`),
      );
    });
    const truncated = keys.length > page.length;
    const next = truncated ? element('NextContinuationToken', page.at(-1)!) : '';
    return xml('ListBucketResult', element('IsTruncated', truncated) + next + items.join(''));
  }

  #onObject(head: RequestHead, path: string, query: Record<string, string>, body: Buffer): Answer {
    if (query.uploads !== undefined) return this.#createUpload(path);
    if (query.uploadId !== undefined) return this.#onUpload(head, path, query, body);
    if (head.method === 'PUT') {
      const sum = head.headers['x-amz-checksum-crc32'];
      const object = { body, etag: md5(body), headers: sum === undefined ? {} : crcHeaders(sum) };
      this.objects.set(path, object);
      return { status: 200, headers: { etag: `"${object.etag}"`, ...object.headers }, body: Buffer.alloc(0) };
    }
    if (head.method === 'DELETE') {
      this.objects.delete(path);
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    }
    return this.#read(head, path);
  }

  #read(head: RequestHead, path: string): Answer {
    const object = this.objects.get(path);
    if (object === undefined) throw new S3Error('NoSuchKey');
    const headers = { etag: `"${object.etag}"`, ...object.headers };
    const match = head.headers['if-match'];
    if (match !== undefined && match !== headers.etag) throw new S3Error('PreconditionFailed');
    const start = Number(/^bytes=(\d+)-$/.exec(head.headers.range ?? '')?.[1] ?? 0);
    if (start === 0) return { status: 200, headers, body: object.body };
    const range = `bytes ${start}-${object.body.length - 1}/${object.body.length}`;
    return {
      status: 206,
      headers: { ...headers, 'content-range': range },
      body: object.body.subarray(start),
    };
  }

  #createUpload(path: string): Answer {
    const id = `upload-${this.uploads.size + 1}`;
    this.uploads.set(id, { key: path, parts: new Map() });
    return xml('InitiateMultipartUploadResult', element('UploadId', id));
  }

  #onUpload(head: RequestHead, path: string, query: Record<string, string>, body: Buffer): Answer {
    const upload = this.uploads.get(query.uploadId!);
    if (upload === undefined || upload.key !== path) throw new S3Error('NoSuchUpload');
    if (head.method === 'DELETE') {
      this.uploads.delete(query.uploadId!);
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    }
    if (head.method === 'POST') return this.#complete(path, query.uploadId!, upload, head);
    const sum = crc32Text(crc32(body));
    upload.parts.set(Number(query.partNumber), { body, etag: md5(body), headers: {} });
    return {
      status: 200,
      headers: { etag: `"${md5(body)}"`, 'x-amz-checksum-crc32': sum },
      body: Buffer.alloc(0),
    };
  }

  #complete(path: string, id: string, upload: Upload, head: RequestHead): Answer {
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    const body = Buffer.concat(parts.map((part) => part.body));
    const sum = crc32Text(crc32(body));
    if (head.headers['x-amz-checksum-crc32'] !== sum) throw new S3Error('BadDigest');
    const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))}-${parts.length}`;
    this.objects.set(path, { body, etag, headers: crcHeaders(sum) });
    this.uploads.delete(id);
    return xml('CompleteMultipartUploadResult', element('ETag', `"${etag}"`) + element('ChecksumCRC32', sum));
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function crcHeaders(sum: string): Record<string, string> {
  return { 'x-amz-checksum-crc32': sum, 'x-amz-checksum-type': 'FULL_OBJECT' };
}

function xml(root: string, children: string): Answer {
  return { status: 200, headers: {}, body: Buffer.from(s3Document(root, children)) };
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const status = Number(Reflect.get(Object(error), 'status') ?? 500);
  const code = String(Reflect.get(Object(error), 'code') ?? 'InternalError');
  const text = s3Document('Error', element('Code', code) + element('Message', String(error)));
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
