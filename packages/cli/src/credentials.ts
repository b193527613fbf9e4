/**
 * Whose signature requests carry. The environment's key pair wins over the one in the data folder, which the first start makes.
 * The file is in the form of AWS's own, so that AWS_SHARED_CREDENTIALS_FILE may name it.
 */
import { randomBytes } from 'node:crypto';
import type { KeyPair } from './client/connection.ts';
import { CommandFailure, UsageError } from './failures.ts';
import { createPrivateFile, readIfThere } from './private-file.ts';

/** What emulators accept; for loopback and play only. */
export const DEV_KEYS: KeyPair = { accessKeyId: 'test', secretAccessKey: 'test' };

export type Environment = Readonly<Record<string, string | undefined>>;

/** undefined when the environment names none; half a pair is a mistake. */
export function keysFromEnvironment(environment: Environment): KeyPair | undefined {
  const accessKeyId = environment.AWS_ACCESS_KEY_ID ?? '';
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY ?? '';
  if (accessKeyId === '' && secretAccessKey === '') return undefined;
  if (accessKeyId === '' || secretAccessKey === '') {
    const missing = accessKeyId === '' ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    throw new UsageError(`${missing} is not set although its partner is: set both or none`);
  }
  return { accessKeyId, secretAccessKey };
}

/** undefined when there is no such file. */
export async function readKeys(path: string): Promise<KeyPair | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : parseKeys(text, path);
}

/** The pair in the file; makes file and pair when there are none. */
export async function readOrMakeKeys(path: string): Promise<KeyPair> {
  return (await readKeys(path)) ?? parseKeys(await createPrivateFile(path, formatKeys(makeKeys())), path);
}

/** In the shape of AWS's: 20 capital letters and digits, and 40 characters of base64 (240 random bits). */
export function makeKeys(): KeyPair {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const id = [...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('');
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString('base64') };
}

export function formatKeys(keys: KeyPair): string {
  return `[default]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`;
}

export function parseKeys(text: string, path: string): KeyPair {
  const accessKeyId = /^\s*aws_access_key_id\s*=\s*(\S+)\s*$/m.exec(text)?.[1];
  const secretAccessKey = /^\s*aws_secret_access_key\s*=\s*(\S+)\s*$/m.exec(text)?.[1];
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  throw new CommandFailure(
    `${path} holds no key pair: it needs lines "aws_access_key_id = ..." and "aws_secret_access_key = ..."`,
  );
}

/** The cluster's secret in the file, 64 hexadecimal digits; makes it when there is none. */
export async function readOrMakeSecret(path: string): Promise<string> {
  const made = `${randomBytes(32).toString('hex')}\n`;
  return ((await readIfThere(path)) ?? (await createPrivateFile(path, made))).trim();
}
