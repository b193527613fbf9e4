/** Signed requests to a queue on connections of their own, as cheap as a client can be: the cloud is measured, not the client. */
import { Agent, request as httpRequest } from 'node:http';
import { signingHash } from '@crescendo/node/signed-requests';
import { amzTimestamp, canonicalRequest, parseRequestHead, SigningKeys, stringToSign } from '@crescendo/s3';

export interface QueueTarget {
  /** `http://host:port` */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const REGION = 'us-east-1';

export class QueueClient {
  readonly #target: QueueTarget;
  readonly #keys = new SigningKeys(signingHash);
  readonly #agent: Agent;
  readonly #url: URL;

  constructor(target: QueueTarget, connections: number) {
    this.#target = target;
    this.#url = new URL(target.endpoint);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** The answer's members; throws for any answer but 200. */
  call(operation: string, input: object): Promise<Record<string, unknown>> {
    const body = JSON.stringify(input);
    const headers = this.#signed(operation, body);
    return new Promise((resolve, reject) => {
      const { hostname: host, port } = this.#url;
      const outgoing = httpRequest(
        { host, port, method: 'POST', path: '/', headers, agent: this.#agent },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(pieces).toString('utf8');
            if (response.statusCode === 200) resolve(text === '' ? {} : JSON.parse(text));
            else reject(new Error(`${operation} is answered ${response.statusCode}: ${text.slice(0, 300)}`));
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #signed(operation: string, body: string): Record<string, string> {
    const timestamp = amzTimestamp(Date.now());
    const scope = { date: timestamp.slice(0, 8), region: REGION, service: 'sqs' };
    const headers: Record<string, string> = {
      host: this.#url.host,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-date': timestamp,
      'x-amz-target': `AmazonSQS.${operation}`,
    };
    const signedHeaders = ['content-type', 'host', 'x-amz-date', 'x-amz-target'];
    const head = parseRequestHead('POST', '/', headers);
    const payloadHash = signingHash.sha256Hex(body);
    const canonical = canonicalRequest({ ...head, signedHeaders, payloadHash });
    const { accessKeyId, secretAccessKey } = this.#target;
    const sign = this.#keys.key(accessKeyId, secretAccessKey, scope);
    const signature = sign(stringToSign(signingHash, timestamp, scope, canonical));
    const credential = `${accessKeyId}/${scope.date}/${REGION}/sqs/aws4_request`;
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
    return headers;
  }
}
