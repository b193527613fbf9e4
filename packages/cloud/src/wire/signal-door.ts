/**
 * URLs that need no signature, because whoever has one was given it: instances say with a PUT that they are ready (wait conditions), as
 * with the presigned links that CloudFormation gives out, and endpoints confirm with a GET that they want what a topic sends.
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
export const CONFIRM_PREFIX = '/_crescendo/subscriptions/';

const LIMITS = { bytes: 64 * 1024, patienceMs: 30_000 };

/** Takes what was sent; throws `AwsError` when it is none. */
export type SignalReceiver = (body: string) => void;

/** Who takes what is sent so; undefined when the request is not for here. */
export function signalReceiver(
  method: string,
  path: string,
  { receiveSignal, confirmSubscription }: Pick<EndpointOptions, 'receiveSignal' | 'confirmSubscription'>,
): SignalReceiver | undefined {
  if (method === 'PUT' && path.startsWith(SIGNAL_PREFIX) && receiveSignal !== undefined)
    return (body) => receiveSignal(path.slice(SIGNAL_PREFIX.length), body);
  if (method === 'GET' && path.startsWith(CONFIRM_PREFIX) && confirmSubscription !== undefined)
    return () => confirmSubscription(path.slice(CONFIRM_PREFIX.length));
  return undefined;
}

/** Never fails: what goes wrong is answered. */
export async function answerSignal(
  request: IncomingMessage,
  response: ServerResponse,
  headers: HeaderMap,
  receive: SignalReceiver,
  options: Pick<EndpointOptions, 'hosts' | 'ready' | 'durable'>,
): Promise<void> {
  request.on('error', () => {});
  response.on('error', () => {});
  try {
    guardRequest(headers, options.hosts);
    const body = await readBody(request, LIMITS);
    await options.ready;
    receive(body.toString('utf8'));
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
