/**
 * All that EC2 remembers, over the cloud's records. It carries nothing out.
 *
 * (S1) Every change of an instance is told to the listeners, in order, in the turn in which it is recorded.
 * (S2) Tags lie apart from what they tag, under its id, and go with it.
 */
import type { RecordTable } from '../../contract/records.ts';
import type { InstanceRecord, VolumeRecord } from './instance-record.ts';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from './launch-templates.ts';
import type { KeyPairRecord } from './operations/key-pairs.ts';
import type { SecurityGroupRecord } from './operations/security-groups.ts';
import type { Ec2Ports } from './ports.ts';

/** What a launch under a token made, so that it is made once. */
export interface LaunchTokenRecord {
  readonly instanceIds: readonly string[];
  readonly reservationId: string;
  /** The request in a fixed form. */
  readonly request: string;
  readonly createdMs: number;
}

export class Ec2State {
  readonly instances: RecordTable<InstanceRecord>;
  readonly volumes: RecordTable<VolumeRecord>;
  readonly templates: RecordTable<LaunchTemplateRecord>;
  /** Key: template id, `/`, the number with leading zeros. */
  readonly templateVersions: RecordTable<LaunchTemplateVersionRecord>;
  readonly securityGroups: RecordTable<SecurityGroupRecord>;
  readonly keyPairs: RecordTable<KeyPairRecord>;
  readonly launchTokens: RecordTable<LaunchTokenRecord>;
  /** The end of what terminated instances wrote. */
  readonly consoles: RecordTable<string>;
  readonly #tags: RecordTable<Readonly<Record<string, string>>>;
  readonly #listeners = new Set<(record: InstanceRecord) => void>();

  constructor({ records }: Pick<Ec2Ports, 'records'>) {
    this.instances = records.table('ec2/instances');
    this.volumes = records.table('ec2/volumes');
    this.templates = records.table('ec2/launch-templates');
    this.templateVersions = records.table('ec2/launch-template-versions');
    this.securityGroups = records.table('ec2/security-groups');
    this.keyPairs = records.table('ec2/key-pairs');
    this.launchTokens = records.table('ec2/launch-tokens');
    this.consoles = records.table('ec2/consoles');
    this.#tags = records.table('ec2/tags');
  }

  /** Does nothing when there is no such instance. */
  changeInstance(instanceId: string, change: Partial<InstanceRecord>): void {
    const record = this.instances.get(instanceId);
    if (record !== undefined) this.putInstance({ ...record, ...change });
  }

  putInstance(record: InstanceRecord): void {
    this.instances.put(record.instanceId, record);
    this.tell(record); // (S1)
  }

  /** For what listeners know beside the record, such as health. */
  tell(record: InstanceRecord): void {
    for (const listener of this.#listeners) listener(record);
  }

  onInstance(listener: (record: InstanceRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tagsOf(resourceId: string): Readonly<Record<string, string>> {
    return this.#tags.get(resourceId) ?? {};
  }

  putTags(resourceId: string, tags: Readonly<Record<string, string>>): void {
    if (Object.keys(tags).length === 0)
      this.#tags.delete(resourceId); // (S2)
    else this.#tags.put(resourceId, tags);
  }

  /** Every resource that has tags. */
  allTags(): IterableIterator<[string, Readonly<Record<string, string>>]> {
    return this.#tags.entries();
  }
}

export function allOf<Value>(table: RecordTable<Value>): Value[] {
  return [...table.entries()].map(([, value]) => value);
}
