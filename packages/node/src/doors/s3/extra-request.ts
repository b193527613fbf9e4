import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestHead, S3Error } from '@crescendo/s3';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';
import { declareBody, readDocument } from './request-body.ts';

/** A request under `/_crescendo/`. It has passed the guard against web pages; who signed it is for the route to judge. */
export interface ExtraRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly head: RequestHead;
  /** Present when the signature was right. */
  readonly accessKeyId?: string;
  /** Why not, otherwise: throw it to refuse the request. */
  readonly declined?: S3Error;
  /** The body as text, checked against what was signed; only for requests whose signature was right. */
  readText(limitBytes: number): Promise<string>;
}

export function extraRequest(
  context: DoorContext,
  exchange: Exchange,
  declined: S3Error | undefined,
): ExtraRequest {
  const { request, response, requestId, authentication } = exchange;
  return {
    ...{ request, response, requestId, head: exchange.head! },
    ...(authentication === undefined ? {} : { accessKeyId: authentication.accessKeyId }),
    ...(declined === undefined ? {} : { declined }),
    readText: async (limitBytes) => {
      if (authentication === undefined) throw declined ?? new S3Error('AccessDenied');
      return readDocument(exchange, declareBody(exchange), context.reading, limitBytes);
    },
  };
}
