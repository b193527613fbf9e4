/**
 * Parameters and their versions as the operations see them: names resolved, values opened.
 *
 * It does not know limits of requests, nor paging.
 *
 * (P1) The versions from `oldest` to `newest` of a parameter are all there, and no others.
 * (P2) A secret's value is never in a record unsealed.
 */
import type { Records, RecordTable } from '../../contract/records.ts';
import { AwsError } from '../../contract/service.ts';
import { parameterArn, type Selection } from './parameter-name.ts';
import {
  type ParameterRecord,
  type ParameterType,
  type VersionRecord,
  versionKey,
} from './parameter-record.ts';
import { PUBLIC_PARAMETERS, PUBLIC_SINCE_MS } from './public-parameters.ts';
import type { SecretBox } from './secret-box.ts';

/** One version of a parameter. */
export interface Found {
  readonly name: string;
  readonly type: ParameterType;
  readonly version: VersionRecord;
  readonly arn: string;
}

export interface NewVersion extends Omit<VersionRecord, 'number' | 'value' | 'labels'> {
  readonly value: string;
}

const MAX_VERSIONS = 100;

export class ParameterTable {
  readonly #parameters: RecordTable<ParameterRecord>;
  readonly #versions: RecordTable<VersionRecord>;
  readonly #secrets: SecretBox;
  readonly #region: string;
  readonly #accountId: string;

  constructor(records: Records, secrets: SecretBox, place: { region: string; accountId: string }) {
    this.#parameters = records.table('ssm/parameters');
    this.#versions = records.table('ssm/versions');
    this.#secrets = secrets;
    this.#region = place.region;
    this.#accountId = place.accountId;
  }

  get size(): number {
    return this.#parameters.size;
  }

  head(name: string): ParameterRecord | undefined {
    return this.#parameters.get(name);
  }

  newest(name: string): Found | undefined {
    const head = this.#parameters.get(name);
    return head === undefined ? publicParameter(name, this.#region) : this.#found(name, head, head.newest);
  }

  /** Fails with `ParameterNotFound` or `ParameterVersionNotFound`. */
  select({ names, version, label }: Selection): Found {
    const name = names.find((one) => this.newest(one) !== undefined);
    if (name === undefined) throw notFound(names[0]!);
    if (label === undefined && version === undefined) return this.newest(name)!;
    const found = this.history(name).find(({ version: { number, labels } }) =>
      label === undefined ? number === version : labels.includes(label),
    );
    if (found !== undefined) return found;
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${label ?? version} of ${name}. Verify the version and try again.`,
    );
  }

  /** All versions, oldest first. */
  history(name: string): Found[] {
    const head = this.#parameters.get(name);
    if (head === undefined) return [publicParameter(name, this.#region)].filter((one) => one !== undefined);
    const count = head.newest - head.oldest + 1;
    return Array.from({ length: count }, (_, index) => this.#found(name, head, head.oldest + index));
  }

  /** The newest versions of the names with this beginning, in the order of names; public ones only where their path is asked for. */
  *list(prefix: string): Generator<Found> {
    if (prefix.startsWith('/aws/')) yield* publicParameters(prefix, this.#region);
    for (const [name, head] of this.#parameters.entries(prefix)) yield this.#found(name, head, head.newest);
  }

  /** The value as it is shown: a secret that is not to be opened shows its sealed form. */
  valueOf({ name, version: { value } }: Found, withDecryption: boolean): string {
    if (typeof value === 'string') return value;
    if (!withDecryption) return Buffer.from(value.sealed).toString('base64');
    const text = this.#secrets.open(value.sealed, name);
    if (text !== undefined) return text;
    throw new AwsError(
      'InvalidKeyId',
      `The value of ${name} was encrypted with another key than the one in this cloud's data folder: restore the key, or put the parameter anew.`,
    );
  }

  /** Puts the next version, or the first one with its tags; returns its number. */
  put(name: string, type: ParameterType, version: NewVersion, tags: ParameterRecord['tags']): number {
    const head = this.#parameters.get(name);
    const number = (head?.newest ?? 0) + 1;
    const oldest = head === undefined ? 1 : this.#makeRoom(name, head);
    // (P2)
    const value =
      type === 'SecureString' ? { sealed: this.#secrets.seal(version.value, name) } : version.value;
    this.#versions.put(versionKey(name, number), { ...version, number, value, labels: [] });
    this.#parameters.put(name, { version: 1, type, newest: number, oldest, tags: head?.tags ?? tags });
    return number;
  }

  setTags(name: string, tags: ParameterRecord['tags']): void {
    this.#parameters.put(name, { ...this.#parameters.get(name)!, tags });
  }

  setLabels(name: string, version: VersionRecord, labels: readonly string[]): void {
    this.#versions.put(versionKey(name, version.number), { ...version, labels });
  }

  delete(name: string): boolean {
    const head = this.#parameters.get(name);
    if (head === undefined) return false;
    for (let number = head.oldest; number <= head.newest; number++)
      this.#versions.delete(versionKey(name, number));
    this.#parameters.delete(name);
    return true;
  }

  /** The number of the oldest version that stays: the oldest one of a hundred goes, unless it has a label. */
  #makeRoom(name: string, head: ParameterRecord): number {
    if (head.newest - head.oldest + 1 < MAX_VERSIONS) return head.oldest;
    const { labels } = this.#versions.get(versionKey(name, head.oldest))!;
    if (labels.length > 0) {
      throw new AwsError(
        'ParameterMaxVersionLimitExceeded',
        `${name} has ${MAX_VERSIONS} versions, and the oldest one, ${head.oldest}, can't be deleted because it has the label ${labels[0]}. Move the label to a newer version and try again.`,
      );
    }
    this.#versions.delete(versionKey(name, head.oldest));
    return head.oldest + 1;
  }

  #found(name: string, { type }: ParameterRecord, number: number): Found {
    const version = this.#versions.get(versionKey(name, number))!; // (P1)
    return { name, type, version, arn: parameterArn(name, this.#region, this.#accountId) };
  }
}

/** AWS's own: they belong to no account. */
function publicParameter(name: string, region: string): Found | undefined {
  const value = PUBLIC_PARAMETERS.get(name);
  if (value === undefined) return undefined;
  const version: VersionRecord = {
    number: 1,
    value,
    modifiedMs: PUBLIC_SINCE_MS,
    modifiedBy: 'aws',
    tier: 'Standard',
    dataType: value.startsWith('ami-') ? 'aws:ec2:image' : 'text',
    labels: [],
  };
  return { name, type: 'String', version, arn: `arn:aws:ssm:${region}::parameter${name}` };
}

function* publicParameters(prefix: string, region: string): Generator<Found> {
  for (const name of [...PUBLIC_PARAMETERS.keys()].sort()) {
    if (name.startsWith(prefix)) yield publicParameter(name, region)!;
  }
}

export function notFound(name: string): AwsError {
  return new AwsError('ParameterNotFound', `There is no parameter ${name}.`);
}
