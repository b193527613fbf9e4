import { utf8 } from '@crescendo/base';
import { invalidArgument, notImplemented, S3Error } from '../errors/s3-error.ts';
import { childText, malformed, parseXmlRoot, requiredChildText, type XmlElement } from '../xml/xml-reader.ts';
import { eventsOverlap, isForeignEvent, isNotifiedEvent, NOTIFIED_EVENTS } from './notification-events.ts';
import { parseQueueArn } from './queue-arn.ts';

/** One QueueConfiguration of a bucket. */
export interface QueueRule {
  readonly id: string;
  /** The queue's ARN. */
  readonly destination: string;
  readonly events: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
}

/** AWS's limits: configurations of a bucket, bytes of a filter's value, characters of an id. */
const MAX_RULES = 100;
const MAX_FILTER_BYTES = 1_024;
const MAX_ID_LENGTH = 255;

const OTHER_DESTINATIONS: Readonly<Record<string, string>> = {
  TopicConfiguration: 'TopicConfiguration (notifications to SNS topics)',
  CloudFunctionConfiguration: 'CloudFunctionConfiguration (notifications to Lambda functions)',
  EventBridgeConfiguration: 'EventBridgeConfiguration (notifications to EventBridge)',
};
const REMEDY = 'Allowed are SQS queues: QueueConfiguration.';

/**
 * The body of PutBucketNotificationConfiguration, as far as it can be judged without asking a queue. An empty document clears.
 * @param makeId for rules that bring no id of their own
 */
export function parseNotificationRequest(text: string, makeId: () => string): QueueRule[] {
  const root = parseXmlRoot(text, 'NotificationConfiguration');
  for (const { name } of root.children) {
    const other = OTHER_DESTINATIONS[name];
    if (other !== undefined) throw notImplemented(other, REMEDY);
    if (name !== 'QueueConfiguration') throw malformed(`${name} is not known in a NotificationConfiguration`);
  }
  if (root.children.length > MAX_RULES) {
    throw new S3Error(
      'InvalidArgument',
      `The number of notification configurations is ${root.children.length}; at most ${MAX_RULES} are allowed.`,
    );
  }
  const rules = root.children.map((child) => parseQueueRule(child, makeId));
  assertIdsUnique(rules);
  assertNoOverlap(rules);
  return rules;
}

function parseQueueRule(configuration: XmlElement, makeId: () => string): QueueRule {
  const given = childText(configuration, 'Id') ?? '';
  const id = given === '' ? makeId() : given;
  if (id.length > MAX_ID_LENGTH) {
    throw invalidArgument(
      `An Id has at most ${MAX_ID_LENGTH} characters; this one has ${id.length}.`,
      'Id',
      id,
    );
  }
  const destination = requiredChildText(configuration, 'Queue').trim();
  assertQueue(destination);
  const events = configuration.children
    .filter(({ name }) => name === 'Event')
    .map((event) => event.text.trim());
  if (events.length === 0) throw malformed('a QueueConfiguration has no Event');
  for (const event of events) assertEvent(event);
  return { id, destination, events, ...parseFilter(configuration) };
}

function assertQueue(text: string): void {
  const arn = parseQueueArn(text);
  if (arn === undefined) {
    const form = 'Give the ARN of a queue, such as arn:aws:sqs:us-east-1:000000000000:jobs.';
    throw invalidArgument(`The ARN is not well formed. ${form}`, 'Queue', text);
  }
  if (arn.name.endsWith('.fifo')) {
    throw invalidArgument(
      'SQS FIFO queues are not supported as a destination of notifications. Give a standard queue.',
      'Queue',
      text,
    );
  }
}

function assertEvent(event: string): void {
  if (isNotifiedEvent(event)) return;
  const allowed = `Allowed are ${NOTIFIED_EVENTS.join(', ')}.`;
  if (isForeignEvent(event)) throw notImplemented(`The event ${event}`, allowed);
  throw invalidArgument(`A specified event is not supported for notifications. ${allowed}`, 'Event', event);
}

/** At most one prefix and one suffix; their names are taken in any case. */
function parseFilter(configuration: XmlElement): Pick<QueueRule, 'prefix' | 'suffix'> {
  const filter = configuration.children.find(({ name }) => name === 'Filter');
  const key = filter?.children.find(({ name }) => name === 'S3Key');
  const found: { prefix?: string; suffix?: string } = {};
  for (const rule of key?.children.filter(({ name }) => name === 'FilterRule') ?? []) {
    const written = requiredChildText(rule, 'Name').trim();
    const name = written.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix') {
      throw invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', written);
    }
    const value = requiredChildText(rule, 'Value');
    if (found[name] !== undefined) {
      throw invalidArgument(
        `Cannot specify more than one ${name} rule in a filter.`,
        'FilterRule.Name',
        name,
      );
    }
    assertFilterFits(value);
    found[name] = value;
  }
  return found;
}

function assertFilterFits(value: string): void {
  if (utf8(value).length <= MAX_FILTER_BYTES) return;
  const message = `Size of filter rule value cannot exceed ${MAX_FILTER_BYTES} bytes in UTF-8 representation`;
  throw invalidArgument(message, 'FilterRule.Value', value);
}

function assertIdsUnique(rules: readonly QueueRule[]): void {
  const ids = new Set<string>();
  for (const { id } of rules) {
    if (ids.has(id)) {
      throw invalidArgument('Same ID used for multiple configurations. IDs must be unique.', 'Id', id);
    }
    ids.add(id);
  }
}

/** No write may match two rules. */
function assertNoOverlap(rules: readonly QueueRule[]): void {
  for (const [i, rule] of rules.entries()) {
    const other = rules.slice(0, i).find((earlier) => overlap(earlier, rule));
    if (other === undefined) continue;
    throw invalidArgument(
      'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
      'Id',
      `${other.id}, ${rule.id}`,
    );
  }
}

function overlap(a: QueueRule, b: QueueRule): boolean {
  const [prefixA = '', prefixB = ''] = [a.prefix, b.prefix];
  const [suffixA = '', suffixB = ''] = [a.suffix, b.suffix];
  return (
    (prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA)) &&
    (suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA)) &&
    a.events.some((event) => b.events.some((other) => eventsOverlap(event, other)))
  );
}
