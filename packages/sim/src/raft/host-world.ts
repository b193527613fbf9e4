import type { Random } from '@crescendo/base';
import type { Entry, PeerId, Ready } from '@crescendo/raft';
import type { RaftHost } from './raft-host.ts';
import type { RaftScenario, SimMutant } from './raft-scenario.ts';

/** What a host needs of the world, and whom it tells what happened. */
export interface HostWorld {
  readonly scenario: RaftScenario;
  readonly random: Random;
  readonly mutant: SimMutant | undefined;
  nowMs(): number;
  after(delayMs: number, callback: () => void): void;
  send(from: PeerId, ready: Ready['sendNow']): void;
  writeMs(): number;
  onReady(host: RaftHost, ready: Ready): void;
  onSettled(host: RaftHost): void;
  onApplied(host: RaftHost, entry: Entry): void;
  onRead(host: RaftHost, context: number): void;
  onReadLost(host: RaftHost, context: number): void;
  onSnapshotNeeded(host: RaftHost, peer: PeerId): void;
  /** False when nobody else has the state that the peer's log starts from. */
  mayForget(host: RaftHost): boolean;
  onBroken(host: RaftHost, error: unknown): void;
}
