import type { StreamSpecification } from '@aws-sdk/client-dynamodb';
import { validation } from './errors.ts';
import type { StreamRecord } from './table-record.ts';

const VIEWS = ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'];

/** undefined: no stream is asked for. */
export function streamOf(asked: StreamSpecification | undefined, nowMs: number): StreamRecord | undefined {
  if (asked?.StreamEnabled !== true) {
    if (asked?.StreamViewType === undefined) return undefined;
    throw validation('StreamViewType can be specified only when StreamEnabled is true');
  }
  const view = asked.StreamViewType;
  if (view === undefined || !VIEWS.includes(view)) {
    throw validation(
      `StreamViewType must be one of ${VIEWS.join(', ')} when StreamEnabled is true, not ${view}`,
    );
  }
  // As AWS writes the time in labels, so that each stream of a table has its own.
  return { label: new Date(nowMs).toISOString().replace('Z', ''), view };
}
