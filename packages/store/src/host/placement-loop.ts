import { sleep } from '@crescendo/base';
import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import { hasRoom } from '../system/move-room.ts';
import { type IdleReason, type MoveStep, planMove } from '../system/moves.ts';
import type { SystemState } from '../system/state.ts';
import type { ChunkRepair } from './chunk-repair.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { CompletenessReports } from './completeness-reports.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import { MoveAdmission, movesLed } from './move-admission.ts';
import { Pacer } from './pacer.ts';
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
const GATE_TIMEOUT_MS = 4_000;
const GATE_POLL_MS = 20;
const SETTLED_POLL_MS = 5_000;
/** A round follows so soon on what may have made a step possible, */
const NUDGE_MS = 20;
/** and on a round in which some group waited for something that nobody tells of. */
const WAIT_MS = 100;
const WAITING = new Set<IdleReason>(['copying', 'busy', 'changePending']);

export interface PlacementHooks {
  systemState(): SystemState | undefined;
  isLive(node: NodeId): boolean;
  /** Bytes of one whole replica. */
  replicaBytes(replica: GroupReplica): number;
}

export class PlacementLoop {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly host: GroupHost;
  private readonly writer: ChunkWriter;
  private readonly hooks: PlacementHooks;
  private readonly reports: CompletenessReports;
  private readonly admission: MoveAdmission;
  private readonly acting = new Set<GroupId>();
  private readonly pacer: Pacer;

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
    this.writer = writer;
    this.hooks = hooks;
    this.reports = new CompletenessReports(ports, self, repair, (node) => hooks.isLive(node));
    this.admission = new MoveAdmission(ports, self, host);
    this.pacer = new Pacer(ports, () => this.round());
  }

  start(periodMs: number): void {
    this.pacer.start(periodMs);
  }

  stop(): void {
    this.pacer.stop();
  }

  /** Something has changed: a round soon, not only at its time. */
  nudge(): void {
    this.pacer.nudge(NUDGE_MS);
  }

  /** One round over all led groups. */
  private async round(): Promise<void> {
    const state = this.hooks.systemState();
    if (state === undefined) return;
    const led = [...this.host.replicas.values()].filter((replica) => replica.raft.role === 'leader');
    await this.reports.poll(led.filter((replica) => this.wantsReports(replica, state)));
    const reasons = led.map((replica) => this.consider(replica, state));
    if (reasons.some((reason) => reason !== undefined && WAITING.has(reason))) this.pacer.nudge(WAIT_MS);
  }

  /** The members that were last seen to hold everything. */
  complete(replica: GroupReplica): NodeId[] {
    const { voters, learners } = replica.raft.membership;
    return [...voters, ...learners].filter((member) => this.reports.isComplete(replica, member, 0));
  }

  /** Why the group stays as it is for now; undefined when a step is under way. */
  private consider(replica: GroupReplica, state: SystemState): IdleReason | undefined {
    const { group } = replica;
    if (this.acting.has(group)) return undefined;
    if (!replica.knowsThePast) return replica.raft.role === 'leader' ? 'changePending' : undefined; // (P2)
    const step = this.isNoted(replica, state) ? this.plan(replica, state, 0) : 'note';
    if (step !== 'note' && step.step === 'none') return step.reason;
    this.acting.add(group);
    const done = step === 'note' ? this.note(replica, state) : this.act(replica, state, step);
    void done.finally(() => {
      this.acting.delete(group);
      this.nudge();
    });
    return undefined;
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
    const status = replica.raft.status();
    return planMove({
      self: this.self,
      target: targetOf(state, replica.group),
      seenGeneration: replica.meta.generation ?? 0,
      membership: status.membership,
      changePending: status.membershipIndex > status.commit || status.transferTarget !== null,
      isLive: (member) => this.hooks.isLive(member),
      isComplete: (member) => this.reports.isComplete(replica, member, sinceIndex),
      hasRoom: (member) => this.hasRoom(replica, member),
    });
  }

  /** The system group is small and everything waits for it: it always has room. */
  private hasRoom(replica: GroupReplica, member: NodeId): boolean {
    const { group } = replica;
    if (group === SYSTEM_GROUP) return true;
    if (member !== this.self) return this.admission.mayAsk(member);
    const led = movesLed(this.host, group, (other) =>
      this.hooks.replicaBytes(this.host.replicas.get(other)!),
    );
    return hasRoom(led, this.hooks.replicaBytes(replica));
  }

  private async act(replica: GroupReplica, state: SystemState, step: MoveStep): Promise<void> {
    if (step.step === 'transfer') {
      replica.raft.transferLeadership(step.to);
      this.host.touch(replica);
      return;
    }
    if (step.step !== 'change') return;
    if (replica.group === SYSTEM_GROUP) this.change(replica, step);
    else if (step.change.kind === 'addLearner') await this.addLearner(replica, step);
    else await this.changeBehindGate(replica, state, step);
  }

  private async addLearner(replica: GroupReplica, step: MoveStep & { step: 'change' }): Promise<void> {
    const bytes = this.hooks.replicaBytes(replica);
    if (await this.admission.ask(step.change.peer, replica.group, bytes)) this.change(replica, step);
  }

  /** (P1) */
  private async changeBehindGate(replica: GroupReplica, state: SystemState, step: MoveStep): Promise<void> {
    const open = this.writer.closeGate(replica.group);
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
        await this.reports.poll([replica]);
        const step = this.plan(replica, state, barrier);
        if (step.step === 'change') return step;
      }
      await sleep(this.ports.clock, GATE_POLL_MS);
    }
    return undefined;
  }

  private async changeSettled(replica: GroupReplica): Promise<void> {
    const deadline = this.ports.clock.nowMs() + GATE_TIMEOUT_MS;
    while (this.ports.clock.nowMs() < deadline) {
      const { role, membershipIndex } = replica.raft.status();
      if (role !== 'leader' || membershipIndex <= replica.meta.index) return;
      await sleep(this.ports.clock, GATE_POLL_MS);
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

  private wantsReports(replica: GroupReplica, state: SystemState): boolean {
    const { membership } = replica.raft;
    const { members } = targetOf(state, replica.group);
    const moving =
      membership.learners.length > 0 ||
      membership.voters.length !== members.length ||
      membership.voters.some((voter) => !members.includes(voter));
    return this.reports.areOlderThan(replica, moving ? 0 : SETTLED_POLL_MS);
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

function sameStep(a: MoveStep, b: MoveStep): boolean {
  return (
    a.step === 'change' &&
    b.step === 'change' &&
    a.change.kind === b.change.kind &&
    a.change.peer === b.change.peer
  );
}
