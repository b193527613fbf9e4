import { copyBytes } from '@crescendo/base';
import type { KvRange, KvWriter } from '../ports/state-store.ts';

const POISON = 0xdd;
const MAXIMUM_KEY_BYTES = 1_400;

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length <= MAXIMUM_KEY_BYTES) return key;
  throw new Error(`a key of ${key.length} bytes; at most ${MAXIMUM_KEY_BYTES}`);
}

/**
 * A map that takes its contract at its word: what it handed out turns to rubbish with the next write, as it may with a store that
 * hands out its own pages. For finding code that holds on to views.
 */
export class StrictKv implements KvWriter {
  readonly #kv: KvWriter;
  #handedOut: Uint8Array[] = [];

  constructor(kv: KvWriter) {
    this.#kv = kv;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#kv.get(checkedKey(key));
    return value === undefined ? undefined : this.#handOut(value);
  }

  *range(range: KvRange): Iterable<{ key: Uint8Array; value: Uint8Array }> {
    checkedKey(range.start);
    checkedKey(range.end);
    for (const { key, value } of this.#kv.range(range)) {
      yield { key: this.#handOut(key), value: this.#handOut(value) };
    }
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#kv.put(checkedKey(key), value);
    this.spoil();
  }

  remove(key: Uint8Array): void {
    this.#kv.remove(checkedKey(key));
    this.spoil();
  }

  /** Spoils all that was handed out. */
  spoil(): void {
    for (const bytes of this.#handedOut) bytes.fill(POISON);
    this.#handedOut = [];
  }

  #handOut(bytes: Uint8Array): Uint8Array {
    const copy = copyBytes(bytes);
    this.#handedOut.push(copy);
    return copy;
  }
}
