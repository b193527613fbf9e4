/** Signed requests as a test needs them: one try each, and the answer as it came. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { KeyPair } from '../../../packages/cli/src/client/connection.ts';
import { type HttpExchange, openHttpExchange } from '../../../packages/cli/src/client/http-exchange.ts';
import { signingHash } from '../../../packages/cli/src/client/signing-hash.ts';
import {
  childText,
  decodePercent,
  encodePathPercent,
  encodePercent,
  parseXml,
  type Signer,
  SigningKeys,
  signRequest,
} from '../../../packages/s3/src/index.ts';

export interface Sent {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The whole exchange is given up after this time. */
  readonly limitMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** S3's error code; empty when there is none. */
  readonly code: string;
}

export interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
}

export interface ListedPage {
  readonly objects: readonly Listed[];
  readonly nextToken: string | undefined;
}

const LIMIT_MS = 30_000;

export class TestClient {
  readonly endpoint: string;
  readonly #exchange: HttpExchange;
  readonly #signer: Signer;

  constructor(endpoint: string, keys: KeyPair) {
    this.endpoint = endpoint;
    this.#exchange = openHttpExchange(endpoint);
    const signingKeys = new SigningKeys(signingHash);
    this.#signer = { hash: signingHash, keys: signingKeys, region: 'us-east-1', ...keys };
  }

  /** @param path decoded */
  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const body = Buffer.from(sent.body ?? '');
    const target = encodePathPercent(path) + queryText(sent.query ?? {});
    const headers = {
      host: new URL(this.endpoint).host,
      ...(body.length > 0 || method === 'PUT' ? { 'content-length': String(body.length) } : {}),
      ...sent.headers,
    };
    const unsigned = { method, target, headers, payloadHash: signingHash.sha256Hex(body) };
    const signed = signRequest(this.#signer, unsigned, Date.now());
    return await this.sendRaw(method, target, signed.headers, body, sent.limitMs);
  }

  /** As it stands, signed or not. */
  async sendRaw(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array = new Uint8Array(0),
    limitMs = LIMIT_MS,
  ): Promise<Answer> {
    const signal = AbortSignal.timeout(limitMs);
    const answer = await this.#exchange.send({ method, target, headers, body, signal });
    const pieces: Buffer[] = [];
    for await (const piece of answer.body as AsyncIterable<Buffer>) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    const promised = answer.headers['content-length'];
    if (method !== 'HEAD' && promised !== undefined && Number(promised) !== whole.length)
      throw new Error(`the answer ended after ${whole.length} of ${promised} bytes`);
    return {
      status: answer.status,
      headers: answer.headers,
      body: whole,
      code: codeOf(answer.status, whole),
    };
  }

  async createBucket(bucket: string): Promise<void> {
    const { status, code } = await this.send('PUT', `/${bucket}`);
    if (status !== 200 && code !== 'BucketAlreadyOwnedByYou') throw new Error(`bucket: ${status} ${code}`);
  }

  /** One page of a listing. */
  async list(
    bucket: string,
    prefix = '',
    sent: Sent & { readonly token?: string } = {},
  ): Promise<ListedPage> {
    const token = sent.token === undefined ? {} : { 'continuation-token': sent.token };
    const query = { 'list-type': '2', 'encoding-type': 'url', prefix, ...token, ...sent.query };
    const answer = await this.send('GET', `/${bucket}`, { ...sent, query });
    if (answer.status !== 200) throw new Error(`listing: ${answer.status} ${answer.code}`);
    return readPage(answer.body.toString());
  }

  /** Every object of the bucket. */
  async listAll(bucket: string): Promise<Listed[]> {
    const found: Listed[] = [];
    let token: string | undefined;
    do {
      const page: ListedPage = await this.list(bucket, '', token === undefined ? {} : { token });
      found.push(...page.objects);
      token = page.nextToken;
    } while (token !== undefined);
    return found;
  }

  close(): void {
    this.#exchange.close();
  }
}

export function md5Hex(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function queryText(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodePercent(name)}=${encodePercent(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function codeOf(status: number, body: Buffer): string {
  if (status < 300) return '';
  const text = body.subarray(0, 4_096).toString();
  return /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? /"code":"([^"]*)"/.exec(text)?.[1] ?? '';
}

function readPage(text: string): ListedPage {
  const root = parseXml(text);
  const objects = root.children
    .filter(({ name }) => name === 'Contents')
    .map((element) => ({
      key: decodePercent((childText(element, 'Key') ?? '').replaceAll('+', ' ')),
      etag: (childText(element, 'ETag') ?? '').replaceAll('"', ''),
      bytes: Number(childText(element, 'Size')),
    }));
  const truncated = childText(root, 'IsTruncated') === 'true';
  return { objects, nextToken: truncated ? childText(root, 'NextContinuationToken') : undefined };
}
