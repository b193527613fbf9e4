import type { Timer } from '@crescendo/base';
import type { NodeId } from '../ports/network.ts';
import { everyTick } from './group-host.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * Who of our peers is alive: one small message between two nodes, whatever number of groups they share. Groups that
 * sleep rest on it: they wake when the node of their leader falls silent or starts anew.
 */
/** States that follow each other within this time are told of together. */
const ANNOUNCE_MS = 100;

export interface LivenessHooks {
  /** The peers to greet: those that share groups with this node. */
  peers(): Iterable<NodeId>;
  /** Number of the newest system state known here; peers that lag behind pull it. */
  systemVersion(): number;
  heardNewerState(from: NodeId): void;
  silent(peer: NodeId): void;
  /** Heard again after a silence. */
  returned(peer: NodeId): void;
  /** It has started anew: whatever it led, it leads no more. */
  restarted(peer: NodeId): void;
}

interface PeerLife {
  heardMs: number;
  boot: number;
  silent: boolean;
}

export class Liveness {
  readonly counters = { greetings: 0 };
  private readonly ports: StoreNodePorts;
  private readonly boot: number;
  private readonly suspicionMs: number;
  private readonly hooks: LivenessHooks;
  private readonly lives = new Map<NodeId, PeerLife>();
  private timer: Timer | undefined;
  private announcing: Timer | undefined;
  private greetedMs = -Infinity;

  constructor(ports: StoreNodePorts, boot: number, suspicionMs: number, hooks: LivenessHooks) {
    this.ports = ports;
    this.boot = boot;
    this.suspicionMs = suspicionMs;
    this.hooks = hooks;
    ports.network.onMessage('alive', (from, message) => this.heard(from, message as [number, number]));
    ports.network.onRequest('alive.ping', () =>
      Promise.resolve({ result: [this.boot, hooks.systemVersion()] }),
    );
    ports.network.onDisconnect((peer) => this.probe(peer));
  }

  start(periodMs: number): void {
    this.greetedMs = this.ports.clock.nowMs();
    this.timer = everyTick(this.ports.clock, periodMs, () => this.greet());
  }

  stop(): void {
    this.timer?.cancel();
    this.announcing?.cancel();
  }

  /** There is a newer system state here: all peers are greeted soon, not only at the next greeting. */
  announce(): void {
    this.announcing ??= this.ports.clock.setTimer(ANNOUNCE_MS, () => {
      this.announcing = undefined;
      for (const peer of this.hooks.peers()) this.greetOne(peer);
    });
  }

  isSilent(peer: NodeId): boolean {
    return this.lives.get(peer)?.silent ?? false;
  }

  /** Every watched peer and the milliseconds since its last word. */
  watched(): Map<NodeId, number> {
    return new Map([...this.lives.keys()].map((peer) => [peer, this.silentMs(peer)]));
  }

  /** Milliseconds since the last word; 0 for a peer that is not watched. */
  silentMs(peer: NodeId): number {
    const life = this.lives.get(peer);
    return life === undefined ? 0 : this.ports.clock.nowMs() - life.heardMs;
  }

  private greet(): void {
    // Who stood still himself has heard nobody, and what they said is still to be read.
    const nowMs = this.ports.clock.nowMs();
    const stoodStill = nowMs - this.greetedMs > this.suspicionMs;
    this.greetedMs = nowMs;
    const watched = new Set(this.hooks.peers());
    for (const peer of this.lives.keys()) if (!watched.has(peer)) this.lives.delete(peer);
    for (const peer of watched) {
      this.greetOne(peer);
      const life = this.life(peer);
      if (!stoodStill && !life.silent && this.silentMs(peer) > this.suspicionMs) this.fallSilent(peer, life);
    }
  }

  private greetOne(peer: NodeId): void {
    this.counters.greetings++;
    this.ports.network.send(peer, 'alive', [this.boot, this.hooks.systemVersion()]);
  }

  private heard(from: NodeId, [boot, version]: readonly [number, number]): void {
    const known = this.lives.get(from);
    const life = known ?? this.life(from);
    const restarted = known !== undefined && life.boot !== 0 && life.boot !== boot;
    const returned = life.silent;
    Object.assign(life, { heardMs: this.ports.clock.nowMs(), boot, silent: false });
    if (restarted) this.hooks.restarted(from);
    if (returned || restarted) this.hooks.returned(from);
    if (version > this.hooks.systemVersion()) this.hooks.heardNewerState(from);
    // Nobody greets a member that is out, and yet it has to learn that it is.
    else if (version < this.hooks.systemVersion() && known === undefined) this.greetOne(from);
  }

  /** A connection broke. A peer that refuses a new one is dead now, there is no need to wait. */
  private probe(peer: NodeId): void {
    const life = this.lives.get(peer);
    if (life === undefined || life.silent) return;
    this.ports.network.request(peer, 'alive.ping', null, { timeoutMs: this.suspicionMs }).then(
      ({ result }) => this.heard(peer, result as [number, number]),
      () => {
        if (!life.silent) this.fallSilent(peer, life);
      },
    );
  }

  private fallSilent(peer: NodeId, life: PeerLife): void {
    life.silent = true;
    this.hooks.silent(peer);
  }

  private life(peer: NodeId): PeerLife {
    const known = this.lives.get(peer);
    if (known !== undefined) return known;
    const life = { heardMs: this.ports.clock.nowMs(), boot: 0, silent: false };
    this.lives.set(peer, life);
    return life;
  }
}
