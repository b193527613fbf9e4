export type {
  FrontOptions,
  HostPort,
  KeyPair,
  NodeAddresses,
  NodeOptions,
  RunningFront,
  RunningNode,
} from './daemon/node-options.ts';
export { type RecoveredPartition, type RecoverOptions, recover } from './daemon/recover.ts';
export { startFront } from './daemon/start-front.ts';
export { startNode } from './daemon/start-node.ts';
