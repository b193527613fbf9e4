import type { Random } from '@crescendo/base';
import { InvariantError } from '@crescendo/base';
import type { Entry, Message, PeerId, Ready } from '@crescendo/raft';
import { EventQueue } from '../world/event-queue.ts';
import type { HostWorld } from './host-world.ts';
import { RaftClients } from './raft-clients.ts';
import { RaftHost } from './raft-host.ts';
import { RaftNetwork } from './raft-network.ts';
import type { RaftScenario, SimMutant } from './raft-scenario.ts';
import { SafetyChecker } from './safety-checker.ts';
import { emptyState } from './state-machine.ts';
import { describeHost, describeMessage, describeReady } from './trace-lines.ts';

export interface RaftStats {
  events: number;
  messages: number;
  crashes: number;
  snapshots: number;
  sleeps: number;
}

export interface RaftClusterOptions {
  readonly mutant?: SimMutant;
  readonly trace?: (line: string) => void;
}

/** After a crash the others' hosts notice that the node is gone, and wake the groups that it led. */
const SUSPICION_MS = 150;

/** All peers of one group, their disks and network, in virtual time. One random stream decides everything. */
export class RaftCluster implements HostWorld {
  readonly scenario: RaftScenario;
  readonly random: Random;
  readonly mutant: SimMutant | undefined;
  readonly hosts = new Map<PeerId, RaftHost>();
  readonly network: RaftNetwork;
  readonly checker: SafetyChecker;
  readonly clients: RaftClients;
  readonly stats: RaftStats = { events: 0, messages: 0, crashes: 0, snapshots: 0, sleeps: 0 };
  maxWriteMs: number;
  snapshotFailure = 0.2;
  readonly #queue = new EventQueue();
  readonly #sleepers = new Set<PeerId>();
  readonly #trace: ((line: string) => void) | undefined;
  #nowMs = 0;

