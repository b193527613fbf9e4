/** An endpoint with the services of a test behind it, on a port of its own. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsService } from '../../contract/service.ts';
import { AwsEndpoint, type EndpointOptions } from '../endpoint.ts';
import { RequestLog } from '../request-log.ts';
import { ServiceRegistry } from '../service-registry.ts';

export const KEYS = { accessKeyId: 'AKIAWIRETEST', secretAccessKey: 'the secret of the tests' };
export const REGION = 'us-east-1';

export interface WireFixture {
  readonly url: string;
  readonly port: number;
  readonly log: RequestLog;
  readonly services: ServiceRegistry;
  /** What the SDK's clients take. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: typeof KEYS;
    readonly maxAttempts: number;
  };
  close(): Promise<void>;
}

export async function openWire(
  services: readonly AwsService[],
  changes: Partial<EndpointOptions> = {},
): Promise<WireFixture> {
  const registry = new ServiceRegistry({
    accountId: '000000000000',
    region: REGION,
    nowMs: () => Date.now(),
    requestId: randomUUID,
  });
  for (const service of services) registry.add(service);
  const log = new RequestLog();
  const endpoint = new AwsEndpoint({
    services: registry,
    durable: async () => {},
    secretOf: (id) => (id === KEYS.accessKeyId ? { secretAccessKey: KEYS.secretAccessKey } : undefined),
    hosts: [],
    nowMs: () => Date.now(),
    requestId: randomUUID,
    log: (entry) => log.add(entry),
    ...changes,
  });
  const server = createServer();
  endpoint.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    log,
    services: registry,
    client: { endpoint: url, region: REGION, credentials: KEYS, maxAttempts: 1 },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
