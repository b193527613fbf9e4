import type { RaftOptions, Ready } from '../contract.ts';
import type { Entry, Envelope, HardState, Membership, Message, PeerId, SnapshotMark } from '../protocol.ts';
import { Raft } from '../raft.ts';
import { MemoryLog } from './memory-log.ts';

const PARAMETERS = {
  electionTicks: 10,
  heartbeatTicks: 2,
  maxAppendBytes: 1_000,
  maxInflightAppends: 4,
  maxUncommittedBytes: 10_000,
  random: () => 0,
};

/** One peer with its disk. Writes are durable at once unless `holdWrites` is set. */
export class TestPeer {
  readonly id: PeerId;
  raft: Raft;
  readonly log: MemoryLog;
  hardState: HardState;
  readonly applied: Entry[] = [];
  readonly reads: { context: number; index: number }[] = [];
  readonly readsLost: number[] = [];
  readonly snapshotsNeeded: PeerId[] = [];
  holdWrites = false;
  readonly held: Ready[] = [];
  #parameters: Partial<RaftOptions>;

  constructor(id: PeerId, log: MemoryLog, hardState: HardState, parameters: Partial<RaftOptions>) {
    this.id = id;
    this.log = log;
    this.hardState = hardState;
    this.#parameters = parameters;
    this.raft = this.#open({});
  }

  #open(parameters: Partial<RaftOptions>): Raft {
    const { id: self, log, hardState } = this;
    const applied = this.applied.at(-1)?.index ?? log.mark.index;
    const known = { self, log, hardState, snapshot: log.mark, applied };
    return new Raft({ ...PARAMETERS, ...known, ...this.#parameters, ...parameters });
  }

  /** Forgets memory and what is not durable. */
  restart(parameters: Partial<RaftOptions> = {}): void {
    this.held.length = 0;
    this.raft = this.#open(parameters);
  }

  store(ready: Ready): void {
    if (ready.hardState !== undefined) this.hardState = ready.hardState;
    if (ready.snapshot !== undefined) this.log.restart(ready.snapshot);
    this.log.append(ready.entries);
  }
}

export interface TestGroupOptions extends Partial<RaftOptions> {
  readonly learners?: readonly PeerId[];
  /** Peers that exist but belong to no group yet. */
  readonly strangers?: readonly PeerId[];
  /** What a peer's log holds at the start: the terms of the entries from 1 on. */
  readonly terms?: Readonly<Record<PeerId, readonly number[]>>;
}

/** Some peers and the messages between them, delivered in order, one at a time; the transcript lists them. */
export class TestGroup {
  readonly peers = new Map<PeerId, TestPeer>();
  readonly transcript: string[] = [];
  /** Messages for which this is true are lost. */
  lose: (from: PeerId, to: PeerId, message: Message) => boolean = () => false;
  #mail: { from: PeerId; envelope: Envelope }[] = [];

  constructor(voters: readonly PeerId[], options: TestGroupOptions = {}) {
    const { learners = [], strangers = [], terms = {}, ...parameters } = options;
    const founders = { epoch: 1, voters, learners };
    for (const id of [...voters, ...learners]) this.#add(id, founders, terms[id] ?? [], parameters);
    for (const id of strangers) this.#add(id, { epoch: 0, voters: [], learners: [] }, [], parameters);
  }

  #add(id: PeerId, membership: Membership, terms: readonly number[], parameters: Partial<RaftOptions>): void {
    const mark: SnapshotMark = { index: 0, term: 0, membership };
    const entries = terms.map(
      (term, i) => ({ type: 'command', index: i + 1, term, data: new Uint8Array(1) }) as const,
    );
    const hardState = { term: terms.at(-1) ?? 0, vote: null, commit: 0 };
    this.peers.set(id, new TestPeer(id, new MemoryLog(mark, entries), hardState, parameters));
  }

  peer(id: PeerId): TestPeer {
    const peer = this.peers.get(id);
    if (peer === undefined) throw new RangeError(`there is no peer ${id}`);
    return peer;
  }

  raft(id: PeerId): Raft {
    return this.peer(id).raft;
  }

  /** Elects the peer and lets everything calm down. */
  elect(id: PeerId): Raft {
    this.raft(id).campaign();
    this.settle();
    return this.raft(id);
  }

