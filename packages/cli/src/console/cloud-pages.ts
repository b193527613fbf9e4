/** What a Describe or List operation gives in all, page after page, and a bounded part of it. */
import type { ServiceCaller } from '@crescendo/cloud';
import type { Part } from '@crescendo/console';
import { reasonOf } from '../failures.ts';

/** An operation whose answers come in pages, with the names of its members. */
export interface PagedOperation {
  readonly service: string;
  readonly operation: string;
  readonly items: string;
  /** Of the input; `NextToken` when absent, as in the answer. */
  readonly token?: string;
  readonly nextToken?: string;
  readonly input?: object;
}

const MOST_PAGES = 50;

export async function everyItem<T>(services: ServiceCaller, operation: PagedOperation): Promise<T[]> {
  const { service, items, token = 'NextToken', nextToken = 'NextToken', input = {} } = operation;
  const found: T[] = [];
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const more = next === undefined ? {} : { [token]: next };
    const answer: Readonly<Record<string, unknown>> = await services.call(service, operation.operation, {
      ...input,
      ...more,
    });
    found.push(...((answer[items] ?? []) as T[]));
    next = answer[nextToken] as string | undefined;
    if (next === undefined || next === '') break;
  }
  return found;
}

/**
 * The first `most` of what is read, each with what belongs to it. What is gone before it is looked at is among those that are not shown;
 * when nothing can be shown of what there is, the reason stands in the place of the whole.
 */
export async function partOf<T, Shown>(
  most: number,
  read: () => Promise<readonly T[]>,
  show: (item: T) => Promise<Shown> | Shown,
): Promise<Part<Shown>> {
  try {
    const all = await read();
    const looked = await Promise.allSettled(all.slice(0, most).map(async (item) => await show(item)));
    const items = looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = looked.find((one) => one.status === 'rejected');
    if (items.length === 0 && failed !== undefined) throw failed.reason;
    return { items, more: all.length - items.length };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}
