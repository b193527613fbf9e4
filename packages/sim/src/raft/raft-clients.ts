import type { Random } from '@crescendo/base';
import type { Entry, MembershipChange, PeerId } from '@crescendo/raft';
import type { RaftHost } from './raft-host.ts';
import type { SafetyChecker } from './safety-checker.ts';
import { decodeId, encodeId } from './state-machine.ts';

interface OpenProposal {
  readonly host: RaftHost;
  readonly life: number;
}

/**
 * The clients: they propose commands, read, and ask for changes, and remember what they were told. An acknowledgement is
 * what a host gives when it applies a command that was proposed in the same life of its process.
 *
 * (A1) An acknowledged command is in every state from its index on: a read that starts later must see it.
 * (A2) A read that ended sets a floor for every read that starts later.
 */
export class RaftClients {
  readonly #random: Random;
  readonly #hosts: readonly RaftHost[];
  readonly #checker: SafetyChecker;
  readonly #proposals = new Map<number, OpenProposal>();
  readonly #reads = new Map<number, { readonly floor: number; readonly host: RaftHost }>();
  readonly acknowledged = new Map<number, number>();
  #nextId = 1;
  /** Index that everything acknowledged or read so far lies at or before. */
  #floor = 0;
  readsServed = 0;
  readsLost = 0;
  changes = 0;
  transfers = 0;

  constructor(hosts: readonly RaftHost[], checker: SafetyChecker, random: Random) {
    this.#hosts = hosts;
    this.#checker = checker;
    this.#random = random;
  }

  get floor(): number {
    return this.#floor;
  }

  /** Any host that leads, as it believes; several may. */
  anyLeader(): RaftHost | undefined {
    const leaders = this.#hosts.filter((host) => host.raft?.status().role === 'leader');
    return leaders.length === 0 ? undefined : this.#random.pick(leaders);
  }

  /** Proposes one command; its id, or undefined when nobody takes it. */
  propose(): number | undefined {
    const host = this.#random.chance(0.9) ? this.anyLeader() : this.#random.pick(this.#hosts);
    if (host === undefined) return undefined;
    const id = this.#nextId++;
    let taken = false;
    host.run((raft) => {
      taken = raft.propose(encodeId(id)).ok;
      if (taken) this.#proposals.set(id, { host, life: host.life });
    });
    return taken ? id : undefined;
  }

  read(): void {
    const host = this.anyLeader();
    if (host === undefined) return;
    const context = this.#nextId++;
    host.runAwake((raft) => {
      if (raft.readIndex(context)) this.#reads.set(context, { floor: this.#floor, host });
    });
  }

  change(peers: readonly PeerId[]): void {
    const host = this.anyLeader();
    if (host === undefined) return;
    const kind = this.#random.pick([
      'addLearner',
      'addLearner',
      'promote',
      'promote',
      'demote',
      'remove',
    ] as const);
    host.run((raft) => {
      const { voters, learners } = raft.status().membership;
      const suits = {
        addLearner: [...peers],
        promote: [...learners],
        demote: [...voters],
        remove: [...peers],
      };
      if (suits[kind].length === 0) return;
      const change: MembershipChange = { kind, peer: this.#random.pick(suits[kind]) };
      if (raft.changeMembership(change).ok) this.changes += 1;
    });
  }

  transfer(peers: readonly PeerId[]): void {
    const host = this.anyLeader();
    host?.run((raft) => {
      if (raft.transferLeadership(this.#random.pick(peers))) this.transfers += 1;
    });
  }

  /** What hosts may do at any time without harm. */
  nudge(): void {
    const host = this.#random.pick(this.#hosts);
    const peer = this.#random.pick(this.#hosts).id;
    host.run((raft) => {
      const choice = this.#random.int(3);
      if (choice === 0) raft.campaign();
      else if (choice === 1) raft.wake();
      else raft.reportUnreachable(peer);
    });
  }

  onApplied(host: RaftHost, entry: Entry): void {
    if (entry.type !== 'command') return;
    const id = decodeId(entry.data);
    const proposal = this.#proposals.get(id);
    if (proposal?.host !== host || proposal.life !== host.life) return;
    this.#proposals.delete(id);
    this.acknowledged.set(id, entry.index);
    this.#floor = Math.max(this.#floor, entry.index); // (A1)
  }

  onRead(host: RaftHost, context: number): void {
    const read = this.#reads.get(context);
    this.#reads.delete(context);
    if (read === undefined) {
      this.#checker.fail('reads', `${host.id} answered read ${context}, which waits no more`);
      return;
    }
    this.readsServed += 1;
    const seen = host.state.mark.index;
    if (seen < read.floor) {
      this.#checker.fail(
        'linearizable reads',
        `${host.id} read at ${seen}, but ${read.floor} was seen before`,
      );
    }
    this.#floor = Math.max(this.#floor, seen); // (A2)
  }

  onReadLost(host: RaftHost, context: number): void {
    if (!this.#reads.delete(context))
      this.#checker.fail('reads', `${host.id} lost read ${context} after its answer`);
    this.readsLost += 1;
  }

  /** Reads of a process that has ended get no answer. */
  onCrashed(host: RaftHost): void {
    for (const [context, read] of this.#reads) if (read.host === host) this.#reads.delete(context);
  }
}
