import type { GroupId } from '../group.ts';
import type { NodeId } from '../ports/network.ts';

/** Where a group was last seen. Always a hint: whoever is asked knows better, or knows somebody who does. */
export interface GroupHint {
  readonly epoch: number;
  readonly members: readonly NodeId[];
  readonly leader: NodeId | undefined;
}

/** The one-hop cache: for every group its members and its leader, as far as this node has heard. */
export class GroupDirectory {
  private readonly hints = new Map<GroupId, GroupHint>();

  get(group: GroupId): GroupHint | undefined {
    return this.hints.get(group);
  }

  /** Takes a hint that is at least as new as the one held. */
  learn(group: GroupId, hint: GroupHint): void {
    const known = this.hints.get(group);
    if (known !== undefined && known.epoch > hint.epoch) return;
    const leader = hint.leader ?? (known?.epoch === hint.epoch ? known.leader : undefined);
    this.hints.set(group, { epoch: hint.epoch, members: hint.members, leader });
  }

  /** The node turned out not to lead the group (or not to answer). */
  notLeading(group: GroupId, node: NodeId): void {
    const known = this.hints.get(group);
    if (known?.leader === node) this.hints.set(group, { ...known, leader: undefined });
  }

  leads(group: GroupId, node: NodeId): void {
    const known = this.hints.get(group);
    if (known !== undefined && known.leader !== node) this.hints.set(group, { ...known, leader: node });
  }

  /** The first of them. */
  likeliest(group: GroupId): NodeId | undefined {
    const hint = this.hints.get(group);
    return hint?.leader ?? hint?.members[0];
  }

  /** The nodes to ask, the likeliest leader first. */
  candidates(group: GroupId): NodeId[] {
    const hint = this.hints.get(group);
    if (hint === undefined) return [];
    const { leader, members } = hint;
    return leader === undefined ? [...members] : [leader, ...members.filter((member) => member !== leader)];
  }
}
