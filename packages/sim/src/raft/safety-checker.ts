import {
  type Entry,
  type Membership,
  type Message,
  majority,
  type PeerId,
  type Ready,
  type Role,
} from '@crescendo/raft';
import type { RaftHost } from './raft-host.ts';
import { identityOf } from './state-machine.ts';

/** What is known of one entry, wherever it was seen: its index and term must determine all of it. */
interface SeenEntry {
  readonly identity: number;
  readonly previousTerm: number | undefined;
}

interface CommittedEntry {
  readonly term: number;
  readonly identity: number;
  /** Term of the leader that committed it: leaders of later terms must have the entry. */
  readonly inTerm: number;
}

/** A peer as it was last seen. */
interface Sighting {
  readonly life: number;
  readonly commit: number;
  readonly term: number;
  readonly role: Role;
  readonly membership: Membership;
}

/**
 * Watches every peer from outside and says what Raft promises never happens (Ongaro, figure 3.2, and our own rules). It
 * sees what an operator with perfect sight would: roles, memory, disks and messages of all peers at once.
 */
export class SafetyChecker {
  readonly violations: string[] = [];
  readonly #hosts: ReadonlyMap<PeerId, RaftHost>;
  readonly #leaders = new Map<number, PeerId>();
  readonly #seen = new Map<string, SeenEntry>();
  /** By index: what some peer first held for committed. */
  readonly #committed = new Map<number, CommittedEntry>();
  readonly #chains = new Map<number, number>();
  readonly #votes = new Map<string, PeerId>();
  readonly #preVotes = new Map<string, Set<PeerId>>();
  readonly #commitSeen = new Map<PeerId, Sighting>();
  #maxCommitted = 0;
  elections = 0;

  constructor(hosts: ReadonlyMap<PeerId, RaftHost>) {
    this.#hosts = hosts;
  }

  get maxCommitted(): number {
    return this.#maxCommitted;
  }

  fail(rule: string, text: string): void {
    this.violations.push(`${rule}: ${text}`);
  }

  /** A batch is about to be carried out. */
  onReady(host: RaftHost, ready: Ready): void {
    for (const entry of ready.entries) this.#checkLogMatching(host, entry);
    for (const { message } of ready.sendAfterPersist) {
      if (message.type === 'voteRequest' && !message.transfer) this.#checkPreVoted(host, message.term);
    }
  }

  /** The message has left the process: it will be believed. */
  onSent(from: PeerId, to: PeerId, message: Message): void {
    if (message.type === 'voteResponse' && message.granted) this.#checkVote(from, message.term, to);
  }

  onDelivered(from: PeerId, to: PeerId, message: Message): void {
    if (message.type !== 'preVoteResponse' || !message.granted) return;
    const key = `${to}:${message.term}`;
    const granted = this.#preVotes.get(key) ?? new Set();
    this.#preVotes.set(key, granted.add(from));
  }

  /** Everything that the host's last inputs led to has been taken. */
  onSettled(host: RaftHost): void {
    if (host.raft === null) return;
    const { role, term, commit, membership } = host.raft.status();
    const before = this.#commitSeen.get(host.id);
    const since = before?.life === host.life ? before : undefined;
    if (since !== undefined && (commit < since.commit || term < since.term)) {
      this.fail(
        'monotonic',
        `${host.id} went from term ${since.term}, commit ${since.commit} to ${term}, ${commit}`,
      );
    }
    const wins = role === 'leader' && (since?.role !== 'leader' || since.term !== term);
    if (wins) this.#checkElected(host, term);
    const from = since?.commit ?? host.memory.mark.index;
    for (let index = from + 1; index <= commit; index++) this.#checkCommitted(host, index, term);
    if (role === 'leader') this.#checkOneChange(host);
    if (role === 'leader' && since?.role === 'leader' && since.term === term && commit > since.commit) {
      const counted = host.memory.term(commit);
      const proved = commit <= host.state.mark.index; // By a snapshot, not by counting.
      if (counted !== term && !proved)
        this.fail('own term', `${host.id} counted entry ${commit} of term ${counted} in ${term}`);
    }
    if (role === 'leader' && commit > from) {
      this.#checkDurable([membership, since?.membership ?? membership], commit, host);
    }
    this.#commitSeen.set(host.id, { life: host.life, commit, term, role, membership });
  }

  onApplied(host: RaftHost, entry: Entry): void {
    const committed = this.#committed.get(entry.index);
    if (committed === undefined)
      this.fail('state machine safety', `${host.id} applied ${entry.index} uncommitted`);
    const chain = this.#chains.get(entry.index);
    if (chain === undefined) this.#chains.set(entry.index, host.state.chain);
    else if (chain !== host.state.chain) {
      this.fail('state machine safety', `${host.id} has another state than others at ${entry.index}`);
    }
  }

