import type { WriteOrigin } from '@crescendo/store';
import type { Exchange } from './exchange.ts';

/** Who asks for a write, for events about it. */
export function originOf({ request, requestId, authentication }: Exchange): WriteOrigin {
  return {
    requestId,
    sourceAddress: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    principalId: `AWS:${authentication?.accessKeyId ?? ''}`,
  };
}
