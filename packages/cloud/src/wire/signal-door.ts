/**
 * Where instances say that they are ready (wait conditions): a PUT to a URL that only they were given, as with the presigned links that
 * CloudFormation gives out.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '@crescendo/base';
import type { HeaderMap } from '@crescendo/s3';
import { AwsError } from '../contract/service.ts';
import type { EndpointOptions } from './endpoint.ts';
import { readBody } from './request-body.ts';
import { guardRequest } from './request-guard.ts';
import { WireError, wordingOf } from './wire-error.ts';

export const SIGNAL_PREFIX = '/_crescendo/signals/';

const LIMITS = { bytes: 64 * 1024, patienceMs: 30_000 };

/** Never fails: what goes wrong is answered. */
export async function answerSignal(
  request: IncomingMessage,
  response: ServerResponse,
  headers: HeaderMap,
  path: string,
  options: Pick<EndpointOptions, 'hosts' | 'ready' | 'durable' | 'receiveSignal'>,
): Promise<void> {
  request.on('error', () => {});
  response.on('error', () => {});
  try {
    guardRequest(headers, options.hosts);
    const body = await readBody(request, LIMITS);
    await options.ready;
    options.receiveSignal?.(path.slice(SIGNAL_PREFIX.length), body.toString('utf8'));
    await options.durable();
    answer(response, 200, {});
  } catch (error) {
    const [code, status] =
      error instanceof AwsError
        ? [error.code, error.statusCode]
        : wordingOf(error instanceof WireError ? error.problem : 'failed', 'query');
    answer(response, status, {
      code,
      message: status < 500 ? messageOf(error) : 'The signal was not taken; send it again.',
    });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
}