  /** Index and term determine an entry and, step by step, everything before it. */
  #checkLogMatching(host: RaftHost, entry: Entry): void {
    const key = `${entry.index}:${entry.term}`;
    const identity = identityOf(entry);
    const previousTerm = host.memory.term(entry.index - 1);
    const seen = this.#seen.get(key);
    if (seen === undefined) {
      this.#seen.set(key, { identity, previousTerm });
      if (entry.type === 'membership') this.#checkStep(host, entry.index, entry.membership);
      return;
    }
    const conflicts =
      seen.previousTerm !== undefined && previousTerm !== undefined && seen.previousTerm !== previousTerm;
    if (seen.identity !== identity || conflicts)
      this.fail('log matching', `two entries ${key}, one at ${host.id}`);
  }

  /** A new membership is one step from the one before it in the same log. */
  #checkStep(host: RaftHost, index: number, membership: Membership): void {
    let before: Membership | undefined;
    for (let i = index - 1; i >= host.memory.firstIndex() && before === undefined; i--) {
      const entry = host.memory.entry(i);
      if (entry?.type === 'membership') before = entry.membership;
    }
    before ??= host.memory.mark.membership;
    const voters = symmetricDifference(before.voters, membership.voters);
    const learners = symmetricDifference(before.learners, membership.learners);
    const changed = new Set([...voters, ...learners]).size;
    if (changed !== 1 || membership.epoch !== before.epoch + 1) {
      this.fail(
        'one step',
        `${host.id} went from ${describe(before)} to ${describe(membership)} at ${index}`,
      );
    }
  }

  #checkElected(host: RaftHost, term: number): void {
    this.elections += 1;
    const other = this.#leaders.get(term);
    if (other !== undefined && other !== host.id) {
      this.fail('election safety', `${host.id} and ${other} both lead in term ${term}`);
    }
    this.#leaders.set(term, host.id);
    for (let index = host.memory.firstIndex(); index <= this.#maxCommitted; index++) {
      const committed = this.#committed.get(index);
      if (committed === undefined || committed.inTerm >= term) continue;
      if (host.memory.term(index) !== committed.term) {
        this.fail('leader completeness', `${host.id} leads in term ${term} without committed entry ${index}`);
        return;
      }
    }
  }

  #checkCommitted(host: RaftHost, index: number, inTerm: number): void {
    const entry = host.memory.entry(index);
    if (entry === undefined) return; // Part of a snapshot: its state is checked when the next entry is applied.
    const committed = this.#committed.get(index);
    if (committed === undefined) {
      this.#committed.set(index, { term: entry.term, identity: identityOf(entry), inTerm });
      this.#maxCommitted = Math.max(this.#maxCommitted, index);
    } else if (committed.term !== entry.term || committed.identity !== identityOf(entry)) {
      this.fail(
        'commit safety',
        `${host.id} committed another entry ${index} (term ${entry.term}, not ${committed.term})`,
      );
    }
  }

  /** No leader has two changes of membership under way. It may not know yet that the first of two is committed. */
  #checkOneChange(host: RaftHost): void {
    let open = 0;
    for (let index = this.#maxCommitted + 1; index <= host.memory.lastIndex(); index++) {
      if (host.memory.entry(index)?.type === 'membership') open += 1;
    }
    if (open > 1) this.fail('one change at a time', `${host.id} has ${open} changes under way`);
  }

  /** What a leader has committed lies on a majority's disks. A change may have come between two looks. */
  #checkDurable(memberships: readonly Membership[], commit: number, leader: RaftHost): void {
    const term = leader.memory.term(commit);
    const holds = (peer: PeerId) => {
      const image = this.#hosts.get(peer)?.disk.image;
      return image !== undefined && (image.mark.index >= commit || image.term(commit) === term);
    };
    if (memberships.some(({ voters }) => voters.filter(holds).length >= majority(voters.length))) return;
    const [membership] = memberships;
    this.fail(
      'durable majority',
      `${leader.id} committed ${commit}; of ${describe(membership!)} only ${membership!.voters.filter(holds)} hold it`,
    );
  }

  /** A peer promises one vote a term, whatever it forgets in between. */
  #checkVote(voter: PeerId, term: number, candidate: PeerId): void {
    const key = `${voter}:${term}`;
    const other = this.#votes.get(key);
    if (other !== undefined && other !== candidate) {
      this.fail('one vote', `${voter} voted for ${other} and ${candidate} in term ${term}`);
    }
    this.#votes.set(key, candidate);
  }

  /** Nobody begins a term without a majority that would vote for it, or a leader that hands over. */
  #checkPreVoted(host: RaftHost, term: number): void {
    const { voters } = host.raft!.status().membership;
    const granted = this.#preVotes.get(`${host.id}:${term}`) ?? new Set();
    const count = voters.filter((peer) => peer === host.id || granted.has(peer)).length;
    if (count < majority(voters.length)) {
      this.fail(
        'pre-vote fence',
        `${host.id} began term ${term} with ${count} of ${voters.length} behind it`,
      );
    }
  }
}

function symmetricDifference(a: readonly PeerId[], b: readonly PeerId[]): PeerId[] {
  return [...a.filter((peer) => !b.includes(peer)), ...b.filter((peer) => !a.includes(peer))];
}

function describe({ epoch, voters, learners }: Membership): string {
  return `#${epoch} ${voters}${learners.length > 0 ? ` + ${learners}` : ''}`;
}
