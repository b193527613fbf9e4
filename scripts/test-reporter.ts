/**
 * A reporter for Node's test runner that writes one JSON line a test. Only tests are reported, not suites; a test or suite
 * that failed merely because of what is inside it is left out, since that is reported itself.
 */
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

export interface TestRecord {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly name: string;
  /** The error or the reason for skipping. */
  readonly detail?: string;
}

type ResultEvent = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from the default export.
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const record = toRecord(event);
    if (record !== undefined) yield `${JSON.stringify(record)}\n`;
  }
}

function toRecord(event: ResultEvent): TestRecord | undefined {
  const { name, skip } = event.data;
  if (skip !== undefined && skip !== false) {
    return {
      outcome: 'skipped',
      name,
      detail: typeof skip === 'string' && skip !== '' ? skip : 'no reason given',
    };
  }
  if (event.type === 'test:pass') {
    return event.data.details.type === 'suite' ? undefined : { outcome: 'passed', name };
  }
  const { error } = event.data.details;
  if (error instanceof Error && Reflect.get(error, 'failureType') === 'subtestsFailed') return undefined;
  return { outcome: 'failed', name, detail: describe(error) };
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}