  propose(id: PeerId, ...texts: readonly string[]): void {
    for (const text of texts) {
      const result = this.raft(id).propose(Uint8Array.from(text, (char) => char.charCodeAt(0)));
      if (!result.ok) throw new Error(`${id} refused a proposal: ${result.reason}`);
    }
  }

  /** Ticks the peers, all by default, and delivers after each tick. */
  tick(count: number, ids: Iterable<PeerId> = this.peers.keys()): void {
    const ticking = [...ids];
    for (let i = 0; i < count; i++) {
      for (const id of ticking) this.raft(id).tick();
      this.settle();
    }
  }

  /** Carries out and delivers until nothing is left to do. */
  settle(): void {
    for (let round = 0; round < 10_000; round++) {
      for (const peer of this.peers.values()) this.#carryOut(peer);
      const next = this.#mail.shift();
      if (next === undefined) return;
      this.#deliver(next.from, next.envelope);
    }
    throw new Error('the group does not come to rest');
  }

  /** Nothing gets to these peers or away from them; nobody lifts it. */
  isolate(...ids: readonly PeerId[]): void {
    this.lose = (from, to) => ids.includes(from) || ids.includes(to);
  }

  heal(): void {
    this.lose = () => false;
  }

  /** A held write becomes durable. */
  flush(id: PeerId, count = Number.POSITIVE_INFINITY): void {
    const peer = this.peer(id);
    for (let i = 0; i < count && peer.held.length > 0; i++) this.#complete(peer, peer.held.shift()!);
  }

  #carryOut(peer: TestPeer): void {
    while (peer.raft.hasReady()) {
      const ready = peer.raft.takeReady();
      this.#post(peer.id, ready.sendNow);
      if (peer.holdWrites && (ready.persist !== undefined || peer.held.length > 0)) peer.held.push(ready);
      else this.#complete(peer, ready);
      peer.reads.push(...ready.reads);
      peer.readsLost.push(...ready.readsLost);
      peer.snapshotsNeeded.push(...ready.snapshotsNeeded);
      this.#apply(peer, ready.committed);
    }
  }

  #complete(peer: TestPeer, ready: Ready): void {
    peer.store(ready);
    this.#post(peer.id, ready.sendAfterPersist);
    if (ready.persist !== undefined) peer.raft.persisted(ready.persist);
  }

  #apply(peer: TestPeer, committed: readonly Entry[]): void {
    const last = committed.at(-1);
    if (last === undefined) return;
    peer.applied.push(...committed);
    peer.raft.applied(last.index);
  }

  #post(from: PeerId, envelopes: readonly Envelope[]): void {
    for (const envelope of envelopes) this.#mail.push({ from, envelope });
  }

  #deliver(from: PeerId, { to, message }: Envelope): void {
    const lost = this.lose(from, to, message);
    this.transcript.push(`${from}>${to} ${describe(message)}${lost ? ' (lost)' : ''}`);
    if (!lost) this.peers.get(to)?.raft.step(from, message);
  }

  /** The transcript since the last call. */
  takeTranscript(): string[] {
    return this.transcript.splice(0);
  }
}

/** `type term fields`, short enough to read. */
export function describe(message: Message): string {
  const { type, term } = message;
  const head = `${type} t${term}`;
  switch (message.type) {
    case 'preVoteRequest':
    case 'voteRequest':
      return `${head} last ${message.lastIndex}:${message.lastTerm}`;
    case 'preVoteResponse':
    case 'voteResponse':
      return `${head} ${message.granted ? 'granted' : 'refused'}`;
    case 'appendRequest':
      return `${head} after ${message.previousIndex}:${message.previousTerm} [${message.entries.map((entry) => `${entry.index}:${entry.term}`).join(' ')}] commit ${message.commit}`;
    case 'appendResponse':
      return message.accepted
        ? `${head} accepted ${message.index}`
        : `${head} refused ${message.index} hint ${message.hintIndex}:${message.hintTerm}`;
    case 'heartbeat':
      return `${head} commit ${message.commit} round ${message.readRound}${message.sleep ? ' sleep' : ''}`;
    case 'heartbeatResponse':
      return `${head} round ${message.readRound}`;
    case 'timeoutNow':
      return head;
  }
}
