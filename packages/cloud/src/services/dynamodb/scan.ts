/** Scan: all items of a table or an index, or those of one of several equal segments. */
import { checkedRequest } from './checked-requests.ts';
import { validation } from './errors.ts';
import type { KeyRange } from './item-database.ts';
import type { DynamoDbState } from './ports.ts';
import { answerPage, type PageRequest, positionOf, type Source, sourceOf } from './read-pages.ts';
import { after, bigEndian, indexPrefix, rowPrefix } from './sort-keys.ts';

interface ScanRequest extends PageRequest {
  readonly Segment?: number;
  readonly TotalSegments?: number;
}

export function scan(state: DynamoDbState, input: object): object {
  const request = checkedRequest<ScanRequest>('scan', input);
  const source = sourceOf(state, request);
  const whole = segmentRange(source, request);
  const { ExclusiveStartKey: start } = request;
  if (start === undefined) return answerPage(state, source, request, whole);
  const position = positionOf(source, start);
  if (position < whole.from || position >= whole.to) {
    throw validation(
      `The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ${request.TotalSegments} Segment: ${request.Segment}`,
    );
  }
  return answerPage(state, source, request, { from: `${position}\0`, to: whole.to });
}

/** Partitions come by hash, so that equal ranges of hashes hold about as much. */
function segmentRange({ table, index }: Source, { Segment = 0, TotalSegments = 1 }: ScanRequest): KeyRange {
  const prefix =
    index === undefined ? rowPrefix(table.number, 'item') : indexPrefix(table.number, index.number);
  const boundary = (segment: number): string =>
    prefix + bigEndian(Math.ceil((segment * 2 ** 32) / TotalSegments), 4);
  return {
    from: Segment === 0 ? prefix : boundary(Segment),
    to: Segment + 1 === TotalSegments ? after(prefix) : boundary(Segment + 1),
  };
}
