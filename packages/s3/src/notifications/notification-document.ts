import { element, parent, s3Document } from '../xml/xml-writer.ts';
import type { QueueRule } from './notification-request.ts';

/** The answer of GetBucketNotificationConfiguration. */
export function notificationDocument(rules: readonly QueueRule[]): string {
  return s3Document('NotificationConfiguration', rules.map(queueConfiguration).join(''));
}

function queueConfiguration({ id, destination, events, prefix, suffix }: QueueRule): string {
  return parent(
    'QueueConfiguration',
    element('Id', id) +
      element('Queue', destination) +
      events.map((event) => element('Event', event)).join('') +
      filter([
        ['Prefix', prefix],
        ['Suffix', suffix],
      ]),
  );
}

function filter(rules: readonly (readonly [name: string, value: string | undefined])[]): string {
  const given = rules.filter((rule): rule is readonly [string, string] => rule[1] !== undefined);
  if (given.length === 0) return '';
  const markup = given.map(([name, value]) =>
    parent('FilterRule', element('Name', name) + element('Value', value)),
  );
  return parent('Filter', parent('S3Key', markup.join('')));
}
