/** The storage daemon and the front: the store on real disks, clocks and sockets, behind its doors. */

export { realClock } from './clock.ts';
export type {
  DrainableInstance,
  FleetView,
  Front,
  FrontOptions,
  HostPort,
  KeyPair,
  NodeAddresses,
  NodeOptions,
  NodeSample,
  RunningFront,
  RunningNode,
} from './daemon/node-options.ts';
export { type RecoveredPartition, type RecoverOptions, recover } from './daemon/recover.ts';
export { openFront, startFront } from './daemon/start-front.ts';
export { startNode } from './daemon/start-node.ts';
export type { GroupSummary } from './doors/admin/operator-routes.ts';
export type { QueueAccess } from './events/sqs-queues.ts';
