import { isIP } from 'node:net';
import { hostName, S3Error } from '@crescendo/s3';

export interface GuardOptions {
  readonly baseDomains: readonly string[];
  /** Other names under which the door may be called. */
  readonly hosts: readonly string[];
}

/**
 * Keeps web pages out: a page of another origin cannot sign, but it could use a name that it lets point here, or probe what is
 * there. Fails with `AccessForbidden`; requests of programs carry none of these headers and pass.
 */
export function checkOrigin(
  headers: Readonly<Record<string, string | undefined>>,
  method: string,
  options: GuardOptions,
): void {
  const host = headers.host;
  if (host === undefined || host === '')
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Host');
  if (!isOwnHost(hostName(host), options)) {
    throw forbidden(`The Host "${host}" is not a name of this store. Add it to its hosts or base domains.`);
  }
  if (method === 'OPTIONS') throw forbidden('CORSResponse: CORS is not enabled for this bucket.');
  const origin = headers.origin;
  if (origin !== undefined && !isSameHost(origin, host)) {
    throw forbidden(`Requests from pages of another origin ("${origin}") are refused.`);
  }
  const site = headers['sec-fetch-site'];
  if (origin === undefined && (site === 'cross-site' || site === 'same-site')) {
    throw forbidden('Requests from pages of another site are refused.');
  }
}

function isOwnHost(name: string, options: GuardOptions): boolean {
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  if (options.hosts.includes(name)) return true;
  return options.baseDomains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function forbidden(message: string): S3Error {
  return new S3Error('AccessForbidden', message);
}
