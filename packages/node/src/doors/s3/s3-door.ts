import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import {
  authenticate,
  isFormUpload,
  notImplemented,
  parseOperation,
  parseRequestHead,
  type S3Error,
  SigningKeys,
} from '@crescendo/s3';
import type { ObjectStore } from '@crescendo/store';
import { HashPool, signingHash } from '../../hashing/index.ts';
import type { DoorContext } from './door-context.ts';
import { Exchange } from './exchange.ts';
import { type ExtraRequest, extraRequest } from './extra-request.ts';
import { readHeaders } from './raw-headers.ts';
import { checkOrigin } from './request-guard.ts';
import { runOperation } from './run-operation.ts';
import { applyServerSettings } from './server-settings.ts';
import { toS3Error } from './store-errors.ts';

export interface S3DoorOptions {
  readonly store: ObjectStore;
  /** The way to queues, which notifications are sent to. */
  readonly queues?: DoorContext['queues'];
  /** The secret of an access key; undefined when there is no such key. */
  readonly credentials: (accessKeyId: string) => string | undefined;
  /** Named in answers. Default `us-east-1`. */
  readonly region?: string;
  /** Refuse requests signed for another region. Default: every region is taken. */
  readonly requireRegion?: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Domains in front of which a bucket may stand (virtual-host style); `localhost` always is one. */
  readonly baseDomains?: readonly string[];
  /** Other names under which the door may be called; loopback names and IP addresses always may. */
  readonly hosts?: readonly string[];
  /** Told of every answered request. */
  readonly log?: (entry: S3LogEntry) => void;
  /** Answers what lies under `/_crescendo/`. */
  readonly extraRoutes?: (request: ExtraRequest) => void | Promise<void>;
  /** A client that neither sends nor takes anything for so long is given up. Default 60 s. */
  readonly idleMs?: number;
  /** Copies and completions that take longer get blanks ahead of their answer. Default 10 s. */
  readonly patienceMs?: number;
}

export interface S3LogEntry {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** AWS's name of the operation; undefined when the request did not come to be one. */
  readonly operation: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** What went wrong, with the cause that the client is not told. */
  readonly error?: S3Error;
}

export interface S3Door {
  readonly handler: RequestListener;
  /** For requests that wait for `100 Continue` before they send their body. */
  readonly continueHandler: RequestListener;
  /** Makes a server serve this door: requests, `Expect: 100-continue`, time-outs, broken requests. */
  attach(server: Server): void;
  close(): Promise<void>;
}

const EXTRA_PREFIX = '/_crescendo/';

/** S3 over HTTP on an `ObjectStore`. It holds no state but signing keys and hashing threads. */
export function createS3Door(options: S3DoorOptions): S3Door {
  const hashPool = new HashPool();
  const door = new Door(options, hashPool);
  const handler = (request: IncomingMessage, response: ServerResponse): void =>
    door.handle(request, response, false);
  const continueHandler = (request: IncomingMessage, response: ServerResponse): void =>
    door.handle(request, response, true);
  return {
    handler,
    continueHandler,
    attach: (server) => {
      applyServerSettings(server, options.idleMs ?? DEFAULT_IDLE_MS);
      server.on('request', handler);
      server.on('checkContinue', continueHandler);
    },
    close: () => hashPool.close(),
  };
}

const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_PATIENCE_MS = 10_000;

/**
 * The order of a request: who calls (browser or program), who signs, what is asked, the answer.
 *
 * (S1) Nothing is done, nothing is said of what exists, and no body is read, before the signature has been found right.
 * (S2) Every failure becomes one answer and one entry of the log.
 */
class Door {
  readonly #options: S3DoorOptions;
  readonly #context: DoorContext;
  readonly #keys = new SigningKeys(signingHash);
  readonly #baseDomains: readonly string[];
  readonly #hosts: readonly string[];
  readonly #idPrefix = randomBytes(4).toString('hex').toUpperCase();
  #requests = 0;

