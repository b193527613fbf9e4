import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { SigningHash } from '@crescendo/s3';

/** Node's cryptography in the form that signing asks for. */
export const signingHash: SigningHash = {
  sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (key, text) => createHmac('sha256', key).update(text, 'utf8').digest(),
  hmacSha1Base64: (secret, text) => createHmac('sha1', secret).update(text, 'utf8').digest('base64'),
  hmacKey: (key) => {
    const prepared = createSecretKey(key);
    return (text) => createHmac('sha256', prepared).update(text, 'utf8').digest('hex');
  },
};
