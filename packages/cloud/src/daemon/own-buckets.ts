/**
 * The buckets of this cloud for stacks that make or read them: signed requests to the cloud's own endpoint, as any client would send them.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { signingHash } from '@crescendo/node/signed-requests';
import { element, encodePathPercent, parent, SigningKeys, s3Document, signRequest } from '@crescendo/s3';
import type { BucketPort, QueueNotification } from '../services/cloudformation/index.ts';
import type { KeyPair } from './cloud-options.ts';

interface Call {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly body?: string;
  readonly limitBytes?: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const LIMIT_BYTES = 64 * 1024;
const PATIENCE_MS = 30_000;

export function ownBuckets(endpoint: () => string, keys: KeyPair, region: string): BucketPort {
  const signingKeys = new SigningKeys(signingHash);
  const send = (call: Call): Promise<Answer> => sendCall(endpoint(), call, { ...keys, region, signingKeys });
  return {
    exists: async (bucket) => {
      const { status } = await send({ method: 'HEAD', target: `/${bucket}` });
      if (status !== 200 && status !== 404)
        throw new Error(`the store answers ${status} when asked for the bucket ${bucket}`);
      return status === 200;
    },
    create: async (bucket) => assertDone(await send({ method: 'PUT', target: `/${bucket}` }), bucket),
    remove: async (bucket) => {
      const answer = await send({ method: 'DELETE', target: `/${bucket}` });
      if (answer.status !== 404) assertDone(answer, bucket);
    },
    setVersioning: async (bucket, status) => {
      const body = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>${status}</Status></VersioningConfiguration>`;
      assertDone(await send({ method: 'PUT', target: `/${bucket}?versioning=`, body }), bucket);
    },
    setNotifications: async (bucket, queues) => {
      const body = s3Document('NotificationConfiguration', queues.map(queueConfiguration).join(''));
      assertDone(await send({ method: 'PUT', target: `/${bucket}?notification=`, body }), bucket);
    },
    readText: async (bucket, key, limitBytes) => {
      const answer = await send({
        method: 'GET',
        target: `/${bucket}/${encodePathPercent(key)}`,
        limitBytes,
      });
      if (answer.status === 404) return undefined;
      assertDone(answer, `${bucket}/${key}`);
      return answer.text;
    },
  };
}

/** The store checks what is in it. */
function queueConfiguration({ Event, Queue, Filter }: QueueNotification): string {
  const rules = (Filter?.S3Key.Rules ?? []).map(({ Name, Value }) =>
    parent('FilterRule', element('Name', Name) + element('Value', Value)),
  );
  const filter = Filter === undefined ? '' : parent('Filter', parent('S3Key', rules.join('')));
  return parent('QueueConfiguration', element('Queue', Queue) + element('Event', Event) + filter);
}

function assertDone({ status, text }: Answer, subject: string): void {
  if (status >= 200 && status < 300) return;
  const said = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? text.slice(0, 200);
  throw new Error(`the store answers ${status} for ${subject}: ${said}`);
}

function sendCall(
  endpoint: string,
  { method, target, body = '', limitBytes = LIMIT_BYTES }: Call,
  signer: KeyPair & { readonly region: string; readonly signingKeys: SigningKeys },
): Promise<Answer> {
  const url = new URL(endpoint);
  const length: Record<string, string> =
    body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const { headers } = signRequest(
    { ...signer, hash: signingHash, keys: signer.signingKeys },
    { method, target, headers: { host: url.host, ...length }, payloadHash: signingHash.sha256Hex(body) },
    Date.now(),
  );
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: url.hostname,
        port: url.port,
        method,
        path: target,
        headers,
        agent: false,
        timeout: PATIENCE_MS,
      },
      (response) => readAnswer(response, limitBytes).then(resolve, reject),
    );
    request.on('timeout', () =>
      request.destroy(new Error(`the store did not answer within ${PATIENCE_MS / 1_000} s`)),
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage, limitBytes: number): Promise<Answer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > limitBytes)
      throw new Error(`the object is longer than the ${limitBytes} bytes that are allowed`);
    pieces.push(piece);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') };
}
