/** Requests of every kind to an endpoint under test, rightly signed unless the test changes them. */
import { request as httpRequest } from 'node:http';
import { signingHash } from '@crescendo/node/signed-requests';
import { amzTimestamp, canonicalRequest, parseRequestHead, SigningKeys, stringToSign } from '@crescendo/s3';
import { KEYS, REGION, type WireFixture } from './wire-fixture.ts';

export interface TestRequest {
  readonly service: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly nowMs?: number;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The request's headers with its signature. */
export function signedHeaders(wire: Pick<WireFixture, 'port'>, request: TestRequest): Record<string, string> {
  const timestamp = amzTimestamp(request.nowMs ?? Date.now());
  const scope = { date: timestamp.slice(0, 8), region: REGION, service: request.service };
  const headers: Record<string, string> = {
    host: `127.0.0.1:${wire.port}`,
    'x-amz-date': timestamp,
    ...request.headers,
  };
  const names = Object.keys(headers).sort();
  const head = parseRequestHead(request.method ?? 'POST', request.path ?? '/', headers);
  const payloadHash = signingHash.sha256Hex(request.body ?? '');
  const text = stringToSign(
    signingHash,
    timestamp,
    scope,
    canonicalRequest({ ...head, signedHeaders: names, payloadHash }),
  );
  const keyId = request.accessKeyId ?? KEYS.accessKeyId;
  const sign = new SigningKeys(signingHash).key(
    keyId,
    request.secretAccessKey ?? KEYS.secretAccessKey,
    scope,
  );
  const credential = `${keyId}/${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${sign(text)}`;
  return { ...headers, authorization };
}

export function sendSigned(wire: Pick<WireFixture, 'port'>, request: TestRequest): Promise<TestAnswer> {
  return sendRaw(wire, { ...request, headers: signedHeaders(wire, request) });
}

export function sendRaw(
  wire: Pick<WireFixture, 'port'>,
  request: Omit<TestRequest, 'service'>,
): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: wire.port,
        method: request.method ?? 'POST',
        path: request.path ?? '/',
        headers: { ...request.headers },
        agent: false,
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A form of a query protocol. */
export function form(action: string, parameters: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams({ Action: action, Version: '2011-01-01', ...parameters }).toString();
}
