/** A batch: up to ten entries, each with an answer of its own. */
import { AwsError } from '../../../contract/service.ts';
import { loadShapes } from '../../../wire/shapes/service-shapes.ts';

const MOST = 10;

interface Entry {
  readonly Id: string | undefined;
}

interface Failed {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

/** Does the work for each entry; what it throws is that entry's failure. */
export function runBatch<E extends Entry, Done extends object>(
  entries: readonly E[] | undefined,
  work: (entry: E) => Done,
): { Successful: (Done & { Id: string })[]; Failed: Failed[] } {
  assertBatch(entries);
  const Successful: (Done & { Id: string })[] = [];
  const Failed: Failed[] = [];
  for (const entry of entries) {
    const Id = entry.Id!;
    try {
      Successful.push({ Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, SenderFault: error.statusCode < 500, Code: codeOf(error), Message: error.message });
    }
  }
  return { Successful, Failed };
}

/** In batches errors have the codes of the older protocol. */
function codeOf({ code }: AwsError): string {
  return loadShapes('sqs').error(code)?.queryCode ?? code;
}

export function assertBatch<E extends Entry>(
  entries: readonly E[] | undefined,
): asserts entries is readonly E[] {
  if (entries === undefined || entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MOST) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MOST}. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  for (const { Id = '' } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (ids.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    ids.add(Id);
  }
}