  constructor(scenario: RaftScenario, random: Random, options: RaftClusterOptions = {}) {
    this.scenario = scenario;
    this.random = random;
    this.mutant = options.mutant;
    this.#trace = options.trace;
    this.maxWriteMs = scenario.maxWriteMs;
    this.network = new RaftNetwork(scenario, random, this.after.bind(this), this.#deliver.bind(this));
    for (const peer of scenario.peers)
      this.hosts.set(peer, new RaftHost(peer, this, initialState(scenario, peer)));
    this.checker = new SafetyChecker(this.hosts);
    this.clients = new RaftClients([...this.hosts.values()], this.checker, random);
    for (const host of this.hosts.values()) host.start();
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): void {
    this.#queue.add(this.#nowMs + delayMs, callback);
  }

  trace(line: () => string): void {
    this.#trace?.(`${this.#nowMs} ${line()}`);
  }

  /** Repeats with the mean interval given until the time comes; never when the interval is 0. */
  every(meanMs: number, untilMs: number, action: () => void): void {
    if (meanMs === 0) return;
    this.after(1 + this.random.int(2 * meanMs), () => {
      if (this.#nowMs >= untilMs) return;
      action();
      this.every(meanMs, untilMs, action);
    });
  }

  /** Lets time pass until the condition holds or the time has come; true when the condition holds. */
  runUntil(untilMs: number, holds: () => boolean = () => false): boolean {
    for (;;) {
      if (this.checker.violations.length > 0) return false;
      if (holds()) return true;
      const atMs = this.#queue.peekMs();
      if (atMs === undefined || atMs > untilMs) break;
      this.#nowMs = atMs;
      this.stats.events += 1;
      this.#queue.pop()?.callback?.();
    }
    this.#nowMs = untilMs;
    return holds();
  }

  send(from: PeerId, envelopes: Ready['sendNow']): void {
    for (const { to, message } of envelopes) {
      this.stats.messages += 1;
      this.checker.onSent(from, to, message);
      this.network.send(from, to, message);
    }
  }

  #deliver(from: PeerId, to: PeerId, message: Message): void {
    const host = this.hosts.get(to);
    if (host === undefined) return;
    const pauseMs = host.pausedUntilMs - this.#nowMs;
    if (pauseMs > 0) {
      this.after(pauseMs, () => this.#deliver(from, to, message));
      return;
    }
    host.run((raft) => {
      this.trace(() => `${from} -> ${to} ${describeMessage(message)}`);
      this.checker.onDelivered(from, to, message);
      raft.step(from, message);
    });
  }

  writeMs(): number {
    return 1 + this.random.int(this.maxWriteMs);
  }

  onReady(host: RaftHost, ready: Ready): void {
    this.trace(() => `${host.id} ready ${describeReady(ready)}`);
    this.checker.onReady(host, ready);
  }

  onSettled(host: RaftHost): void {
    this.trace(() => `${host.id} ${describeHost(host)}`);
    this.checker.onSettled(host);
    if (host.raft?.asleep !== true) this.#sleepers.delete(host.id);
    else if (!this.#sleepers.has(host.id)) {
      this.#sleepers.add(host.id);
      this.stats.sleeps += 1;
    }
  }

  onApplied(host: RaftHost, entry: Entry): void {
    this.checker.onApplied(host, entry);
    this.clients.onApplied(host, entry);
  }

  onRead(host: RaftHost, context: number): void {
    this.clients.onRead(host, context);
  }

  onReadLost(host: RaftHost, context: number): void {
    this.clients.onReadLost(host, context);
  }

  onBroken(host: RaftHost, error: unknown): void {
    if (!(error instanceof InvariantError)) throw error;
    this.checker.fail('invariant', `${host.id}: ${error.message}`);
  }

  mayForget(host: RaftHost): boolean {
    const needed = host.disk.image.mark.index;
    return [...this.hosts.values()].some(
      (other) => other !== host && other.missingState === 0 && other.durableIndex >= needed,
    );
  }

  /** Streams the leader's state to the peer; it may fail, and the leader may be another one when it ends. */
  onSnapshotNeeded(leader: RaftHost, peer: PeerId): void {
    const { life } = leader;
    this.after(1 + this.random.int(60), () => {
      if (leader.life !== life) return;
      const snapshot = leader.state;
      const target = this.hosts.get(peer);
      const reached = this.network.reaches(leader.id, peer) && !this.random.chance(this.snapshotFailure);
      const whole = snapshot.mark.index >= leader.disk.image.mark.index;
      const installed = reached && whole && target?.install(snapshot) === true;
      if (installed) this.stats.snapshots += 1;
      this.after(this.random.int(20), () => {
        if (leader.life !== life) return;
        leader.run((raft) =>
          raft.reportSnapshot(peer, installed ? 'installed' : 'failed', snapshot.mark.index),
        );
      });
    });
  }

  crash(host: RaftHost): void {
    if (host.raft === null) return;
    this.stats.crashes += 1;
    this.trace(() => `${host.id} crashes`);
    this.#sleepers.delete(host.id);
    host.crash();
    this.clients.onCrashed(host);
    this.after(SUSPICION_MS, () => this.suspect(host));
  }

  /** The node seems dead: whoever follows it wakes. */
  suspect(dead: RaftHost): void {
    for (const host of this.hosts.values()) {
      if (host.raft?.status().leader === dead.id) host.run((raft) => raft.wake());
    }
  }

  /** A peer whose applied state is lost asks any other for it. */
  refill(host: RaftHost): void {
    if (host.raft === null || host.state.mark.index >= host.missingState) return;
    const donors = [...this.hosts.values()].filter(
      (donor) =>
        donor.raft !== null && donor.state.mark.index >= host.missingState && donor.missingState === 0,
    );
    if (donors.length > 0 && host.install(this.random.pick(donors).state)) this.stats.snapshots += 1;
  }
}

/** Founders know each other; who comes later knows nothing. */
function initialState({ founders }: RaftScenario, peer: PeerId) {
  const isFounder = founders.includes(peer);
  return emptyState(
    isFounder ? { epoch: 1, voters: founders, learners: [] } : { epoch: 0, voters: [], learners: [] },
  );
}
