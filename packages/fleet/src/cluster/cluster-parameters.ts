/**
 * What the instances of a cluster tell each other before they are a cluster, as parameters under one prefix: the secret, the key
 * pair, who founds, and where the nodes are (SPEC.md, FP1 to FP4).
 */
import { Failure } from '@crescendo/base';
import type { ParameterStore } from '../ports.ts';
import {
  type FoundingInstance,
  type FoundingRecord,
  formatFoundingRecord,
  parseFoundingRecord,
} from './founding-record.ts';

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export class ClusterParameters {
  readonly prefix: string;
  private readonly store: ParameterStore;

  /** @param prefix such as `/crescendo/store`, without a slash at its end */
  constructor(store: ParameterStore, prefix: string) {
    if (!/^(\/[\w.-]+)+$/.test(prefix)) {
      throw new Failure(
        'BadPrefix',
        `"${prefix}" is no prefix of parameters: it starts with "/", has letters, digits, "_", "." and "-" between slashes, and no slash at its end, such as /crescendo/store.`,
      );
    }
    this.store = store;
    this.prefix = prefix;
  }

  /** [FP1] */
  secret(make: () => string): Promise<string> {
    return this.madeOnce('secret', make);
  }

  /** [FP1] The key pair that the S3 doors of all nodes accept. */
  async keys(make: () => KeyPair): Promise<KeyPair> {
    const text = await this.madeOnce('keys', () => JSON.stringify(make()));
    try {
      const { accessKeyId, secretAccessKey } = JSON.parse(text) as Partial<KeyPair>;
      if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string')
        return { accessKeyId, secretAccessKey };
    } catch {
      // The message below says what is wrong; the text itself is secret.
    }
    throw new Failure(
      'BadKeys',
      `The parameter ${this.name('keys')} holds no key pair: it should be {"accessKeyId":"...","secretAccessKey":"..."}.`,
    );
  }

  async founders(): Promise<FoundingRecord | undefined> {
    const name = this.name('founders');
    const text = await this.store.get(name);
    return text === undefined ? undefined : parseFoundingRecord(text, name);
  }

  /** [FP2] False when somebody else was first. */
  createFounders(founders: readonly FoundingInstance[]): Promise<boolean> {
    return this.store.create(this.name('founders'), formatFoundingRecord(founders), { secret: false });
  }

  /** [FP3] For a founder that has not voted. */
  replaceFounders(founders: readonly FoundingInstance[]): Promise<void> {
    return this.store.put(this.name('founders'), formatFoundingRecord(founders));
  }

  /** [FP4] */
  announce(instanceId: string, address: string): Promise<void> {
    return this.store.put(this.name(`nodes/${instanceId}`), address);
  }

  /** Peer addresses by instance. */
  nodes(): Promise<ReadonlyMap<string, string>> {
    return this.store.list(this.name('nodes'));
  }

  withdraw(instanceId: string): Promise<void> {
    return this.store.delete(this.name(`nodes/${instanceId}`));
  }

  private async madeOnce(key: string, make: () => string): Promise<string> {
    const name = this.name(key);
    const known = await this.store.get(name);
    if (known !== undefined) return known;
    const made = make();
    if (await this.store.create(name, made, { secret: true })) return made;
    const theirs = await this.store.get(name);
    if (theirs === undefined)
      throw new Failure('Vanished', `The parameter ${name} was made and deleted at the same time.`, {
        retryable: true,
      });
    return theirs;
  }

  private name(key: string): string {
    return `${this.prefix}/${key}`;
  }
}
