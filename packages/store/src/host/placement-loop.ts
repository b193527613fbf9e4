import { sleep } from '@crescendo/base';
import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import { type MoveStep, ongoingMoves, planMove } from '../system/moves.ts';
import type { SystemState } from '../system/state.ts';
import type { ChunkRepair, Completeness } from './chunk-repair.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * Moves the groups that this node leads towards the newest target, one safe step at a time. It plans nothing: the target is the
 * system group's, the steps are `planMove`'s.
 *
 * (P1) A step that changes who must hold the bytes is taken behind the closed gate: no registration is under way, and the
 *      completeness it rests on was asked for after the gate closed and reaches every entry of that moment.
 * (P2) No step is taken before the target's number is in the group's log, nor before this leader has applied what was committed before
 *      its term: a leader whose view of the system is old must not undo what an earlier one has done, and reported.
 */
const ASK_TIMEOUT_MS = 2_000;
const GATE_TIMEOUT_MS = 4_000;
const SETTLED_POLL_MS = 5_000;

export interface PlacementHooks {
  systemState(): SystemState | undefined;
  isLive(node: NodeId): boolean;
}

interface MemberReport extends Completeness {
  readonly askedMs: number;
}

export class PlacementLoop {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly host: GroupHost;
  private readonly repair: ChunkRepair;
  private readonly writer: ChunkWriter;
  private readonly hooks: PlacementHooks;
  private readonly acting = new Set<GroupId>();
  private readonly reports = new Map<string, MemberReport>();
  private polling = false;

  constructor(
    ports: StoreNodePorts,
    self: NodeId,
    host: GroupHost,
    repair: ChunkRepair,
    writer: ChunkWriter,
    hooks: PlacementHooks,
  ) {
    this.ports = ports;
    this.self = self;
    this.host = host;
    this.repair = repair;
    this.writer = writer;
    this.hooks = hooks;
  }

  /** One round over all led groups; call it every few hundred milliseconds. */
  async round(): Promise<void> {
    const state = this.hooks.systemState();
    if (state === undefined || this.polling) return;
    this.polling = true;
    try {
      const led = [...this.host.replicas.values()].filter((replica) => replica.raft.role === 'leader');
      await this.poll(led.filter((replica) => this.wantsReports(replica, state)));
      for (const replica of led) this.consider(replica, state);
    } finally {
      this.polling = false;
    }
  }

  /** The members that were last seen to hold everything. */
  complete(replica: GroupReplica): NodeId[] {
    const { voters, learners } = replica.raft.membership;
    return [...voters, ...learners].filter((member) => this.isComplete(replica, member, 0));
  }

  private consider(replica: GroupReplica, state: SystemState): void {
    const { group } = replica;
    if (this.acting.has(group) || !replica.knowsThePast) return; // (P2)
    const step = this.isNoted(replica, state) ? this.plan(replica, state, 0) : 'note';
    if (step !== 'note' && step.step === 'none') return;
    this.acting.add(group);
    const done = step === 'note' ? this.note(replica, state) : this.act(replica, state, step);
    void done.finally(() => this.acting.delete(group));
  }

  /** The system group has the targets in its own log. */
  private isNoted({ group, meta }: GroupReplica, state: SystemState): boolean {
    return group === SYSTEM_GROUP || (meta.generation ?? 0) >= state.target.generation;
  }

  /** (P2) */
  private async note(replica: GroupReplica, { target }: SystemState): Promise<void> {
    await replica.noteTarget(target.generation, this.ports.clock.wallMs());
  }

  private plan(replica: GroupReplica, state: SystemState, sinceIndex: number): MoveStep {
    const { group } = replica;
    const target = targetOf(state, group);
    const status = replica.raft.status();
    // Most plans never ask.
    let busy: Map<NodeId, number> | undefined;
    return planMove({
      self: this.self,
      target,
      seenGeneration: replica.meta.generation ?? 0,
      membership: status.membership,
      changePending: status.membershipIndex > status.commit || status.transferTarget !== null,
      isLive: (member) => this.hooks.isLive(member),
      isComplete: (member) => this.isComplete(replica, member, sinceIndex),
      movesAt: (member) => {
        busy ??= this.busyNodes(state, group);
        return busy.get(member) ?? 0;
      },
    });
  }

