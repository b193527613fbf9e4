import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatKeys, makeKeys, readOrMakeKeys, readOrMakeSecret } from './credentials.ts';
import { dataFolderPaths } from './data-folder.ts';
import { connectionFor } from './settings.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

test('[CLI2] environment before data folder, --dev-keys before both', async (t) => {
  const data = await temporaryFolder(t);
  const own = await readOrMakeKeys(dataFolderPaths(data).credentials);
  const keys = async (environment: Record<string, string>, devKeys = false): Promise<string> =>
    (await connectionFor({ data, devKeys }, environment)).keys.accessKeyId;
  assert.equal(await keys({}), own.accessKeyId);
  assert.equal(await keys(ENVIRONMENT), 'id');
  assert.equal(await keys(ENVIRONMENT, true), 'test');
  await assert.rejects(keys({ AWS_ACCESS_KEY_ID: 'id' }), /AWS_SECRET_ACCESS_KEY is not set/);
});

test('[CLI2] without any key pair the message says what to do', async (t) => {
  const data = join(await temporaryFolder(t), 'none');
  await assert.rejects(connectionFor({ data }, {}), /Start the store with "crescendo up"/);
});

test('[CLI3] flag, environment, data folder, default', async (t) => {
  const data = await temporaryFolder(t);
  const endpoint = async (flag?: string, environment: Record<string, string> = {}): Promise<string> => {
    const flags = flag === undefined ? { data } : { data, endpoint: flag };
    return (await connectionFor(flags, { ...ENVIRONMENT, ...environment })).endpoint;
  };
  const named = { AWS_ENDPOINT_URL: 'http://127.0.0.1:2' };
  assert.equal(await endpoint(), 'http://127.0.0.1:4566');
  await writeFile(dataFolderPaths(data).endpoint, 'http://127.0.0.1:3\n');
  assert.equal(await endpoint(), 'http://127.0.0.1:3');
  assert.equal(await endpoint(undefined, named), 'http://127.0.0.1:2');
  assert.equal(await endpoint('http://127.0.0.1:1', named), 'http://127.0.0.1:1');
});

test('[CLI4] pair and secret are made once, for their owner alone', async (t) => {
  const { credentials, clusterSecret } = dataFolderPaths(await temporaryFolder(t));
  const made = await Promise.all(Array.from({ length: 8 }, () => readOrMakeKeys(credentials)));
  assert.equal(new Set(made.map(formatKeys)).size, 1);
  const secrets = await Promise.all(Array.from({ length: 8 }, () => readOrMakeSecret(clusterSecret)));
  assert.equal(new Set(secrets).size, 1);
  assert.match(secrets[0]!, /^[0-9a-f]{64}$/);
  for (const path of [credentials, clusterSecret]) assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.match(makeKeys().accessKeyId, /^AKIA[A-Z2-7]{16}$/);
});
