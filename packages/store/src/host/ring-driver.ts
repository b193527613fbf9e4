import type { Timer } from '@crescendo/base';
import {
  createDirectory,
  createRing,
  type Directory,
  type LookupResult,
  type Member,
  nextDeadline,
  parsePosition,
  type RingInput,
  type RingSettings,
  type RingState,
  type RingStatus,
  ringStatus,
  type Seed,
  step,
} from '@crescendo/ring';
import type { NodeId } from '../ports/network.ts';
import type { SystemState } from '../system/state.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * Runs the ring's machine on the ports: carries its messages, wakes it at its deadlines, and hands on what it finds out. The
 * ring knows how to find things and who seems dead; nothing here decides who holds data.
 */
export interface RingDriverHooks {
  suspect(member: NodeId, silentMs: number): void;
}

export class RingDriver {
  private readonly ports: StoreNodePorts;
  private readonly ring: RingState;
  private readonly hooks: RingDriverHooks;
  private readonly lookups = new Map<number, (result: LookupResult) => void>();
  private nextLookup = 1;
  private timer: Timer | undefined;
  private stopped = false;
  private messages = 0;

  constructor(ports: StoreNodePorts, self: Member, settings: Partial<RingSettings>, hooks: RingDriverHooks) {
    this.ports = ports;
    this.hooks = hooks;
    this.ring = createRing({ self, settings, random: () => ports.random.float() });
    ports.network.onMessage('ring', (from, message) => this.receive(from, message));
    ports.network.onRequest('ring.message', async (from, message) => {
      this.receive(from, message);
      return { result: null };
    });
    ports.network.onDisconnect((id) => this.feed({ type: 'unreachable', id }));
  }

  /** A ring of this node alone. */
  create(): void {
    this.feed({ type: 'create' });
  }

  /** Takes the place that the system group has registered, with the pointers that follow from the registered members. */
  stand(state: SystemState): void {
    this.feed({ type: 'create', founders: ringDirectory(state) });
  }

  join(seeds: readonly Seed[]): void {
    this.feed({ type: 'join', seeds });
  }

  /** The registered membership: seeds, one-hop routes, and the pointers themselves while the ring is small. */
  members(state: SystemState): void {
    this.feed({ type: 'members', directory: ringDirectory(state) });
  }

  lookup(key: bigint): Promise<LookupResult> {
    const requestId = this.nextLookup++;
    return new Promise((resolve) => {
      this.lookups.set(requestId, resolve);
      this.feed({ type: 'lookup', requestId, key });
    });
  }

  leave(): void {
    this.feed({ type: 'leave' });
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  status(): RingStatus {
    return ringStatus(this.ring);
  }

  /** Ring messages sent and received since the start. */
  messageCount(): number {
    return this.messages;
  }

  private receive(from: NodeId, message: unknown): void {
    this.messages++;
    const sender = (message as { sender?: { address?: unknown } } | null)?.sender;
    if (typeof sender?.address === 'string') this.ports.network.setAddress(from, sender.address);
    this.feed({ type: 'message', from, message });
  }

  private feed(input: RingInput): void {
    if (this.stopped) return;
    for (const effect of step(this.ring, input, this.ports.clock.nowMs())) {
      switch (effect.type) {
        case 'send':
          this.messages++;
          this.ports.network.setAddress(effect.to.id, effect.to.address);
          this.ports.network.send(effect.to.id, 'ring', effect.message);
          break;
        case 'sendToAddress':
          this.messages++;
          this.ports.network
            .requestAt(effect.address, 'ring.message', effect.message, { timeoutMs: 2_000 })
            .catch(() => {});
          break;
        case 'lookupDone':
          this.lookups.get(effect.requestId)?.(effect.result);
          this.lookups.delete(effect.requestId);
          break;
        case 'suspect':
          this.hooks.suspect(effect.member.id, effect.silentMs);
          break;
        default:
          break;
      }
    }
    this.schedule();
  }

  private schedule(): void {
    this.timer?.cancel();
    const deadline = nextDeadline(this.ring);
    if (deadline === undefined || !Number.isFinite(deadline) || this.stopped) return;
    const delayMs = Math.max(1, deadline - this.ports.clock.nowMs());
    this.timer = this.ports.clock.setTimer(delayMs, () => this.feed({ type: 'tick' }));
  }
}

function ringDirectory(state: SystemState): Directory {
  return createDirectory(
    state.members
      .filter((member) => member.state !== 'out')
      .map(({ id, position, address }) => ({ id, position: parsePosition(position)!, address })),
  );
}
