/**
 * Reads what comes in on the jobs queue: S3 events, one job a record. Messages that are none are told apart from those that S3 sends to
 * try a queue out.
 */

export interface Job {
  readonly bucket: string;
  /** Decoded: events carry keys URL-encoded, with `+` for a space. */
  readonly key: string;
  readonly region: string;
  readonly versionId?: string;
  /** Orders the events of one key: compare as text. */
  readonly sequencer?: string;
  /** The record as it came, so that it can be handed on. */
  readonly record: unknown;
}

export type ParsedMessage =
  | {
      readonly kind: 'jobs';
      readonly jobs: readonly Job[];
      /** Why records of the message are no jobs. */
      readonly ignored: readonly string[];
    }
  | { readonly kind: 'test' }
  | { readonly kind: 'foreign'; readonly reason: string };

export function parseJobMessage(body: string): ParsedMessage {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return foreign('it is not JSON');
  }
  if (member(value, 'Event') === 's3:TestEvent') return { kind: 'test' };
  const records = member(value, 'Records');
  if (!Array.isArray(records)) return foreign('it has no list of Records');
  const read = records.map(parseRecord);
  const jobs = read.filter((one) => typeof one !== 'string');
  const ignored = read.filter((one) => typeof one === 'string');
  if (jobs.length > 0) return { kind: 'jobs', jobs, ignored };
  return foreign(ignored[0] ?? 'its list of Records is empty');
}

function foreign(reason: string): ParsedMessage {
  return { kind: 'foreign', reason };
}

/** A text says why the record is no job. */
function parseRecord(record: unknown): Job | string {
  const source = member(record, 'eventSource');
  if (source !== 'aws:s3') return `eventSource is ${JSON.stringify(source)}, not "aws:s3"`;
  const name = member(record, 'eventName');
  if (typeof name !== 'string' || !/^(?:s3:)?ObjectCreated:/.test(name))
    return `eventName is ${JSON.stringify(name)}, not "ObjectCreated:..."`;
  const s3 = member(record, 's3');
  const bucket = member(member(s3, 'bucket'), 'name');
  const object = member(s3, 'object');
  const encodedKey = member(object, 'key');
  if (typeof bucket !== 'string' || bucket === '') return 's3.bucket.name is missing';
  if (typeof encodedKey !== 'string' || encodedKey === '') return 's3.object.key is missing';
  const key = decodeKey(encodedKey);
  if (key === undefined) return `s3.object.key ${JSON.stringify(encodedKey)} cannot be decoded`;
  return {
    bucket,
    key,
    region: textOr(member(record, 'awsRegion'), ''),
    ...optional('versionId', member(object, 'versionId')),
    ...optional('sequencer', member(object, 'sequencer')),
    record,
  };
}

function decodeKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function optional<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  if (typeof value !== 'string' || value === '' || value === 'null') return {};
  return { [name]: value } as Partial<Record<Name, string>>;
}

function textOr(value: unknown, standard: string): string {
  return typeof value === 'string' ? value : standard;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
