/** Chord in Zave's corrected form, as a machine without clock, sockets or randomness of its own. SPEC.md has the rules. */
export { type LoadedMember, middleOfMostLoadedArc } from './arc.ts';
export {
  DEFAULT_SETTINGS,
  type LookupCost,
  type LookupResult,
  type Mutation,
  type RingCounters,
  type RingEffect,
  type RingInput,
  type RingOptions,
  type RingSettings,
  type RingStatus,
  type Seed,
} from './contract.ts';
export {
  createDirectory,
  type Directory,
  isRegistered,
  membersAfter,
  membersBefore,
  ownerOf,
  successorIndex,
} from './directory.ts';
export { isSameMember, type Member, parseMember, toWire, type WireMember } from './member.ts';
export {
  advance,
  distance,
  formatPosition,
  isBetween,
  isInArc,
  isPosition,
  POSITION_BITS,
  type Position,
  parsePosition,
  positionFromBytes,
  positionFromUpper32,
  RING_SIZE,
  upper32,
} from './position.ts';
export { RING_PROTOCOL_VERSION, type RingMessage } from './protocol.ts';
export type { RingState } from './ring-state.ts';
export { createRing, nextDeadline, ringStatus, step } from './step.ts';