  constructor(options: S3DoorOptions, hashPool: HashPool) {
    this.#options = options;
    this.#baseDomains = [...(options.baseDomains ?? []), 'localhost'].map((domain) => domain.toLowerCase());
    this.#hosts = (options.hosts ?? []).map((host) => host.toLowerCase());
    this.#context = {
      store: options.store,
      ...(options.queues === undefined ? {} : { queues: options.queues }),
      region: options.region ?? 'us-east-1',
      reading: { hashPool, idleMs: options.idleMs ?? DEFAULT_IDLE_MS },
      patienceMs: options.patienceMs ?? DEFAULT_PATIENCE_MS,
    };
  }

  handle(request: IncomingMessage, response: ServerResponse, continuePending: boolean): void {
    const exchange = new Exchange(request, response, {
      requestId: this.#nextId(),
      continuePending,
      startedMs: performance.now(),
    });
    response.on('error', ignoreBrokenConnection);
    request.on('error', ignoreBrokenConnection);
    void this.#run(exchange).then(() => this.#report(exchange));
  }

  /** Never fails: what goes wrong is answered. */
  async #run(exchange: Exchange): Promise<void> {
    try {
      await this.#start(exchange);
    } catch (failure) {
      exchange.fail(toS3Error(failure, exchange.subject)); // (S2)
    }
  }

  /** Logs once the answer is out and the operation is over, whichever is later. */
  #report(exchange: Exchange): void {
    const { log } = this.#options;
    if (log === undefined) return;
    const { response } = exchange;
    if (response.closed || response.destroyed) log(this.#entry(exchange));
    else response.once('close', () => log(this.#entry(exchange)));
  }

  #start(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const headers = readHeaders(request.rawHeaders);
    const method = request.method ?? 'GET';
    checkOrigin(headers, method, { baseDomains: this.#baseDomains, hosts: this.#hosts });
    const head = parseRequestHead(method, request.url ?? '/', headers);
    exchange.head = head;
    if (head.path.startsWith(EXTRA_PREFIX) && this.#options.extraRoutes !== undefined)
      return this.#startExtra(exchange);
    if (headers.authorization === undefined && isFormUpload(method, headers)) {
      throw notImplemented('PostObject (upload by HTML form)', 'Use PutObject.');
    }
    exchange.authentication = this.#authenticate(exchange); // (S1)
    const operation = parseOperation(head, this.#baseDomains);
    exchange.operation = operation;
    return runOperation(this.#context, exchange, operation);
  }

  #authenticate(exchange: Exchange) {
    const { credentials, now, requireRegion } = this.#options;
    return authenticate(exchange.head!, {
      hash: signingHash,
      keys: this.#keys,
      credentials,
      nowMs: now(),
      baseDomains: this.#baseDomains,
      ...(requireRegion === true ? { region: this.#context.region } : {}),
    });
  }

  async #startExtra(exchange: Exchange): Promise<void> {
    let declined: S3Error | undefined;
    try {
      exchange.authentication = this.#authenticate(exchange);
    } catch (failure) {
      declined = toS3Error(failure, {});
    }
    await this.#options.extraRoutes!(extraRequest(this.#context, exchange, declined));
  }

  #nextId(): string {
    this.#requests = (this.#requests + 1) % 0xffff_ffff;
    return this.#idPrefix + this.#requests.toString(16).toUpperCase().padStart(8, '0');
  }

  #entry(exchange: Exchange): S3LogEntry {
    const { operation, error } = exchange;
    return {
      requestId: exchange.requestId,
      method: exchange.request.method ?? '',
      path: exchange.head?.path ?? exchange.request.url ?? '',
      operation: operation?.kind === 'ReadSubresource' ? operation.name : operation?.kind,
      accessKeyId: exchange.authentication?.accessKeyId,
      status: exchange.response.statusCode,
      durationMs: performance.now() - exchange.startedMs,
      ...(error === undefined ? {} : { error }),
    };
  }
}

/** A broken connection shows where it is read or written; this only keeps it from ending the process. */
function ignoreBrokenConnection(): void {}
