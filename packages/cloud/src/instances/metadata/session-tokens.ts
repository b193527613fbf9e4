/**
 * Session tokens of the metadata service, version 2. Nothing is remembered: a token carries its end and whose it is, under a key that
 * is made anew with each start, so that old tokens are refused and clients ask for new ones.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export class SessionTokens {
  readonly #key: Uint8Array;

  /** @param key 32 random bytes */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(instanceId: string, untilMs: number): string {
    const end = Math.floor(untilMs).toString(36);
    return `${end}.${this.#seal(instanceId, end)}`;
  }

  accepts(token: string, instanceId: string, nowMs: number): boolean {
    const [end = '', seal = ''] = token.split('.');
    const wanted = Buffer.from(this.#seal(instanceId, end));
    const given = Buffer.from(seal);
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return false;
    return Number.parseInt(end, 36) > nowMs;
  }

  #seal(instanceId: string, end: string): string {
    return createHmac('sha256', this.#key).update(`${instanceId} ${end}`).digest('base64url');
  }
}
