/**
 * One HTTP endpoint for everything: AWS's control planes, and S3 for whatever is none of them.
 *
 * It does not know what operations do. The order of a request: which service (from the head), who calls (browser or program), the body,
 * who signs, which operation, the answer.
 *
 * (E1) Nothing is looked up, and nothing is said of what exists, before the signature has been found right.
 * (E2) Every request gets one answer in the form of its protocol, and one entry in the log.
 * (E3) An answer leaves only when every record that was written before it is on disk; a refusal too, since a handler may have written
 *      before it failed.
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Failure, messageOf } from '@crescendo/base';
import { readHeaders, signingHash } from '@crescendo/node/signed-requests';
import { type HeaderMap, parseRequestHead, type RequestHead, SigningKeys } from '@crescendo/s3';
import { AwsError } from '../contract/service.ts';
import { checkSignature, type Secret } from './check-signature.ts';
import { handConsole, isForConsole } from './console-door.ts';
import { unpackBody } from './packed-body.ts';
import { cborProtocol } from './protocols/cbor-protocol.ts';
import { jsonProtocol } from './protocols/json-protocol.ts';
import type { OperationCall, Protocol, WireAnswer } from './protocols/protocol.ts';
import { ec2Protocol, formAction, queryProtocol } from './protocols/query-protocol.ts';
import { formOfQueue } from './queue-path.ts';
import { readBody } from './request-body.ts';
import { guardRequest } from './request-guard.ts';
import type { RequestLogEntry } from './request-log.ts';
import { routeRequest, type ServiceRoute, type WireProtocol } from './request-route.ts';
import type { ServiceRegistry } from './service-registry.ts';
import { checkedInput } from './shape-check.ts';
import { loadShapes, type ServiceShapes } from './shapes/service-shapes.ts';
import { answerSignal, signalReceiver } from './signal-door.ts';
import { WireError, wordingOf } from './wire-error.ts';

/** Answers what is S3's, with a guard and a log of its own: a front of `@crescendo/node` is one. */
export interface S3Front {
  readonly handler: RequestListener;
  /** The same for a client that waits for `100 Continue` before it sends the body. */
  readonly continueHandler: RequestListener;
}

export interface EndpointOptions {
  readonly services: ServiceRegistry;
  /** Requests to services wait for it. */
  readonly ready?: Promise<void>;
  /** Resolves when all records that were written are on disk. */
  readonly durable: () => Promise<void>;
  /** The secret of an access key; undefined when there is no such key. */
  readonly secretOf: (accessKeyId: string) => Secret | undefined;
  /** Further names under which the endpoint may be called; loopback names and addresses always may. */
  readonly hosts: readonly string[];
  readonly s3?: S3Front;
  /** Answers what is below `/_console`, without a signature: who may see it is its own affair. */
  readonly console?: RequestListener;
  /** Takes the body of a PUT under `SIGNAL_PREFIX`, which needs no signature: the token in its path is the secret. Throws `AwsError`. */
  readonly receiveSignal?: (token: string, body: string) => void;
  /** Takes the token of a GET under `CONFIRM_PREFIX`, which needs no signature either. Throws `AwsError`. */
  readonly confirmSubscription?: (token: string) => void;
  readonly nowMs: () => number;
  readonly requestId: () => string;
  /** Told of every answered request but S3's. */
  readonly log: (entry: RequestLogEntry) => void;
  /** Of a body as it is sent, and unpacked. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** A body that takes longer is given up. Default 30 s. */
  readonly bodyPatienceMs?: number;
}

const PROTOCOLS: Readonly<Record<WireProtocol, Protocol>> = {
  query: queryProtocol,
  ec2query: ec2Protocol,
  'json1.0': jsonProtocol('1.0'),
  'json1.1': jsonProtocol('1.1'),
  cbor: cborProtocol,
};
const MAX_BODY_BYTES = 1024 * 1024;
const BODY_PATIENCE_MS = 30_000;

