/**
 * Puts the cloud together: records, services, the endpoint. It decides nothing itself.
 *
 * The address is taken before anything is started, so that a port that is in use is told before an instance is touched; requests that come
 * early wait until everything has started (K1).
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '@crescendo/base';
import { makeFolderSync } from '@crescendo/node/disk';
import { realClock, realRandom } from '@crescendo/node/system';
import type { InstanceProvider } from '../instances/instance-provider.ts';
import { ProcessProvider } from '../instances/process/process-provider.ts';
import { openRecords } from '../state/open-records.ts';
import { AwsEndpoint } from '../wire/endpoint.ts';
import { RequestLog, type RequestLogEntry } from '../wire/request-log.ts';
import { ServiceRegistry } from '../wire/service-registry.ts';
import { acceptedKeys } from './accepted-keys.ts';
import type { CloudEvent, CloudOptions, HostPort, RunningCloud } from './cloud-options.ts';
import { type CloudServices, makeServices, startServices } from './cloud-services.ts';
import { logToStandardError } from './event-log.ts';
import { listenOn } from './http-server.ts';
import { StartedParts } from './started-parts.ts';

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
/** The event of a disk that refuses: from then on every request fails. */
export const RECORDS_FAILED = 'records failed';

/** Resolves when the cloud answers. Fails with a `Failure` that says what to do, or with the system's error about the address. */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const parts = new StartedParts();
  try {
    return await start(options, parts);
  } catch (error) {
    // What went wrong first is what counts (K2).
    await parts.end().catch(() => undefined);
    throw error;
  }
}

async function start(options: CloudOptions, parts: StartedParts): Promise<RunningCloud> {
  const { accountId = ACCOUNT, region = REGION, log = logToStandardError } = options;
  const secretOf = acceptedKeys(options);
  const place = { accountId, region };
  const registry = new ServiceRegistry({ ...place, nowMs: () => Date.now(), requestId: randomUUID });
  makeFolderSync(options.dataDir);
  const records = await openRecords(join(options.dataDir, 'records'), ({ message }) =>
    log({ level: 'error', event: RECORDS_FAILED, detail: { reason: message } }),
  );
  parts.add(() => records.close());

  const requests = new RequestLog();
  const started = Promise.withResolvers<void>();
  let services: CloudServices | undefined;
  const endpoint = new AwsEndpoint({
    services: registry,
    ready: started.promise,
    durable: () => records.durable(),
    secretOf,
    hosts: (options.hosts ?? []).map((host) => host.toLowerCase()),
    ...(options.s3 === undefined ? {} : { s3: options.s3 }),
    ...(options.console === undefined ? {} : { console: options.console }),
    receiveSignal: (token, body) => services?.cloudFormation.receiveWaitSignal(token, body),
    confirmSubscription: (token) => services?.sns.confirm(token),
    nowMs: () => Date.now(),
    requestId: randomUUID,
    log: (entry) => {
      requests.add(entry);
      logRequest(entry, log);
    },
  });
  const server = await listenOn(options.listen, endpoint);
  parts.add(() => server.close());

  const url = endpointOf(server.address);
  const clock = realClock();
  const ports = { ...place, options, records, registry, clock, random: realRandom(), endpoint: url, log };
  const provider = options.provider ?? processProvider(options, clock);
  services = makeServices(ports, provider);
  await startServices(services, provider, parts);
  // Again, since a stop must first end what could still change something.
  parts.add(() => server.close());
  parts.add(() => services?.sqs.endWaiting());
  started.resolve();
  return {
    address: server.address,
    endpoint: url,
    services: registry,
    requests: () => requests.entries(),
    stop: () => parts.end(),
  };
}

function processProvider(
  { dataDir, crescendoCommand, oneAddress = false }: CloudOptions,
  clock: Clock,
): InstanceProvider {
  const command = crescendoCommand === undefined ? {} : { crescendoCommand };
  return new ProcessProvider({ folder: join(dataDir, 'instances'), clock, oneAddress, ...command });
}

/** What clients on this machine use. */
function endpointOf({ host, port }: HostPort): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Requests that failed through our fault are worth a line; the others are in the bounded log. */
function logRequest(entry: RequestLogEntry, log: (event: CloudEvent) => void): void {
  const { service, operation, status, code, error, requestId } = entry;
  const level = status >= 500 ? 'error' : 'debug';
  log({ level, event: 'aws request', detail: { service, operation, status, code, error, requestId } });
}
