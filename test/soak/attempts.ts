/**
 * One try of one operation against one door, translated into what it says about the store.
 *
 * (A1) A write without a clear answer may have been done or not: it stays open in the history.
 * (A2) A body that is not the one that was written under its ETag is wrong, whatever else is true.
 */
import type { Response } from '../../packages/sim/src/store/operation.ts';
import type { Answer, Sent, TestClient } from '../e2e/testing/s3-client.ts';
import type { Contents } from './contents.ts';

export interface Attempt {
  readonly response: Response;
  /** Worth another try. */
  readonly retry: boolean;
  /** A wrong answer, in words. */
  readonly wrong?: string;
}

const SMALL_LIMIT_MS = 15_000;
const LARGE_LIMIT_MS = 40_000;

type Reply = Answer | { readonly broken: string; readonly begun: boolean };

async function ask(client: TestClient, method: string, path: string, sent: Sent): Promise<Reply> {
  try {
    return await client.send(method, path, sent);
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code');
    return { broken: String(code ?? error), begun: code !== 'ECONNREFUSED' };
  }
}

/** (A1) */
function unclear(reply: Reply): Attempt {
  if (!('broken' in reply)) {
    if (reply.status >= 500 && reply.status !== 507)
      return { response: { kind: 'unknown', why: `${reply.status} ${reply.code}` }, retry: true };
    return { response: { kind: 'failed', code: reply.code }, retry: false };
  }
  if (!reply.begun) return { response: { kind: 'failed', code: 'ConnectionRefused' }, retry: true };
  return { response: { kind: 'unknown', why: reply.broken }, retry: true };
}

/** A read that failed says nothing. */
function unread(reply: Reply): Attempt {
  const code = 'broken' in reply ? reply.broken : `${reply.status} ${reply.code}`;
  return { response: { kind: 'failed', code }, retry: 'broken' in reply || reply.status >= 500 };
}

export interface WriteCondition {
  readonly ifNoneMatch?: true;
  readonly ifMatch?: string;
}

function conditionHeaders({ ifNoneMatch, ifMatch }: WriteCondition): Record<string, string> {
  if (ifNoneMatch === true) return { 'if-none-match': '*' };
  return ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` };
}

export async function tryPut(
  client: TestClient,
  path: string,
  body: Buffer,
  etag: string,
  condition: WriteCondition,
): Promise<Attempt> {
  const limitMs = body.length > 1_000_000 ? LARGE_LIMIT_MS : SMALL_LIMIT_MS;
  const reply = await ask(client, 'PUT', path, { body, limitMs, headers: conditionHeaders(condition) });
  return acknowledged(reply, etag);
}

function acknowledged(reply: Reply, etag: string): Attempt {
  if ('broken' in reply || reply.status !== 200) return unclear(reply);
  const told = reply.headers.etag ?? /<ETag>(?:&quot;|")([^<&"]*)/.exec(reply.body.toString())?.[1] ?? '';
  const wrong = told.replaceAll('"', '') === etag ? undefined : `the ETag ${told} came back for ${etag}`;
  return { response: { kind: 'ok' }, retry: false, ...(wrong === undefined ? {} : { wrong }) };
}

/** All steps of a multipart upload; nothing has happened before the last one. */
export async function tryMultipart(
  client: TestClient,
  path: string,
  pieces: readonly Buffer[],
  etag: string,
): Promise<Attempt> {
  const begun = await ask(client, 'POST', path, { query: { uploads: '' }, limitMs: SMALL_LIMIT_MS });
  if ('broken' in begun || begun.status !== 200) return unread(begun);
  const uploadId = /<UploadId>([^<]*)/.exec(begun.body.toString())?.[1] ?? '';
  const etags: string[] = [];
  for (const [i, body] of pieces.entries()) {
    const query = { partNumber: String(i + 1), uploadId };
    const part = await ask(client, 'PUT', path, { query, body, limitMs: LARGE_LIMIT_MS });
    if ('broken' in part || part.status !== 200) return unread(part);
    etags.push(part.headers.etag ?? '');
  }
  const parts = etags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const reply = await ask(client, 'POST', path, { query: { uploadId }, body, limitMs: LARGE_LIMIT_MS });
  if (!('broken' in reply) && reply.status === 200 && reply.body.includes('<Error>'))
    return { response: { kind: 'unknown', why: reply.body.toString() }, retry: true };
  return acknowledged(reply, etag);
}

export async function tryDelete(client: TestClient, path: string): Promise<Attempt> {
  const reply = await ask(client, 'DELETE', path, { limitMs: SMALL_LIMIT_MS });
  if ('broken' in reply || reply.status !== 204) return unclear(reply);
  return { response: { kind: 'ok' }, retry: false };
}

export async function tryGet(client: TestClient, path: string, contents: Contents): Promise<Attempt> {
  const reply = await ask(client, 'GET', path, { limitMs: LARGE_LIMIT_MS });
  if ('broken' in reply) return unread(reply);
  if (reply.status === 404 && reply.code === 'NoSuchKey')
    return { response: { kind: 'failed', code: 'NoSuchKey' }, retry: false };
  if (reply.status !== 200) return unread(reply);
  const etag = (reply.headers.etag ?? '').replaceAll('"', '');
  const wrong = contents.fault(etag, reply.body); // (A2)
  return { response: { kind: 'found', etag }, retry: false, ...(wrong === undefined ? {} : { wrong }) };
}

export async function tryList(
  client: TestClient,
  bucket: string,
  prefix: string,
  limit: number,
): Promise<Attempt> {
  try {
    const sent = { query: { 'max-keys': String(limit) }, limitMs: SMALL_LIMIT_MS };
    const { objects, nextToken } = await client.list(bucket, prefix, sent);
    const last = nextToken === undefined ? undefined : objects.at(-1)?.key;
    const listed = objects.map(({ key, etag }) => ({ key, etag }));
    return { response: { kind: 'page', objects: listed, last }, retry: false };
  } catch (error) {
    return { response: { kind: 'failed', code: String(error) }, retry: true };
  }
}
