import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import { hasRoom } from '../system/move-room.ts';
import type { GroupHost } from './group-host.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * Who is to take in a partition says whether it has room for one more: it alone knows what it takes in already, whoever leads that. A throttle;
 * safety does not rest on it.
 *
 * (A1) What was promised room counts until the group is a voter here, or is not a learner here any more; a promise that nothing came of ends.
 */
const ASK_TIMEOUT_MS = 2_000;
const PROMISE_MS = 10_000;
/** A node that had no room is not asked again for this long. */
const FULL_MS = 100;

interface Intake {
  readonly bytes: number;
  readonly sinceMs: number;
}

export class MoveAdmission {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly host: GroupHost;
  private readonly intake = new Map<GroupId, Intake>();
  private readonly fullUntilMs = new Map<NodeId, number>();

  constructor(ports: StoreNodePorts, self: NodeId, host: GroupHost) {
    this.ports = ports;
    this.self = self;
    this.host = host;
    ports.network.onRequest('move.admit', async (_from, params) => {
      const { group, bytes } = params as { group: GroupId; bytes: number };
      return { result: this.admit(group, bytes) };
    });
  }

  /** Whether the node would take the group in now. */
  async ask(node: NodeId, group: GroupId, bytes: number): Promise<boolean> {
    const { clock, network } = this.ports;
    const options = { timeoutMs: ASK_TIMEOUT_MS };
    const reply = await network.request(node, 'move.admit', { group, bytes }, options).catch(() => undefined);
    if (reply?.result === true) return true;
    this.fullUntilMs.set(node, clock.nowMs() + FULL_MS);
    return false;
  }

  /** False for a node that had no room a moment ago. */
  mayAsk(node: NodeId): boolean {
    return this.ports.clock.nowMs() >= (this.fullUntilMs.get(node) ?? -Infinity);
  }

  private admit(group: GroupId, bytes: number): boolean {
    this.prune();
    if (this.intake.has(group)) return true;
    const taken = [...this.intake.values()];
    const use = { count: taken.length, bytes: taken.reduce((sum, one) => sum + one.bytes, 0) };
    if (!hasRoom(use, bytes)) return false;
    this.intake.set(group, { bytes, sinceMs: this.ports.clock.nowMs() });
    return true;
  }

  /** (A1) */
  private prune(): void {
    const promisedSinceMs = this.ports.clock.nowMs() - PROMISE_MS;
    for (const [group, { sinceMs }] of this.intake) {
      const { voters = [], learners = [] } = this.host.replicas.get(group)?.raft.membership ?? {};
      const isOver = !learners.includes(this.self) && sinceMs < promisedSinceMs;
      if (voters.includes(this.self) || isOver) this.intake.delete(group);
    }
  }
}

/** What this node feeds as a leader: the groups led here that have learners. */
export function movesLed(
  host: GroupHost,
  except: GroupId,
  bytesOf: (group: GroupId) => number,
): { count: number; bytes: number } {
  let count = 0;
  let bytes = 0;
  for (const { group, raft } of host.replicas.values()) {
    if (group === except || group === SYSTEM_GROUP || raft.role !== 'leader') continue;
    const { length } = raft.membership.learners;
    count += length;
    if (length > 0) bytes += bytesOf(group) * length;
  }
  return { count, bytes };
}
