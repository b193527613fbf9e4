import { Failure } from '@crescendo/base';
import { partitionGroup, SYSTEM_GROUP } from '../group.ts';
import type { Identity } from '../ports/identity-store.ts';
import type { NodeId, PeerAddress } from '../ports/network.ts';
import type { MemberDetails, SystemResult } from '../system/command.ts';
import { foundCommand } from '../system/founding.ts';
import type { Member, SystemState } from '../system/state.ts';
import { Founding } from './founding.ts';
import type { GroupDirectory } from './group-directory.ts';
import type { GroupLifecycle } from './group-lifecycle.ts';
import type { GroupRouter } from './group-router.ts';
import type { MembershipClient } from './membership-client.ts';
import type { StoreNodePorts } from './ports.ts';
import type { StoreNodeOptions } from './store-node-options.ts';
import type { SystemView } from './system-view.ts';

/**
 * How a node comes into its cluster and goes out of it: founding, joining, coming back, having left. It owns the node's identity.
 *
 * (N1) The founders' groups are created once in the life of a disk: the identity says so before anything else happens to them.
 * (N2) A node that has left does not start again under the same identity.
 */
export interface ClusterEntryParts {
  readonly view: SystemView;
  readonly directory: GroupDirectory;
  readonly router: GroupRouter;
  readonly lifecycle: GroupLifecycle;
  readonly membership: MembershipClient;
  leadsSystem(): boolean;
  left(): void;
  failed(cause: unknown): void;
}

const DESCRIBE_TIMEOUT_MS = 2_000;

export class ClusterEntry {
  /** True when this process has joined, not come back: it is new on the ring. */
  isNewcomer = false;
  private readonly ports: StoreNodePorts;
  private readonly options: StoreNodeOptions;
  private readonly parts: ClusterEntryParts;
  private readonly founding: Founding;
  private identity: Identity;
  private creatingGroups = false;
  private stopped = false;

  constructor(
    ports: StoreNodePorts,
    options: StoreNodeOptions,
    identity: Identity,
    parts: ClusterEntryParts,
  ) {
    this.ports = ports;
    this.options = options;
    this.identity = identity;
    this.parts = parts;
    this.founding = new Founding(ports, { nodeId: identity.nodeId, address: options.address }, identity);
  }

  get current(): Identity {
    return this.identity;
  }

  stop(): void {
    this.stopped = true;
  }

  /** Founds, joins or comes back, as the folder and the options say. A node told neither waits for `createAlone` or `join`. */
  async enter(): Promise<void> {
    const { founders, join } = this.options;
    if (this.identity.clusterId !== undefined) return this.parts.membership.register();
    if (founders.length > 0 || this.identity.foundingVote !== undefined) return this.found(founders);
    if (join.length > 0) return this.join(join);
  }

  /** Creates a cluster of this node alone. */
  async createAlone(): Promise<void> {
    if (this.identity.clusterId === undefined) await this.found([this.options.address]);
  }

  async join(contacts: readonly PeerAddress[]): Promise<void> {
    const joined = await this.parts.membership.join(contacts);
    if (joined === undefined) return;
    this.isNewcomer = true;
    await this.save({ clusterId: joined.clusterId, foundingGroupsCreated: true, contacts });
    this.parts.view.learn(joined.state);
  }

  private async found(founders: readonly PeerAddress[]): Promise<void> {
    const outcome = await this.founding.run({ founders, stopped: () => this.stopped });
    if (outcome === undefined || this.stopped) return;
    this.identity = { ...this.identity, ...this.founding.current() };
    if ('existing' in outcome) return this.join(founders);
    const voters = outcome.founders.map(({ nodeId }) => nodeId);
    for (const { nodeId, address } of outcome.founders) this.ports.network.setAddress(nodeId, address);
    this.parts.directory.learn(SYSTEM_GROUP, { epoch: 0, members: voters, leader: undefined });
    this.identity = { ...this.identity, clusterId: outcome.clusterId };
    await this.parts.lifecycle.found([{ group: SYSTEM_GROUP, voters }]);
    await this.save({ clusterId: outcome.clusterId });
  }

  /** What a new system state means for this node's own membership. */
  async follow(state: SystemState): Promise<void> {
    if (this.identity.foundingGroupsCreated !== true) await this.createFoundingGroups(state);
    const self = state.members.find(({ id }) => id === this.identity.nodeId);
    if (self?.state === 'out') await this.noticeOut(self);
  }

  /** (N1) */
  private async createFoundingGroups(state: SystemState): Promise<void> {
    if (this.creatingGroups) return;
    this.creatingGroups = true;
    const groups = state.partitions
      .map(({ founders }, partition) => ({ group: partitionGroup(partition), voters: founders }))
      .filter(({ voters }) => voters.includes(this.identity.nodeId));
    await this.parts.lifecycle.found(groups);
    await this.save({ foundingGroupsCreated: true });
  }

  private async noticeOut(self: Member): Promise<void> {
    if (self.incarnation !== this.identity.boots || this.identity.left === true) return;
    if (self.outReason === 'silent') return this.parts.membership.register();
    if (self.outReason !== 'left') {
      throw new Failure('Replaced', 'Another identity has taken the place of this node.');
    }
    this.ports.report({ level: 'info', event: 'left the cluster' });
    await this.save({ left: true }); // (N2)
    this.parts.left();
  }

  /** The leader of the founders' system group writes the founding entry, once all of them have said who they are. */
  async maybeFound(): Promise<void> {
    const vote = this.identity.foundingVote;
    if (vote === undefined || this.parts.view.state !== undefined || !this.parts.leadsSystem()) return;
    const founders = await Promise.all(vote.founders.map((founder) => this.describe(founder))).catch(
      () => undefined,
    );
    if (founders === undefined) return;
    const { partitionCount, replicationFactor } = this.options;
    const command = foundCommand({ clusterId: vote.clusterId, partitionCount, replicationFactor, founders });
    const placed = { ...command, founders: command.founders.map((founder) => this.atFixedPosition(founder)) };
    const result = await this.parts.router.executeOn(SYSTEM_GROUP, placed).catch(() => undefined);
    const refusal = result as SystemResult | undefined;
    if (refusal?.ok === false && refusal.code !== 'AlreadyFounded') {
      this.parts.failed(new Failure(refusal.code, refusal.message));
    }
  }

  private atFixedPosition<F extends { readonly id: NodeId }>(founder: F): F {
    const { position } = this.options;
    return position !== undefined && founder.id === this.identity.nodeId ? { ...founder, position } : founder;
  }

  private async describe(founder: {
    readonly nodeId: NodeId;
    readonly address: PeerAddress;
  }): Promise<MemberDetails> {
    if (founder.nodeId === this.identity.nodeId) return this.parts.membership.details();
    const options = { timeoutMs: DESCRIBE_TIMEOUT_MS };
    const { result } = await this.ports.network.requestAt(founder.address, 'system.describe', null, options);
    return result as MemberDetails;
  }

  private async save(change: Partial<Identity>): Promise<void> {
    this.identity = { ...this.identity, ...change };
    this.founding.adopt(this.identity);
    await this.ports.identity.save(this.identity);
  }
}
