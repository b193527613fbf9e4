import {
  type Entry,
  type Mutant,
  type PeerId,
  Raft,
  type RaftOptions,
  type Ready,
  type SnapshotMark,
} from '@crescendo/raft';
import type { HostWorld } from './host-world.ts';
import { LogDisk } from './log-disk.ts';
import { LogImage } from './log-image.ts';
import { TICK_MS } from './raft-scenario.ts';
import { applyEntry, emptyState, type MachineState } from './state-machine.ts';

/**
 * One peer's process with its disk, as the store's host does it: it ticks, carries out every `Ready` in the order of the
 * contract, applies what is committed a little later, and compacts behind what is durable in the state machine.
 *
 * (P1) A callback made in one life of the process does nothing in the next.
 * (P2) The durable state machine lags behind the one in memory; a crash falls back to it.
 */
export class RaftHost {
  readonly id: PeerId;
  readonly disk: LogDisk;
  /** What the peer's memory holds of the log, for the checkers. */
  memory: LogImage;
  state: MachineState;
  raft: Raft | null = null;
  life = 0;
  /** The host handles nothing before this time. */
  pausedUntilMs = 0;
  stalledUntilMs = 0;
  /** State is lost: nothing may be applied before a snapshot of at least this index is in place. */
  missingState = 0;
  readonly #world: HostWorld;
  #durableState: MachineState;
  /** Newest snapshot installed, part of the durable state. */
  #installed: MachineState;
  #queue: Entry[] = [];
  #reads: { context: number; index: number }[] = [];
  #unconfirmed: SnapshotMark | null = null;
  #drainDue = false;
  #applyDue = false;
  #flushDue = false;

  constructor(id: PeerId, world: HostWorld, initial: MachineState) {
    this.id = id;
    this.#world = world;
    this.disk = new LogDisk(initial.mark);
    this.memory = this.disk.image.clone();
    this.state = initial;
    this.#durableState = initial;
    this.#installed = initial;
  }

  /** Up to where the state survives a crash. */
  get durableIndex(): number {
    return this.#durableState.mark.index;
  }

  start(): void {
    if (this.raft !== null) return;
    this.life += 1;
    this.memory = this.disk.image.clone();
    this.#queue = [];
    this.#reads = [];
    this.#unconfirmed = null;
    this.#drainDue = false;
    this.#applyDue = false;
    this.#flushDue = false;
    this.#guarded(() => {
      this.raft = new Raft(this.#options());
      this.memory.restart(this.#snapshotMark());
    });
    this.#tickLater();
    this.run(() => {});
  }

