/** What a node tells the supervisor that started it, over the channel between parent and child. */
import type { NodeAddresses } from '@crescendo/node';

export type ChildMessage =
  | { readonly kind: 'listening'; readonly addresses: NodeAddresses }
  | { readonly kind: 'ready' }
  /** The node was drained: it is not to be started again. */
  | { readonly kind: 'left' };

export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const kind: unknown = Reflect.get(value, 'kind');
  return kind === 'listening' || kind === 'ready' || kind === 'left' ? (value as ChildMessage) : undefined;
}
