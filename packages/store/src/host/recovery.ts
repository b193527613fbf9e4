import type { GroupId } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/** What a survivor holds of a group. */
export interface SurvivingReplica {
  readonly node: NodeId;
  readonly group: GroupId;
  readonly lastTerm: number;
  readonly lastIndex: number;
  readonly epoch: number;
  readonly voters: readonly NodeId[];
}

/** A group that has lost its majority, and the survivor that is to go on alone. */
export interface RecoveryStep {
  readonly group: GroupId;
  readonly from: SurvivingReplica;
  /** Voters that are not among the survivors: what only they had acknowledged is lost. */
  readonly missing: readonly NodeId[];
}

/**
 * The operator's way on from a lost quorum. It breaks the rule that a majority decides, so it is taken on an explicit command
 * only: one survivor of each stuck group becomes its sole voter, with everything that its log holds; the placement makes new copies. The
 * nodes that were given up must never come back with their old data.
 */
export class Recovery {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly host: GroupHost;
  private readonly reopen: (group: GroupId) => void;

  constructor(ports: StoreNodePorts, self: NodeId, host: GroupHost, reopen: (group: GroupId) => void) {
    this.ports = ports;
    this.self = self;
    this.host = host;
    this.reopen = reopen;
    ports.network.onRequest('operator.survivors', async () => ({
      result: { node: this.self, replicas: this.survivors() },
    }));
    ports.network.onRequest('operator.force', async (_from, params) => {
      await this.force((params as { group: GroupId }).group);
      return { result: null };
    });
  }

  private survivors(): SurvivingReplica[] {
    return [...this.host.replicas.values()].map((replica) => this.describe(replica));
  }

  private describe(replica: GroupReplica): SurvivingReplica {
    const { lastIndex, term, membership } = replica.raft.status();
    const lastTerm = this.ports.log.group(replica.group)?.term(lastIndex) ?? term;
    return {
      node: this.self,
      group: replica.group,
      lastTerm,
      lastIndex,
      epoch: membership.epoch,
      voters: membership.voters,
    };
  }

  private async force(group: GroupId): Promise<void> {
    const replica = this.host.replicas.get(group);
    if (replica === undefined) throw new Error(`group ${group} is not on node ${this.self}`);
    await this.host.idle();
    const { term, lastIndex, membership, commit } = replica.raft.status();
    this.host.close(group);
    const alone = { epoch: membership.epoch + 1, voters: [this.self], learners: [] };
    await this.ports.log.write([
      {
        group,
        hardState: { term: term + 1, vote: this.self, commit },
        entries: [{ type: 'membership', index: lastIndex + 1, term: term + 1, membership: alone }],
      },
    ]);
    this.ports.report({
      level: 'warn',
      event: 'group recovered without a majority',
      detail: { group, lastIndex },
    });
    this.reopen(group);
  }
}

/** Which groups can't go on by themselves, and from which survivor each should. */
export function planRecovery(
  survivors: readonly SurvivingReplica[],
  alive: ReadonlySet<NodeId>,
): RecoveryStep[] {
  const byGroup = Map.groupBy(survivors, ({ group }) => group);
  const steps: RecoveryStep[] = [];
  for (const [group, replicas] of byGroup) {
    const newest = replicas.reduce((a, b) => (b.epoch > a.epoch ? b : a));
    const living = newest.voters.filter((voter) => alive.has(voter));
    if (newest.voters.length === 0 || living.length > newest.voters.length / 2) continue;
    const voters = replicas.filter(({ node }) => newest.voters.includes(node));
    const candidates = voters.length > 0 ? voters : replicas;
    const from = candidates.reduce((a, b) => (isAhead(b, a) ? b : a));
    steps.push({ group, from, missing: newest.voters.filter((voter) => !alive.has(voter)) });
  }
  return steps.sort((a, b) =>
    a.group === 'system' ? -1 : b.group === 'system' ? 1 : Number(a.group) - Number(b.group),
  );
}

function isAhead(a: SurvivingReplica, b: SurvivingReplica): boolean {
  return a.lastTerm > b.lastTerm || (a.lastTerm === b.lastTerm && a.lastIndex > b.lastIndex);
}
