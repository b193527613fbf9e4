import type { WriteOrigin } from '../ports/event-sink.ts';

/**
 * Request id, address and principal in one text, parted by spaces: every write carries it through the log, whether anybody is told of the write
 * or not, and one text costs half of three.
 */
export function packOrigin({ requestId, sourceAddress, principalId }: WriteOrigin): string {
  return `${requestId} ${sourceAddress} ${principalId}`;
}

export function unpackOrigin(packed: string): WriteOrigin {
  const [requestId = '', sourceAddress = '', ...principal] = packed.split(' ');
  return { requestId, sourceAddress, principalId: principal.join(' ') };
}
