/** From flags, environment and data folder to the connection that a client command uses. */
import { parseEndpoint } from './arguments.ts';
import type { Connection } from './client/connection.ts';
import type { Environment } from './credentials.ts';
import { DEV_KEYS, keysFromEnvironment, readKeys } from './credentials.ts';
import { dataFolderPaths } from './data-folder.ts';
import { CommandFailure } from './failures.ts';
import { readEndpoint } from './local/endpoint-file.ts';

export const DEFAULT_PORT = 4566;
export const DEFAULT_REGION = 'us-east-1';

export interface ClientFlags {
  readonly data: string;
  readonly endpoint?: string;
  readonly devKeys?: boolean;
}

export async function connectionFor(flags: ClientFlags, environment: Environment): Promise<Connection> {
  const sessionToken = environment.AWS_SESSION_TOKEN;
  const fromEnvironment = flags.devKeys === true ? undefined : keysFromEnvironment(environment);
  return {
    endpoint: await endpointFor(flags, environment),
    region: environment.AWS_REGION || environment.AWS_DEFAULT_REGION || DEFAULT_REGION,
    keys: flags.devKeys === true ? DEV_KEYS : (fromEnvironment ?? (await keysOfFolder(flags.data))),
    ...(fromEnvironment !== undefined && sessionToken ? { sessionToken } : {}),
  };
}

/** Flag, then environment, then where `up` on this data folder was listening last, then the default. */
export async function endpointFor(flags: ClientFlags, environment: Environment): Promise<string> {
  const named = flags.endpoint ?? (environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL);
  if (named) return parseEndpoint(named);
  return (await readEndpoint(dataFolderPaths(flags.data).endpoint)) ?? `http://127.0.0.1:${DEFAULT_PORT}`;
}

async function keysOfFolder(data: string): Promise<Connection['keys']> {
  const { credentials } = dataFolderPaths(data);
  const keys = await readKeys(credentials);
  if (keys !== undefined) return keys;
  throw new CommandFailure(
    `there is no key pair: ${credentials} does not exist and AWS_ACCESS_KEY_ID is not set. Start the store with "crescendo up", or name its data folder with --data.`,
  );
}
