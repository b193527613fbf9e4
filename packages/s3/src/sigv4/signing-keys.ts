import { utf8 } from '@crescendo/base';
import type { SigningHash } from './signing-hash.ts';

export interface CredentialScope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export type SignText = (text: string) => string;

/** `date/region/service/aws4_request`. */
export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

interface CachedKey {
  readonly secret: string;
  readonly sign: SignText;
}

/**
 * Derived signing keys, made once a day, region and access key. It does not know which access keys are valid: callers look the
 * secret up first, at every request.
 *
 * (K1) A cached key is used only for the secret it was derived from, so a rotated secret counts at once.
 * (K2) At most `limit` keys are held; the oldest goes first.
 */
export class SigningKeys {
  readonly #hash: SigningHash;
  readonly #limit: number;
  readonly #keys = new Map<string, CachedKey>();

  constructor(hash: SigningHash, limit = 1_000) {
    this.#hash = hash;
    this.#limit = limit;
  }

  key(accessKeyId: string, secret: string, scope: CredentialScope): SignText {
    const name = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    const cached = this.#keys.get(name);
    if (cached !== undefined && cached.secret === secret) return cached.sign; // (K1)
    const sign = deriveKey(this.#hash, secret, scope);
    if (cached === undefined && this.#keys.size >= this.#limit) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest); // (K2)
        break;
      }
    }
    this.#keys.set(name, { secret, sign });
    return sign;
  }
}

function deriveKey(hash: SigningHash, secret: string, scope: CredentialScope): SignText {
  const dateKey = hash.hmacSha256(utf8(`AWS4${secret}`), scope.date);
  const regionKey = hash.hmacSha256(dateKey, scope.region);
  const serviceKey = hash.hmacSha256(regionKey, scope.service);
  return hash.hmacKey(hash.hmacSha256(serviceKey, 'aws4_request'));
}
