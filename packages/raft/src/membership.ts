import { invariant } from '@crescendo/base';
import type { MembershipChange } from './contract.ts';
import type { Membership, PeerId } from './protocol.ts';

export function isVoter(membership: Membership, peer: PeerId): boolean {
  return membership.voters.includes(peer);
}

export function isMember(membership: Membership, peer: PeerId): boolean {
  return membership.voters.includes(peer) || membership.learners.includes(peer);
}

/** The membership one step further, or why that step can't be made. [M1] */
export function planChange(
  membership: Membership,
  { kind, peer }: MembershipChange,
): Membership | 'noEffect' | 'lastVoter' {
  const votes = isVoter(membership, peer);
  const learns = membership.learners.includes(peer);
  const without = (peers: readonly PeerId[]) => peers.filter((other) => other !== peer);
  const epoch = membership.epoch + 1;
  const { voters, learners } = membership;
  const takesLastVote = votes && voters.length === 1;
  switch (kind) {
    case 'addLearner':
      return votes || learns ? 'noEffect' : { epoch, voters, learners: [...learners, peer] };
    case 'promote':
      return learns ? { epoch, voters: [...voters, peer], learners: without(learners) } : 'noEffect';
    case 'demote':
      if (takesLastVote) return 'lastVoter';
      return votes ? { epoch, voters: without(voters), learners: [...learners, peer] } : 'noEffect';
    case 'remove':
      if (takesLastVote) return 'lastVoter';
      if (!votes && !learns) return 'noEffect';
      return { epoch, voters: without(voters), learners: without(learners) };
  }
}

interface Chapter {
  readonly index: number;
  readonly membership: Membership;
}

/**
 * The membership in force, which is the newest one in the log whether committed or not (M3), and those before it back
 * to the newest committed one, so that a replaced log tail takes its memberships with it.
 *
 * (H1) Chapters stand in the order of their indexes; the first one is committed.
 */
export class MembershipHistory {
  #chapters: Chapter[];

  constructor(base: Membership) {
    this.#chapters = [{ index: 0, membership: base }];
  }

  get current(): Membership {
    return this.#chapters.at(-1)!.membership;
  }

  /** Index of the entry that brought the current membership; 0 for the founders' or a snapshot's. */
  get index(): number {
    return this.#chapters.at(-1)!.index;
  }

  /** The membership before the current one while both may still be in force somewhere. */
  get previous(): Membership | undefined {
    return this.#chapters.at(-2)?.membership;
  }

  append(index: number, membership: Membership): void {
    invariant(index > this.index, `membership at ${index} does not follow the one at ${this.index}`);
    invariant(
      membership.epoch > this.current.epoch,
      `membership epoch ${membership.epoch} does not follow ${this.current.epoch}`,
    );
    this.#chapters.push({ index, membership });
  }

  /** Takes back what stood in entries from this index on. */
  truncate(from: number): void {
    while (this.index >= from && this.#chapters.length > 1) this.#chapters.pop();
  }

  /** Forgets what can't come back. (H1) */
  commit(index: number): void {
    while ((this.#chapters[1]?.index ?? Number.POSITIVE_INFINITY) <= index) this.#chapters.shift();
  }

  restart(base: Membership): void {
    this.#chapters = [{ index: 0, membership: base }];
  }
}