  #snapshotMark() {
    const installed = this.#installed.mark;
    return installed.index > this.disk.image.mark.index ? installed : this.disk.image.mark;
  }

  #options(): RaftOptions {
    const { scenario, mutant, random } = this.#world;
    return {
      self: this.id,
      log: this.disk.image,
      hardState: this.disk.hardState,
      snapshot: this.#snapshotMark(),
      applied: Math.max(this.state.mark.index, this.missingState),
      electionTicks: scenario.electionTicks,
      heartbeatTicks: scenario.heartbeatTicks,
      maxAppendBytes: 48,
      maxInflightAppends: 3,
      maxUncommittedBytes: 3_000,
      random: () => random.float(),
      ...(mutant !== undefined && mutant !== 'forgetLog' && { mutant: mutant satisfies Mutant }),
    };
  }

  /** Memory is gone, and what was on its way to the disk, but for some of the first writes. */
  crash(): void {
    if (this.raft === null) return;
    const { random, scenario, mutant } = this.#world;
    this.raft = null;
    this.life += 1;
    this.disk.crash(random.int(this.disk.pendingCount + 1));
    if (mutant === 'forgetLog') this.#forgetLog();
    this.state = this.#durableState;
    if (scenario.forgetful === this.id && this.#world.mayForget(this)) this.#forgetState();
  }

  #forgetLog(): void {
    const { image } = this.disk;
    const lastIndex = Math.max(this.#durableState.mark.index, image.lastIndex() - this.#world.random.int(4));
    image.truncate(lastIndex);
    this.disk.hardState = { ...this.disk.hardState, commit: Math.min(this.disk.hardState.commit, lastIndex) };
  }

  #forgetState(): void {
    this.missingState = this.disk.image.mark.index;
    const { mark } = this.disk.image;
    this.state = emptyState(mark.index === 0 ? mark.membership : { epoch: 0, voters: [], learners: [] });
    this.#durableState = this.state;
    this.#installed = this.state;
  }

  /** Does something with the raft peer, and carries out what follows. */
  run(action: (raft: Raft) => void): void {
    const { raft } = this;
    if (raft === null) return;
    this.#guarded(() => {
      action(raft);
      if (this.#world.random.chance(0.8)) this.#drain();
      else this.#drainLater();
    });
  }

  /** The same as soon as the process is not paused: what clients ask of a paused process waits in its socket. */
  runAwake(action: (raft: Raft) => void): void {
    const pauseMs = this.pausedUntilMs - this.#world.nowMs();
    if (pauseMs <= 0) this.run(action);
    else this.#later(pauseMs, () => this.runAwake(action));
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#world.onBroken(this, error);
    }
  }

  /** Calls back in this life, and not while the host is paused. */
  #later(delayMs: number, callback: () => void): void {
    const { life } = this;
    this.#world.after(delayMs, () => {
      if (this.life !== life) return; // (P1)
      const pauseMs = this.pausedUntilMs - this.#world.nowMs();
      if (pauseMs > 0) this.#later(pauseMs, callback);
      else callback();
    });
  }

  #tickLater(): void {
    this.#later(TICK_MS, () => {
      if (this.raft?.asleep === false) this.run((raft) => raft.tick());
      this.#tickLater();
    });
  }

  #drainLater(): void {
    if (this.#drainDue) return;
    this.#drainDue = true;
    this.#later(1 + this.#world.random.int(5), () => {
      this.#drainDue = false;
      this.#guarded(() => this.#drain());
    });
  }

  #drain(): void {
    const { raft } = this;
    while (raft !== null && this.raft === raft && raft.hasReady()) this.#carryOut(raft, raft.takeReady());
    this.#world.onSettled(this);
  }

  #carryOut(raft: Raft, ready: Ready): void {
    const world = this.#world;
    if (ready.snapshot !== undefined) this.memory = new LogImage(ready.snapshot);
    this.memory.append(ready.entries);
    world.onReady(this, ready);
    world.send(this.id, ready.sendNow);
    this.#write(raft, ready);
    this.#queue.push(...ready.committed);
    this.#reads.push(...ready.reads);
    for (const context of ready.readsLost) world.onReadLost(this, context);
    for (const peer of ready.snapshotsNeeded) world.onSnapshotNeeded(this, peer);
    if (this.#queue.length > 0 || this.#reads.length > 0) this.#applyLater();
  }

  #write(raft: Raft, ready: Ready): void {
    const release = () => this.#world.send(this.id, ready.sendAfterPersist);
    const { persist } = ready;
    if (persist === undefined) {
      if (this.disk.isWriting) this.disk.afterLastWrite(release);
      else release();
      return;
    }
    this.disk.write(ready, () => {
      release();
      this.#guarded(() => raft.persisted(persist));
    });
    if (this.disk.pendingCount === 1) this.#writeLater();
  }

  #writeLater(): void {
    this.#later(this.#world.writeMs(), () => {
      this.disk.completeOne();
      if (this.disk.isWriting) this.#writeLater();
      this.run(() => {});
    });
  }

  #applyLater(): void {
    if (this.#applyDue) return;
    this.#applyDue = true;
    this.#later(this.#world.random.int(5), () => {
      this.#applyDue = false;
      this.#guarded(() => this.#apply());
    });
  }

  #apply(): void {
    this.#confirmInstalled();
    if (this.state.mark.index < this.missingState) return;
    const last = this.#queue.at(-1);
    for (const entry of this.#queue) {
      if (entry.index <= this.state.mark.index) continue;
      this.state = applyEntry(this.state, entry);
      this.#world.onApplied(this, entry);
    }
    this.#queue = [];
    if (last !== undefined) this.run((raft) => raft.applied(last.index));
    const due = this.#reads.filter((read) => read.index <= this.state.mark.index);
    this.#reads = this.#reads.filter((read) => read.index > this.state.mark.index);
    for (const { context } of due) this.#world.onRead(this, context);
    this.#flushLater();
  }

  /** What is applied becomes durable now and then, and the log behind it is forgotten. (P2) */
  #flushLater(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    this.#later(5 + this.#world.random.int(60), () => {
      this.#flushDue = false;
      this.#durableState = this.state;
      const { mark } = this.state;
      if (mark.index - this.disk.image.firstIndex() > this.#world.scenario.compactBehind)
        this.disk.compact(mark);
    });
  }

  /** A leader may not know yet that so much is committed. */
  #confirmInstalled(): void {
    const mark = this.#unconfirmed;
    if (mark === null) return;
    this.run((raft) => {
      if (raft.restore(mark) || raft.status().applied >= mark.index) this.#unconfirmed = null;
    });
    if (this.#unconfirmed !== null) this.#applyLater();
  }

  /** A snapshot's state has come whole. True when it is in place and the raft peer takes it. */
  install(snapshot: MachineState): boolean {
    if (this.raft === null) return false;
    if (snapshot.mark.index > this.state.mark.index && snapshot.mark.index >= this.missingState) {
      this.state = snapshot;
      this.#durableState = snapshot;
      this.#installed = snapshot;
      this.missingState = 0;
      this.#unconfirmed = snapshot.mark;
      this.#confirmInstalled();
      this.#applyLater();
    }
    return true;
  }
}