/** What is known of a request so far. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly route: ServiceRoute;
  readonly requestId: string;
  readonly startedMs: number;
  readonly startedAt: number;
  signingName: string | undefined;
  operation: string | undefined;
  bodyRead: boolean;
}

export class AwsEndpoint {
  readonly #options: EndpointOptions;
  readonly #keys = new SigningKeys(signingHash);

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Makes a server serve this endpoint: requests, and `Expect: 100-continue`. */
  attach(server: Server): void {
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.handle(request, response, false),
    );
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      this.handle(request, response, true),
    );
  }

  handle(request: IncomingMessage, response: ServerResponse, continuePending: boolean): void {
    const method = request.method ?? 'GET';
    const headers = readHeaders(request.rawHeaders);
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const { console, hosts } = this.#options;
    if (console !== undefined && isForConsole(path))
      return handConsole(request, response, headers, { console, hosts });
    const receive = signalReceiver(method, path, this.#options);
    if (receive !== undefined) return void answerSignal(request, response, headers, receive, this.#options);
    const route = routeRequest(method, path, headers);
    if (route.kind === 's3') return this.#handS3(request, response, continuePending);
    // A broken connection shows where it is read or written; this only keeps it from ending the process.
    request.on('error', () => {});
    response.on('error', () => {});
    const exchange: Exchange = {
      request,
      response,
      head: headOf(method, request.url ?? '/', headers),
      route,
      requestId: this.#options.requestId(),
      startedMs: this.#options.nowMs(),
      startedAt: performance.now(),
      signingName: route.signingName,
      operation: route.operation,
      bodyRead: false,
    };
    void this.#serve(exchange, continuePending);
  }

  #handS3(request: IncomingMessage, response: ServerResponse, continuePending: boolean): void {
    const { s3 } = this.#options;
    if (s3 !== undefined) return (continuePending ? s3.continueHandler : s3.handler)(request, response);
    const message = 'There is no store behind this endpoint, and the request is for no service of the cloud.';
    response.writeHead(501, { 'content-type': 'application/xml', connection: 'close' });
    response.end(`<Error><Code>NotImplemented</Code><Message>${message}</Message></Error>`);
  }

  /** Never fails: what goes wrong is answered. */
  async #serve(exchange: Exchange, continuePending: boolean): Promise<void> {
    try {
      const answer = await this.#answer(exchange, continuePending);
      this.#send(exchange, 200, answer, undefined, undefined);
    } catch (error) {
      await this.#fail(exchange, error);
    }
  }

  async #answer(exchange: Exchange, continuePending: boolean): Promise<WireAnswer> {
    const { head, route, request, response, requestId } = exchange;
    const { services, durable } = this.#options;
    guardRequest(head.headers, this.#options.hosts);
    if (continuePending) response.writeContinue();
    const bytes = services.maxBodyBytes(route.signingName) ?? this.#options.maxBodyBytes ?? MAX_BODY_BYTES;
    const patienceMs = this.#options.bodyPatienceMs ?? BODY_PATIENCE_MS;
    const sent = await readBody(request, { bytes, patienceMs });
    exchange.bodyRead = request.complete;
    await this.#options.ready;
    this.#authenticate(exchange, sent); // (E1)
    const body = await unpackBody(head.headers['content-encoding'], sent, bytes);
    const signingName = this.#serviceName(route);
    const name = operationName(exchange, body);
    const { shapes, operation, ...found } = services.find(signingName, name);
    const call: OperationCall = { shapes, operation, name };
    const protocol = PROTOCOLS[route.protocol];
    const strict = route.protocol === 'query' || route.protocol === 'ec2query';
    const form = signingName === 'sqs' && strict ? formOfQueue(head.rawPath, body) : body;
    const input = checkedInput(operation.input, decode(protocol, call, form), { strict });
    const context = services.context(route.credentials!.accessKeyId, requestId, (listener) => {
      response.once('close', () => {
        if (!response.writableEnded) listener();
      });
    });
    const output = await services.run({ shapes, operation, ...found }, name, input, context);
    await durable(); // (E3)
    return protocol.encode(call, output, requestId);
  }

  #authenticate({ head, route }: Exchange, body: Buffer): void {
    checkSignature(head, body, route.credentials, {
      hash: signingHash,
      keys: this.#keys,
      secretOf: this.#options.secretOf,
      nowMs: this.#options.nowMs(),
    });
  }

  /** The service that was signed for; a target must be that service's. */
  #serviceName({ signingName, target }: ServiceRoute): string {
    const { services } = this.#options;
    services.service(signingName!);
    if (target === undefined) return signingName!;
    const named = services.byTarget(target);
    if (named !== undefined && services.scopeOf(named) === signingName) return named;
    throw new WireError(
      'unknownOperation',
      `The target "${target.slice(0, 100)}" does not belong to ${signingName}, which the request is signed for.`,
    );
  }

  async #fail(exchange: Exchange, thrown: unknown): Promise<void> {
    let error = thrown;
    try {
      await this.#options.durable(); // (E3)
    } catch (failure) {
      error = failure;
    }
    const { route, requestId } = exchange;
    const shapes = this.#shapesOf(route);
    const { code, statusCode, message } = failureOf(error, route.protocol);
    const shape = error instanceof AwsError ? shapes?.error(code) : undefined;
    // A service that never spoke query answers 400, whatever its model says.
    const modelled = route.protocol === 'query' || shapes?.settings.awsQueryCompatible === true;
    const status = modelled && statusCode === 400 ? (shape?.statusCode ?? 400) : statusCode;
    const members = error instanceof AwsError ? error.members : {};
    const failure = { shapes, shape, code, message, members, requestId, statusCode: status };
    this.#send(exchange, status, PROTOCOLS[route.protocol].encodeFailure(failure), code, error);
  }

  #shapesOf({ signingName }: ServiceRoute): ServiceShapes | undefined {
    const known = signingName !== undefined && this.#options.services.has(signingName);
    return known ? loadShapes(signingName) : undefined;
  }

  #send(
    exchange: Exchange,
    status: number,
    answer: WireAnswer,
    code: string | undefined,
    error: unknown,
  ): void {
    const { response, requestId } = exchange;
    const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    response.writeHead(status, {
      ...answer.headers,
      'content-length': body.length,
      'x-amzn-requestid': requestId,
      ...(exchange.bodyRead ? {} : { connection: 'close' }),
    });
    response.end(body);
    // What is left of a body that nobody wants ends with the connection.
    if (!exchange.bodyRead) response.once('finish', () => exchange.request.destroy());
    this.#options.log(entryOf(exchange, status, code, error)); // (E2)
  }
}

