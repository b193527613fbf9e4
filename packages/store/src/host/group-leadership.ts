import { type Clock, sleep } from '@crescendo/base';
import type { NodeId } from '../ports/network.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';

/** A peer is silent, or has started anew: what it led needs a new leader, and what it follows has to be probed again. */
export function wakeGroupsOf(host: GroupHost, peer: NodeId): void {
  for (const replica of host.replicas.values()) {
    if (replica.raft.leader === peer) replica.raft.suspectLeader();
    else if (replica.raft.role === 'leader') replica.raft.reportUnreachable(peer);
    else continue;
    host.touch(replica);
  }
}

/** A peer is heard again: the groups led here that it belongs to wake, so that it catches up. */
export function wakeGroupsWith(host: GroupHost, peer: NodeId): void {
  for (const replica of host.replicas.values()) {
    const { voters, learners } = replica.raft.membership;
    if (replica.raft.role !== 'leader' || !(voters.includes(peer) || learners.includes(peer))) continue;
    replica.raft.wake();
    host.touch(replica);
  }
}

/** Gives every group that is led here to another voter that is alive; whoever has none keeps it. */
export async function handLeadershipOn(
  host: GroupHost,
  clock: Clock,
  isSilent: (peer: NodeId) => boolean,
  limitMs: number,
): Promise<void> {
  const deadline = clock.nowMs() + limitMs;
  for (const replica of ledBy(host)) {
    const { progress, membership } = replica.raft.status();
    const heir = membership.voters.find((voter) => progress.has(voter) && !isSilent(voter));
    if (heir !== undefined && replica.raft.transferLeadership(heir)) host.touch(replica);
  }
  while (isTransferring(host) && clock.nowMs() < deadline) await sleep(clock, 20);
}

function isTransferring(host: GroupHost): boolean {
  return ledBy(host).some(({ raft }) => raft.status().transferTarget !== null);
}

function ledBy(host: GroupHost): GroupReplica[] {
  return [...host.replicas.values()].filter(({ raft }) => raft.role === 'leader');
}
