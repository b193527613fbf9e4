import { type Clock, Failure, type Timer } from '@crescendo/base';
import type { Network, NodeId, Reply, RequestOptions } from '../ports/network.ts';

/**
 * Requests to nodes that may hang. A node that answers nobody, not even a ping, is given up after `QUIET_MS` for all who wait for it: what they
 * asked may have been done or not. One that is only slow answers pings, and is waited for. One timer a node, and only while somebody waits.
 */
const LOOK_MS = 150;
const PING_AFTER_MS = 300;
/** Far longer than a busy node's event loop takes, far shorter than what clients bear. */
const QUIET_MS = 900;
/** A look that comes this late says that this process stood still itself. */
const LATE_MS = 250;
/** A node that gave no answer is asked last for this long. */
const SILENCE_MS = 10_000;

interface Waiting {
  readonly sinceMs: number;
  giveUp(): void;
}

interface Watch {
  lastSignMs: number;
  /** When the node last gave no answer at all; absent once it has answered again. */
  silentSinceMs: number | undefined;
  /** In the order in which they began. */
  readonly waiting: Set<Waiting>;
  timer: Timer | undefined;
  ping: Promise<boolean> | undefined;
}

export class NodePulse {
  private readonly network: Network;
  private readonly clock: Clock;
  private readonly isSilent: (node: NodeId) => boolean;
  private readonly watches = new Map<NodeId, Watch>();

  /** `isSilent`: what is known of nodes from elsewhere. */
  constructor(network: Network, clock: Clock, isSilent: (node: NodeId) => boolean = () => false) {
    this.network = network;
    this.clock = clock;
    this.isSilent = isSilent;
  }

  request(node: NodeId, method: string, params: unknown, options: RequestOptions): Promise<Reply> {
    const watch = this.watch(node);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(quiet(node, method));
      const waiting: Waiting = { sinceMs: this.clock.nowMs(), giveUp };
      watch.waiting.add(waiting);
      if (watch.timer === undefined) this.lookLater(node, watch);
      this.network.request(node, method, params, options).then(
        (reply) => {
          this.settled(watch, waiting, true);
          resolve(reply);
        },
        (cause: unknown) => {
          this.settled(watch, waiting, !isSilence(cause));
          reject(cause);
        },
      );
    });
  }

  /** False for a node that has given no answer lately. */
  answers(node: NodeId): boolean {
    const since = this.watches.get(node)?.silentSinceMs;
    if (since !== undefined && this.clock.nowMs() - since <= SILENCE_MS) return false;
    return !this.isSilent(node);
  }

  /** Whether the node answers a ping at once. */
  ping(node: NodeId): Promise<boolean> {
    const watch = this.watch(node);
    watch.ping ??= this.network
      .request(node, 'alive.ping', null, { timeoutMs: PING_AFTER_MS })
      .then(
        () => this.heard(watch),
        (cause: unknown) => !isSilence(cause) && this.heard(watch),
      )
      .finally(() => {
        watch.ping = undefined;
      });
    return watch.ping;
  }

  private watch(node: NodeId): Watch {
    const known = this.watches.get(node);
    if (known !== undefined) return known;
    const watch: Watch = {
      ...{ lastSignMs: -Infinity, silentSinceMs: undefined },
      ...{ waiting: new Set<Waiting>(), timer: undefined, ping: undefined },
    };
    this.watches.set(node, watch);
    return watch;
  }

  private settled(watch: Watch, waiting: Waiting, answered: boolean): void {
    watch.waiting.delete(waiting);
    if (answered) this.heard(watch);
    else watch.silentSinceMs = this.clock.nowMs();
  }

  private heard(watch: Watch): true {
    watch.lastSignMs = this.clock.nowMs();
    watch.silentSinceMs = undefined;
    return true;
  }

  private lookLater(node: NodeId, watch: Watch): void {
    const dueMs = this.clock.nowMs() + LOOK_MS;
    watch.timer = this.clock.setTimer(LOOK_MS, () => {
      watch.timer = undefined;
      const [oldest] = watch.waiting;
      if (oldest === undefined) return;
      if (this.clock.nowMs() - dueMs < LATE_MS) this.look(node, watch, oldest);
      if (watch.waiting.size > 0) this.lookLater(node, watch);
    });
  }

  private look(node: NodeId, watch: Watch, oldest: Waiting): void {
    const nowMs = this.clock.nowMs();
    const quietMs = nowMs - Math.max(watch.lastSignMs, oldest.sinceMs);
    if (quietMs >= QUIET_MS) {
      watch.silentSinceMs = nowMs;
      for (const { giveUp } of watch.waiting) giveUp();
      watch.waiting.clear();
    } else if (quietMs >= PING_AFTER_MS) void this.ping(node);
  }
}

/** No answer, whatever the reason; a refusal is one. */
export function isSilence(cause: unknown): boolean {
  return cause instanceof Failure && (cause.code === 'Timeout' || cause.code === 'Unreachable');
}

function quiet(node: NodeId, method: string): Failure {
  const message = `${method}: node ${node} answers nobody, not even a ping, for ${QUIET_MS} ms`;
  return new Failure('Timeout', message, { retryable: true });
}