function headOf(method: string, target: string, headers: HeaderMap): RequestHead {
  try {
    return parseRequestHead(method, target, headers);
  } catch {
    // A target that is no encoding fails the signature, as it stands.
    return { method, rawPath: '/', path: '/', query: [], headers };
  }
}

function operationName(exchange: Exchange, body: Buffer): string {
  const { route } = exchange;
  const form = route.protocol === 'query' || route.protocol === 'ec2query';
  exchange.operation = form ? actionOf(body) : route.operation;
  if (exchange.operation !== undefined && exchange.operation !== '') return exchange.operation;
  throw new WireError(
    'unknownOperation',
    form
      ? 'The request must contain the parameter Action.'
      : 'The X-Amz-Target must be of the form SERVICE.OPERATION.',
  );
}

function actionOf(body: Buffer): string | undefined {
  try {
    return formAction(body).action;
  } catch (error) {
    throw new WireError('malformed', `The parameters can't be read: ${messageOf(error)}`, error);
  }
}

function decode(protocol: Protocol, call: OperationCall, body: Buffer): unknown {
  try {
    return protocol.decode(call, body);
  } catch (error) {
    if (error instanceof WireError) throw error;
    throw new WireError('malformed', `The body can't be read: ${messageOf(error)}`, error);
  }
}

function failureOf(
  error: unknown,
  protocol: WireProtocol,
): { readonly code: string; readonly statusCode: number; readonly message: string } {
  if (error instanceof AwsError) return error;
  const wire = error instanceof WireError ? error : undefined;
  const [code, statusCode] = wordingOf(wire?.problem ?? 'failed', protocol);
  // What went wrong inside is for the log; what only the cloud's owner can mend is told to whoever asks.
  const isOwners = error instanceof Failure && error.code === 'RecordsFailed';
  const message =
    wire?.message ??
    (isOwners ? error.message : 'The request processing has failed because of an internal error.');
  return { code, statusCode, message };
}

function entryOf(
  exchange: Exchange,
  status: number,
  code: string | undefined,
  error: unknown,
): RequestLogEntry {
  const { head, route, requestId } = exchange;
  return {
    atMs: exchange.startedMs,
    requestId,
    service: exchange.signingName,
    operation: exchange.operation,
    accessKeyId: route.credentials?.accessKeyId,
    userAgent: head.headers['user-agent']?.slice(0, 200),
    status,
    code,
    error: error === undefined ? undefined : causesOf(error),
    durationMs: performance.now() - exchange.startedAt,
  };
}

function causesOf(error: unknown): string {
  const known = error instanceof AwsError || error instanceof WireError;
  if (known || !(error instanceof Error)) return messageOf(error);
  return error.stack ?? error.message;
}
