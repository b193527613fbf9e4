/**
 * Encrypts the values of SecureString parameters with one key in the data folder (AES-256-GCM). It keeps values from whoever gets hold
 * of the records alone: a copy, a backup. Whoever may read the whole folder can read them, and there is no KMS here to ask.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Failure } from '@crescendo/base';
import { replaceFileSync } from '@crescendo/node/disk';

export interface SecretBox {
  /** `subject` is bound to the value: what was sealed for one does not open for another. */
  seal(text: string, subject: string): Uint8Array;
  /** undefined when it was sealed with another key, for another subject, or is damaged. */
  open(sealed: Uint8Array, subject: string): string | undefined;
}

const FORMAT = 1;
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + IV_BYTES + TAG_BYTES;

/** `key`: 32 bytes. */
export function createSecretBox(key: Uint8Array): SecretBox {
  return {
    seal: (text, subject) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(subject));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      // A plain Uint8Array: what is put into records comes back as one.
      return new Uint8Array(Buffer.concat([Buffer.of(FORMAT), iv, cipher.getAuthTag(), body]));
    },
    open: (sealed, subject) => {
      if (sealed.length < HEADER_BYTES || sealed[0] !== FORMAT) return undefined;
      const iv = sealed.subarray(1, 1 + IV_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(subject));
      decipher.setAuthTag(sealed.subarray(1 + IV_BYTES, HEADER_BYTES));
      try {
        const body = decipher.update(sealed.subarray(HEADER_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** The key in the file, 64 hexadecimal digits; makes both, for this user only, when there is none. */
export function readOrMakeKey(path: string): Uint8Array {
  if (!existsSync(path)) replaceFileSync(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
  const text = readFileSync(path, 'utf8').trim();
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new Failure(
    'KeyDamaged',
    `${path} holds no key (64 hexadecimal digits); restore it from a copy: without it the SecureString parameters of this cloud can't be read`,
  );
}
