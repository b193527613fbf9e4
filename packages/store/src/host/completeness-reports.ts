import type { GroupId } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import type { ChunkRepair, Completeness } from './chunk-repair.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/** What the members of the groups that this node leads have said of their completeness, and when they were asked. */
const ASK_TIMEOUT_MS = 2_000;

interface MemberReport extends Completeness {
  readonly askedMs: number;
}

export class CompletenessReports {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly repair: ChunkRepair;
  private readonly isLive: (node: NodeId) => boolean;
  private readonly reports = new Map<string, MemberReport>();

  constructor(ports: StoreNodePorts, self: NodeId, repair: ChunkRepair, isLive: (node: NodeId) => boolean) {
    this.ports = ports;
    this.self = self;
    this.repair = repair;
    this.isLive = isLive;
  }

  /** Whether a member holds every registered byte up to `sinceIndex` and its log follows. */
  isComplete(replica: GroupReplica, member: NodeId, sinceIndex: number): boolean {
    if (member === this.self) return isWhole(this.repair.completeness(replica.group), sinceIndex);
    const progress = replica.raft.status().progress.get(member);
    const report = this.reports.get(`${replica.group} ${member}`);
    if (progress?.state !== 'replicate' || report === undefined) return false;
    return isWhole(report, sinceIndex);
  }

  /** True when some other member's report is `ageMs` old. */
  areOlderThan(replica: GroupReplica, ageMs: number): boolean {
    const { voters, learners } = replica.raft.membership;
    const oldest = this.ports.clock.nowMs() - ageMs;
    return [...voters, ...learners].some(
      (member) =>
        member !== this.self &&
        (this.reports.get(`${replica.group} ${member}`)?.askedMs ?? -Infinity) <= oldest,
    );
  }

  /** Asks every member of these groups how complete it is, one request a node. */
  async poll(replicas: readonly GroupReplica[]): Promise<void> {
    const byNode = new Map<NodeId, GroupId[]>();
    for (const replica of replicas) {
      const { voters, learners } = replica.raft.membership;
      for (const member of [...voters, ...learners]) {
        if (member === this.self || !this.isLive(member)) continue;
        const list = byNode.get(member);
        if (list === undefined) byNode.set(member, [replica.group]);
        else list.push(replica.group);
      }
    }
    await Promise.all([...byNode].map(([node, groups]) => this.ask(node, groups)));
  }

  private async ask(node: NodeId, groups: readonly GroupId[]): Promise<void> {
    const askedMs = this.ports.clock.nowMs();
    const options = { timeoutMs: ASK_TIMEOUT_MS };
    const reply = await this.ports.network
      .request(node, 'chunk.completeness', { groups }, options)
      .catch(() => undefined);
    const answers = (reply?.result ?? []) as Completeness[];
    for (const [i, group] of groups.entries()) {
      const answer = answers[i];
      if (answer === undefined) this.reports.delete(`${group} ${node}`);
      else this.reports.set(`${group} ${node}`, { ...answer, askedMs });
    }
  }
}

function isWhole({ scanned, missing, applied }: Completeness, sinceIndex: number): boolean {
  return scanned && missing === 0 && applied >= sinceIndex;
}
