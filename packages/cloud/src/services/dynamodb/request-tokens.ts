/** Tokens of transactions, for ten minutes: in the database of the items, so that a token and what was done under it are on disk together. */
import { AwsError } from '../../contract/service.ts';
import type { ItemDatabase } from './item-database.ts';
import { after, tablePrefix } from './sort-keys.ts';

const LIFE_MS = 10 * 60_000;
/** No table has the number 0. */
const PREFIX = `${tablePrefix(0)}t`;

interface TokenRow {
  readonly digest: string;
  readonly atMs: number;
}

export class RequestTokens {
  readonly #database: ItemDatabase;

  constructor(database: ItemDatabase) {
    this.#database = database;
  }

  /** Throws when the token stands for another request. */
  isKnown(token: string, digest: string, nowMs: number): boolean {
    const stored = this.#database.get(keyOf(token));
    if (stored === undefined) return false;
    const row = read(stored);
    if (row.atMs <= nowMs - LIFE_MS) return false;
    if (row.digest === digest) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      `The request uses the same client token as a previous, but non-identical request: ${token}. Do not reuse a client token with different requests.`,
    );
  }

  remember(token: string, digest: string, nowMs: number): void {
    const row: TokenRow = { digest, atMs: nowMs };
    this.#database.put(keyOf(token), Buffer.from(JSON.stringify(row)));
  }

  /** Deletes up to so many that are over. */
  trim(nowMs: number, most: number): void {
    const over: string[] = [];
    for (const [key, stored] of this.#database.entries({ from: PREFIX, to: after(PREFIX) })) {
      if (over.length >= most) break;
      if (read(stored).atMs <= nowMs - LIFE_MS) over.push(key);
    }
    for (const key of over) this.#database.delete(key);
  }
}

function keyOf(token: string): string {
  return PREFIX + Buffer.from(token.slice(0, 256)).toString('latin1');
}

function read(stored: Buffer): TokenRow {
  return JSON.parse(stored.toString('utf8'));
}
