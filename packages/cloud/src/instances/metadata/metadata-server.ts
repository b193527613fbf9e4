/**
 * The metadata service of all instances of a cloud: one listener an instance, at its own address, so that each reads what is its own.
 * It does not know where the data comes from.
 *
 * (M1) What a listener answers is of its instance alone, as it is at that moment.
 * (M2) The service hands out the cloud's key pair. It listens on loopback, and refuses what a browser or a proxy would send, and where
 *      the system tells whose program asks, other users' programs.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { InstanceAddress } from '../instance-provider.ts';
import { type CallerUser, callerUser } from './caller-user.ts';
import type { MetadataFolder } from './metadata-tree.ts';
import { readMetadata } from './metadata-tree.ts';
import { SessionTokens } from './session-tokens.ts';

export interface InstanceMetadata {
  readonly tree: MetadataFolder;
  /** False answers 403 to everything. */
  readonly enabled: boolean;
  /** Without a session token nothing is answered. */
  readonly tokenRequired: boolean;
}

/** Where instances read about themselves. */
export interface MetadataDoor {
  /** Listens for the instance; does nothing when it does already. Rejects when the address is taken. Returns the port. */
  open(instanceId: string, address: InstanceAddress): Promise<number>;
  close(instanceId: string): Promise<void>;
  stop(): Promise<void>;
}

export interface MetadataServerOptions {
  readonly metadataOf: (instanceId: string) => InstanceMetadata | undefined;
  readonly wallMs: () => number;
  /** 32 random bytes. */
  readonly key: Uint8Array;
  /** Whose program is at the other end; by default the system is asked. */
  readonly callerUser?: (socket: Socket) => CallerUser;
}

/** Who may ask: the user of the cloud, who can read its keys as well, and root. */
function isAllowed(user: CallerUser): boolean {
  return user === 'unknown' || user === 0 || user === process.getuid?.();
}

const LONGEST_TOKEN_SECONDS = 21_600;
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class MetadataServer implements MetadataDoor {
  readonly #options: MetadataServerOptions;
  readonly #tokens: SessionTokens;
  readonly #servers = new Map<string, Server>();
  /** Connections of programs that may not ask. */
  readonly #strangers = new WeakSet<Socket>();

  constructor(options: MetadataServerOptions) {
    this.#options = options;
    this.#tokens = new SessionTokens(options.key);
  }

  async open(instanceId: string, { host, metadataPort }: InstanceAddress): Promise<number> {
    const known = this.#servers.get(instanceId);
    if (known !== undefined) return portOf(known);
    const server = createServer((request, response) => this.#serve(instanceId, request, response));
    server.on('connection', (socket: Socket) => {
      const user = (this.#options.callerUser ?? callerUser)(socket);
      if (!isAllowed(user)) this.#strangers.add(socket);
    });
    this.#servers.set(instanceId, server);
    try {
      await listen(server, host, metadataPort);
    } catch (error) {
      this.#servers.delete(instanceId);
      throw error;
    }
    return portOf(server);
  }

  async close(instanceId: string): Promise<void> {
    const server = this.#servers.get(instanceId);
    if (server === undefined) return;
    this.#servers.delete(instanceId);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((instanceId) => this.close(instanceId)));
  }

  #serve(instanceId: string, request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const { status, text = '', headers = {} } = this.#answer(instanceId, request);
    const body = request.method === 'HEAD' ? undefined : text;
    response.writeHead(status, {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(text),
      server: 'EC2ws',
      ...headers,
    });
    response.end(body);
  }

  #answer(instanceId: string, request: IncomingMessage): Answer {
    if (!isFromProgram(request) || this.#strangers.has(request.socket)) return { status: 403 }; // (M2)
    const metadata = this.#options.metadataOf(instanceId);
    if (metadata === undefined || !metadata.enabled) return { status: 403 };
    const path = (request.url ?? '/').split('?')[0]!.replace(/^\/\d{4}-\d{2}-\d{2}(?=\/|$)/, '/latest');
    if (path === '/latest/api/token') return this.#issue(instanceId, request);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, headers: { allow: 'GET, HEAD' } };
    const token = request.headers[TOKEN_HEADER];
    if (token === undefined ? metadata.tokenRequired : !this.#accepts(token, instanceId))
      return { status: 401 };
    const text = readMetadata({ latest: metadata.tree }, path);
    return text === undefined ? { status: 404 } : { status: 200, text };
  }

  #accepts(token: string | readonly string[], instanceId: string): boolean {
    return typeof token === 'string' && this.#tokens.accepts(token, instanceId, this.#options.wallMs());
  }

  #issue(instanceId: string, request: IncomingMessage): Answer {
    if (request.method !== 'PUT') return { status: 405, headers: { allow: 'OPTIONS, PUT' } };
    const seconds = Number(request.headers[`${TOKEN_HEADER}-ttl-seconds`]);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_TOKEN_SECONDS) return { status: 400 };
    const text = this.#tokens.issue(instanceId, this.#options.wallMs() + seconds * 1000);
    return { status: 200, text, headers: { [`${TOKEN_HEADER}-ttl-seconds`]: String(seconds) } };
  }
}

/** A page in a browser can reach loopback, under a name of its own even: neither its headers nor another host's name pass. */
function isFromProgram({ headers, socket }: IncomingMessage): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return false;
  if (headers['x-forwarded-for'] !== undefined) return false;
  const host = headers.host?.replace(/:\d+$/, '');
  return host === undefined || host === socket.localAddress || host === 'localhost';
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
