import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { SigningHash } from '../sigv4/signing-hash.ts';

/** The port over node's cryptography, for this package's own tests. */
export const nodeSigningHash: SigningHash = {
  sha256Hex: (data) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest(),
  hmacSha1Base64: (secret, text) => createHmac('sha1', secret).update(text).digest('base64'),
  hmacKey: (key) => {
    const prepared = createSecretKey(key);
    return (text) => createHmac('sha256', prepared).update(text).digest('hex');
  },
};
