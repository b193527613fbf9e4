/** Tags of alarms and dashboards, by ARN. */
import type {
  ListTagsForResourceCommandOutput,
  Tag,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-cloudwatch';
import type { RecordTable } from '../../contract/records.ts';
import { AwsError } from '../../contract/service.ts';
import { alarmArn, dashboardArn } from './arns.ts';
import { invalidValue, missingParameter } from './errors.ts';
import type { CloudWatchPorts } from './ports.ts';

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

type TagRecord = Readonly<Record<string, string>>;

export class Tags {
  readonly #ports: CloudWatchPorts;
  readonly #table: RecordTable<TagRecord>;
  readonly #exists: (arn: string) => boolean;

  /** `exists` says whether there is an alarm or a dashboard of that ARN. */
  constructor(ports: CloudWatchPorts, exists: (arn: string) => boolean) {
    this.#ports = ports;
    this.#table = ports.records.table('cloudwatch/tags');
    this.#exists = exists;
  }

  putForNewAlarm(name: string, tags: readonly Tag[]): void {
    this.#put(alarmArn(this.#ports, name), tags);
  }

  putForNewDashboard(name: string, tags: readonly Tag[]): void {
    this.#put(dashboardArn(this.#ports, name), tags);
  }

  forgetAlarm(name: string): void {
    this.#table.delete(alarmArn(this.#ports, name));
  }

  forgetDashboard(name: string): void {
    this.#table.delete(dashboardArn(this.#ports, name));
  }

  tag(input: TagResourceCommandInput): void {
    if (input.Tags === undefined) throw missingParameter('Tags');
    this.#put(this.#known(input.ResourceARN), input.Tags);
  }

  untag(input: UntagResourceCommandInput): void {
    if (input.TagKeys === undefined) throw missingParameter('TagKeys');
    const arn = this.#known(input.ResourceARN);
    const gone = new Set(input.TagKeys);
    const rest = Object.entries(this.#table.get(arn) ?? {}).filter(([key]) => !gone.has(key));
    this.#table.put(arn, Object.fromEntries(rest));
  }

  list(arn: string | undefined): Omit<ListTagsForResourceCommandOutput, '$metadata'> {
    const tags = Object.entries(this.#table.get(this.#known(arn)) ?? {});
    return { Tags: tags.map(([Key, Value]) => ({ Key, Value })) };
  }

  #known(arn: string | undefined): string {
    if (arn === undefined) throw missingParameter('ResourceARN');
    if (this.#exists(arn)) return arn;
    throw new AwsError('ResourceNotFoundException', `There is no resource ${arn}`, 404);
  }

  #put(arn: string, tags: readonly Tag[]): void {
    if (tags.length === 0) return;
    const merged = new Map(Object.entries(this.#table.get(arn) ?? {}));
    for (const tag of tags) merged.set(...checkedTag(tag));
    if (merged.size > MAX_TAGS)
      throw invalidValue(`${arn} would have ${merged.size} tags; at most ${MAX_TAGS} are allowed.`);
    this.#table.put(arn, Object.fromEntries(merged));
  }
}

function checkedTag({ Key: key, Value: value = '' }: Tag): [string, string] {
  if (key === undefined || key === '') throw missingParameter('Tags.member.Key');
  if (key.length > MAX_KEY || value.length > MAX_VALUE)
    throw invalidValue(
      `The tag ${key} is too long: keys have at most ${MAX_KEY} characters, values ${MAX_VALUE}.`,
    );
  // Stacks tag what they make through the same operation.
  if (/^aws:(?!cloudformation:)/i.test(key))
    throw invalidValue(`The tag key ${key} begins with aws:, which is AWS's own.`);
  return [key, value];
}
