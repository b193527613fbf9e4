export { EventQueue } from './event-queue.ts';
export { idealPredecessor, idealSuccessors, isIdealRing, memberAt, randomPosition } from './ideal-ring.ts';
export {
  type NetworkEvent,
  type NetworkOptions,
  VirtualNetwork,
  type VirtualNode,
} from './virtual-network.ts';
