import type { Clock, Random } from '@crescendo/base';
import type { NodeId, PeerAddress } from '../ports/network.ts';
import type { SystemView } from './system-view.ts';

export interface ViewRefresherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly view: SystemView;
  /** Members that are believed to be alive. */
  livePeers(): readonly NodeId[];
  /** Addresses that an operator gave, or that were known at an earlier start. */
  contacts(): readonly PeerAddress[];
}

/** How long somebody who finds nobody waits between two looks for a newer state. */
const PAUSE_MS = 500;

/** Looks for a newer system state when the one known leads nowhere: at a member, or at an address that was given. */
export class ViewRefresher {
  private readonly options: ViewRefresherOptions;
  private lastMs = -Infinity;

  constructor(options: ViewRefresherOptions) {
    this.options = options;
  }

  refresh(): void {
    const { clock, random, view } = this.options;
    const now = clock.nowMs();
    if (now - this.lastMs < PAUSE_MS) return;
    this.lastMs = now;
    // Without a state (it was lost with the disk's applied state) ids lead nowhere: only addresses do.
    const live = view.state === undefined ? [] : this.options.livePeers();
    const contacts = this.options.contacts();
    if (live.length > 0) void view.pull(random.pick(live));
    else if (contacts.length > 0) void view.pullAt(random.pick(contacts));
  }
}
