/** What the operations of SNS share. */
import type { Clock, Random } from '@crescendo/base';
import type { Records } from '../../contract/records.ts';
import type { OperationHandler, ServiceCaller } from '../../contract/service.ts';
import type { SnsState } from './topic-records.ts';

export interface SnsPorts {
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  readonly region: string;
  /** SQS takes messages for queues. */
  readonly services: ServiceCaller;
  /** A URL that confirms a subscription when it is fetched. */
  readonly confirmUrl: (token: string) => string;
  /** Told of messages that could not be delivered. */
  readonly log?: (line: string) => void;
}

export interface SnsWorld {
  readonly ports: SnsPorts;
  readonly state: SnsState;
  /** A delivery was recorded. */
  readonly deliver: () => void;
}

export type Operations = Readonly<Record<string, OperationHandler>>;

/** 32 hexadecimal digits in the groups of a UUID. */
export function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.int(16).toString(16)).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5');
}

const PAGE = 100;

/** A page of a list that is in the order of its keys; the token is the last key of the page before. */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  token: string | undefined,
): { readonly items: readonly Item[]; readonly NextToken: string | undefined } {
  const after = token === undefined || token === '' ? '' : Buffer.from(token, 'base64url').toString('utf8');
  const rest = items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, PAGE);
  const last = page.at(-1);
  const hasMore = rest.length > page.length && last !== undefined;
  return { items: page, NextToken: hasMore ? Buffer.from(keyOf(last)).toString('base64url') : undefined };
}
