import { isIPv4 } from 'node:net';
import { Failure } from '@crescendo/base';
import { INTERNAL_CALLER } from '../contract/service.ts';
import type { Secret } from '../wire/check-signature.ts';
import type { CloudOptions } from './cloud-options.ts';

/** What emulators accept. */
const DEV_KEY = 'test';

/** Looks secrets up by access key. Fails when the well-known key is asked for on an address that others reach. */
export function acceptedKeys({
  credentials,
  devKeys,
  listen,
}: Pick<CloudOptions, 'credentials' | 'devKeys' | 'listen'>): (accessKeyId: string) => Secret | undefined {
  const secrets = new Map(
    credentials.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, { secretAccessKey }]),
  );
  if (devKeys) {
    if (!isLoopback(listen.host)) {
      throw new Failure(
        'DevKeysInTheOpen',
        `the keys "test" / "test" are accepted on loopback only, and the cloud is to listen on ${listen.host}: leave one of them out`,
      );
    }
    secrets.set(DEV_KEY, { secretAccessKey: DEV_KEY });
  }
  // Nobody may sign as a service of the cloud.
  secrets.delete(INTERNAL_CALLER);
  return (accessKeyId) => secrets.get(accessKeyId);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
