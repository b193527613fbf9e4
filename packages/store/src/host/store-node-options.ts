import type { RingSettings } from '@crescendo/ring';
import type { GatewayLimits } from '../objects/gateway/options.ts';
import { DEFAULT_SWEEP_LIMITS, type SweepLimits } from '../objects/maintenance/sweep.ts';
import type { PeerAddress } from '../ports/network.ts';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions } from '../system/plan.ts';
import type { AdvertisedAddresses, RingPosition } from '../system/state.ts';
import { DEFAULT_EVENT_LIMITS, type EventLimits } from './event-courier.ts';
import { type CompactionLimits, DEFAULT_COMPACTION } from './log-compaction.ts';

/** How a node takes part. Times in milliseconds. */
export interface StoreNodeOptions {
  /** Where peers reach this node. */
  readonly address: PeerAddress;
  readonly advertised: AdvertisedAddresses;
  readonly zone: string;
  /** 1 to 16: how many shares of the data it is meant to hold. */
  readonly weight: number;
  /** All founders' addresses, this one's included: the node helps to found a cluster unless it belongs to one. */
  readonly founders: readonly PeerAddress[];
  /** Peers of the cluster to join, or to find again. */
  readonly join: readonly PeerAddress[];
  /** Fixed place on the ring; otherwise the system group chooses. */
  readonly position?: RingPosition;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly timing: StoreTiming;
  readonly plan: PlanOptions;
  readonly ring: Partial<RingSettings>;
  readonly sweep: SweepLimits;
  readonly gateway: Partial<GatewayLimits>;
  readonly compaction: CompactionLimits;
  readonly events: EventLimits;
  /** Shown in `status`. */
  readonly processId: number;
}

export interface StoreTiming {
  readonly tickMs: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Between two greetings of a peer. */
  readonly aliveMs: number;
  /** Silence after which the groups that a peer leads wake. */
  readonly silentMs: number;
  readonly placementMs: number;
  readonly dutyMs: number;
  readonly maintenanceMs: number;
  /** A request gives up finding a majority after this time. */
  readonly deadlineMs: number;
  /** A registered chunk that is not here is fetched after this time: it may be on its way. */
  readonly fetchDelayMs: number;
  /** Between two chunks that are read and checked in the background. */
  readonly scrubPauseMs: number;
}

export const DEFAULT_TIMING: StoreTiming = {
  tickMs: 100,
  electionTicks: 15,
  heartbeatTicks: 3,
  aliveMs: 500,
  silentMs: 1_500,
  placementMs: 400,
  dutyMs: 1_000,
  maintenanceMs: 5_000,
  deadlineMs: 10_000,
  fetchDelayMs: 3_000,
  scrubPauseMs: 500,
};

export const DEFAULT_STORE_OPTIONS = {
  advertised: {},
  zone: '',
  weight: 1,
  founders: [],
  join: [],
  partitionCount: 64,
  replicationFactor: 3,
  timing: DEFAULT_TIMING,
  plan: DEFAULT_PLAN_OPTIONS,
  ring: {},
  sweep: DEFAULT_SWEEP_LIMITS,
  gateway: {},
  compaction: DEFAULT_COMPACTION,
  events: DEFAULT_EVENT_LIMITS,
  processId: 0,
} as const satisfies Omit<StoreNodeOptions, 'address'>;