  /** What others report, and what this node has begun itself and nobody has reported yet. */
  private busyNodes(state: SystemState, group: GroupId): Map<NodeId, number> {
    const moves = new Map(ongoingMoves(state, group === SYSTEM_GROUP ? undefined : Number(group)));
    for (const replica of this.host.replicas.values()) {
      if (replica.group === group || replica.group === SYSTEM_GROUP || replica.raft.role !== 'leader')
        continue;
      const reported = state.partitions[Number(replica.group)]?.reported;
      for (const learner of replica.raft.membership.learners) {
        if (reported?.learners.includes(learner) === true) continue;
        for (const node of [learner, this.self]) moves.set(node, (moves.get(node) ?? 0) + 1);
      }
    }
    return moves;
  }

  private async act(replica: GroupReplica, state: SystemState, step: MoveStep): Promise<void> {
    if (step.step === 'transfer') {
      replica.raft.transferLeadership(step.to);
      this.host.touch(replica);
      return;
    }
    if (step.step !== 'change') return;
    if (step.change.kind === 'addLearner' || replica.group === SYSTEM_GROUP) {
      this.change(replica, step);
      return;
    }
    const open = this.writer.closeGate(replica.group); // (P1)
    try {
      const barrier = replica.raft.status().lastIndex;
      const again = await this.planBehindGate(replica, state, barrier);
      if (again !== undefined && sameStep(again, step)) this.change(replica, again);
      await this.changeSettled(replica);
    } finally {
      open();
    }
  }

  private async planBehindGate(
    replica: GroupReplica,
    state: SystemState,
    barrier: number,
  ): Promise<MoveStep | undefined> {
    const deadline = this.ports.clock.nowMs() + GATE_TIMEOUT_MS;
    while (replica.raft.role === 'leader' && this.ports.clock.nowMs() < deadline) {
      if (replica.meta.index >= barrier) {
        await this.poll([replica]);
        const step = this.plan(replica, state, barrier);
        if (step.step === 'change') return step;
      }
      await sleep(this.ports.clock, 50);
    }
    return undefined;
  }

  private async changeSettled(replica: GroupReplica): Promise<void> {
    const deadline = this.ports.clock.nowMs() + GATE_TIMEOUT_MS;
    while (this.ports.clock.nowMs() < deadline) {
      const { role, membershipIndex } = replica.raft.status();
      if (role !== 'leader' || membershipIndex <= replica.meta.index) return;
      await sleep(this.ports.clock, 20);
    }
  }

  private change(replica: GroupReplica, step: MoveStep): void {
    if (step.step !== 'change') return;
    const result = replica.changeMembership(step.change);
    const { kind, peer } = step.change;
    this.ports.report({
      level: 'info',
      event: 'membership change',
      detail: { group: replica.group, kind, peer, accepted: result.ok },
    });
  }

  private isComplete(replica: GroupReplica, member: NodeId, sinceIndex: number): boolean {
    if (member === this.self) return isWhole(this.repair.completeness(replica.group), sinceIndex);
    const progress = replica.raft.status().progress.get(member);
    const report = this.reports.get(`${replica.group} ${member}`);
    if (progress?.state !== 'replicate' || report === undefined) return false;
    return isWhole(report, sinceIndex);
  }

  private wantsReports(replica: GroupReplica, state: SystemState): boolean {
    const { membership } = replica.raft;
    const { members } = targetOf(state, replica.group);
    const moving =
      membership.learners.length > 0 ||
      membership.voters.length !== members.length ||
      membership.voters.some((voter) => !members.includes(voter));
    const oldest = this.ports.clock.nowMs() - (moving ? 0 : SETTLED_POLL_MS);
    return [...membership.voters, ...membership.learners].some(
      (member) =>
        member !== this.self &&
        (this.reports.get(`${replica.group} ${member}`)?.askedMs ?? -Infinity) <= oldest,
    );
  }

  /** Asks every member of these groups how complete it is, one request a node. */
  private async poll(replicas: readonly GroupReplica[]): Promise<void> {
    const byNode = new Map<NodeId, GroupId[]>();
    for (const replica of replicas) {
      const { voters, learners } = replica.raft.membership;
      for (const member of [...voters, ...learners]) {
        if (member === this.self || !this.hooks.isLive(member)) continue;
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

export function targetOf(
  state: SystemState,
  group: GroupId,
): { generation: number; members: readonly NodeId[] } {
  const { generation, system } = state.target;
  if (group === SYSTEM_GROUP) return { generation, members: system };
  return { generation, members: state.partitions[Number(group)]?.target ?? [] };
}

function isWhole({ scanned, missing, applied }: Completeness, sinceIndex: number): boolean {
  return scanned && missing === 0 && applied >= sinceIndex;
}

function sameStep(a: MoveStep, b: MoveStep): boolean {
  return (
    a.step === 'change' &&
    b.step === 'change' &&
    a.change.kind === b.change.kind &&
    a.change.peer === b.change.peer
  );
}
