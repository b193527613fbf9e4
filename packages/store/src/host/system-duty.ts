import { SYSTEM_GROUP } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import type { SystemCommand } from '../system/command.ts';
import { isWorthReporting } from '../system/configurations.ts';
import { type PlanOptions, planSystem, type SuspicionReport } from '../system/plan.ts';
import { readSystemState } from '../system/records.ts';
import type { ReportedConfiguration, SystemState } from '../system/state.ts';
import type { GroupDirectory } from './group-directory.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { GroupRouter } from './group-router.ts';
import type { Liveness } from './liveness.ts';
import { Pacer } from './pacer.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * What every node owes the system group, and what its leader does for all: nodes report the configurations of the groups that they
 * lead, their loads, and peers that have fallen silent; the leader asks `planSystem` and proposes what it says. Nothing is decided
 * here.
 */
const REPORT_DEADLINE_MS = 4_000;
const LOAD_REPORT_MS = 5_000;
const REPEAT_REPORT_MS = 15_000;
/** Loads that changed by less than this part of the volume (or of themselves) are not worth an entry. */
const LOAD_STEP = 0.01;
const SUSPECT_TIMEOUT_MS = 1_500;
/** Changes of groups within this time are reported together. */
const REPORT_MS = 50;
/** The leader looks again so soon while a plan is due or somebody leaves. */
const UNDER_WAY_MS = 250;

interface Reported {
  readonly silentMs: number;
  readonly atMs: number;
}

export interface SystemDutyHooks {
  state(): SystemState | undefined;
  /** Bytes of one whole replica of a partition. */
  replicaBytes(replica: GroupReplica): number;
  complete(replica: GroupReplica): readonly NodeId[];
  /** Founds the cluster when that is this node's turn. */
  maybeFound(): Promise<void>;
  /** This node's peers and how long each has been silent. */
  watched(): ReadonlyMap<NodeId, number>;
}

export class SystemDuty {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly host: GroupHost;
  private readonly router: GroupRouter;
  private readonly directory: GroupDirectory;
  private readonly options: PlanOptions;
  private readonly hooks: SystemDutyHooks;
  private readonly suspicions = new Map<string, Reported>();
  private leaderSinceMs: number | undefined;
  private readonly lastReports = new Map<
    number,
    { readonly configuration: ReportedConfiguration; readonly atMs: number }
  >();
  private lastLoad = { usedBytes: -1, capacityBytes: -1, atMs: -Infinity };
  private readonly rounds: Pacer;
  private readonly reporting: Pacer;

  constructor(
    ports: StoreNodePorts,
    self: NodeId,
    parts: { host: GroupHost; router: GroupRouter; directory: GroupDirectory; liveness: Liveness },
    options: PlanOptions,
    hooks: SystemDutyHooks,
  ) {
    this.ports = ports;
    this.self = self;
    this.host = parts.host;
    this.router = parts.router;
    this.directory = parts.directory;
    this.options = options;
    this.hooks = hooks;
    this.rounds = new Pacer(ports, () => this.round());
    this.reporting = new Pacer(ports, () => this.reportConfigurations().catch(() => undefined));
    ports.network.onRequest('system.suspect', async (from, params) => {
      this.noteSuspicions(from, params as { silent: [NodeId, number][] });
      return { result: this.host.leads(SYSTEM_GROUP) };
    });
  }

  start(periodMs: number): void {
    this.rounds.start(periodMs);
  }

  stop(): void {
    this.rounds.stop();
    this.reporting.stop();
  }

  /** A group that is led here has changed: the others hear of it soon. */
  reportSoon(): void {
    this.reporting.nudge(REPORT_MS);
  }

  /** This node has come to lead the system group. */
  leadSoon(): void {
    this.rounds.nudge(0);
  }

  private async round(): Promise<void> {
    try {
      await this.hooks.maybeFound();
      if (this.hooks.state() === undefined) return;
      await this.lead();
      await this.reportConfigurations();
      await this.reportLoad();
      await this.reportSilence();
    } catch {
      // No majority of the system group just now: the next round says it again.
    }
  }

  execute(command: SystemCommand): Promise<unknown> {
    return this.router.executeOn(SYSTEM_GROUP, command, REPORT_DEADLINE_MS);
  }

  private async lead(): Promise<void> {
    const replica = this.host.replicas.get(SYSTEM_GROUP);
    // Not the view, which keeps the loads of the last change: plans need those of now.
    const state = replica?.raft.role === 'leader' ? readSystemState(replica.kv) : undefined;
    const now = this.ports.clock.nowMs();
    if (replica?.raft.role !== 'leader' || state === undefined) {
      this.leaderSinceMs = undefined;
      return;
    }
    this.leaderSinceMs ??= now;
    const observations = {
      self: this.self,
      leaderForMs: now - this.leaderSinceMs,
      silentMs: this.hooks.watched(),
      reports: this.reports(now),
      membership: replica.meta.membership,
    };
    for (const command of planSystem(state, observations, this.ports.clock.wallMs(), this.options)) {
      this.ports.report({ level: 'info', event: `system ${command.type}`, detail: describe(command) });
      await this.execute(command);
    }
    if (isUnderWay(state)) this.rounds.nudge(UNDER_WAY_MS);
  }

  private reports(now: number): SuspicionReport[] {
    return [...this.suspicions].map(([key, { silentMs, atMs }]) => {
      const [member, reporter] = key.split(' ') as [NodeId, NodeId];
      return { member, reporter, silentMs, ageMs: now - atMs };
    });
  }

  private noteSuspicions(
    reporter: NodeId,
    { silent }: { silent: readonly (readonly [NodeId, number])[] },
  ): void {
    const atMs = this.ports.clock.nowMs();
    for (const key of this.suspicions.keys()) if (key.endsWith(` ${reporter}`)) this.suspicions.delete(key);
    for (const [member, silentMs] of silent) this.suspicions.set(`${member} ${reporter}`, { silentMs, atMs });
  }

  private async reportSilence(): Promise<void> {
    const silent = [...this.hooks.watched()].filter(
      ([, silentMs]) => silentMs >= this.options.suspicionMs / 2,
    );
    if (silent.length === 0) return;
    const leader = await this.findLeader();
    if (leader === undefined || leader === this.self) return;
    const heard = await this.ports.network
      .request(leader, 'system.suspect', { silent }, { timeoutMs: SUSPECT_TIMEOUT_MS })
      .catch(() => undefined);
    // The one who should listen may be the one who died: the next round looks for another.
    if (heard?.result !== true) this.directory.notLeading(SYSTEM_GROUP, leader);
  }

  /** A node with nothing to write hears of no new leader by itself: it asks. */
  private async findLeader(): Promise<NodeId | undefined> {
    if (this.host.leads(SYSTEM_GROUP)) return this.self;
    const known = this.directory.get(SYSTEM_GROUP)?.leader;
    if (known !== undefined && known !== this.self) return known;
    await this.router.queryOn(SYSTEM_GROUP, { type: 'state' }, REPORT_DEADLINE_MS);
    return this.directory.get(SYSTEM_GROUP)?.leader;
  }

  private async reportConfigurations(): Promise<void> {
    const state = this.hooks.state();
    if (state === undefined) return;
    const reports: { partition: number; configuration: ReportedConfiguration }[] = [];
    for (const replica of this.host.replicas.values()) {
      if (replica.raft.role !== 'leader' || replica.group === SYSTEM_GROUP) continue;
      const partition = Number(replica.group);
      const configuration = this.configuration(replica);
      if (this.isNews(partition, state, configuration)) reports.push({ partition, configuration });
    }
    if (reports.length === 0) return;
    await this.execute({ type: 'reportConfigurations', reports });
    const atMs = this.ports.clock.nowMs();
    for (const { partition, configuration } of reports)
      this.lastReports.set(partition, { configuration, atMs });
  }

  /**
   * News against what was said lately, and when that was long ago also against the view. The view alone does not do: it does not follow mere
   * loads, so a partition that was emptied again would look as it did at first.
   */
  private isNews(partition: number, state: SystemState, configuration: ReportedConfiguration): boolean {
    const last = this.lastReports.get(partition);
    if (last !== undefined && isWorthReporting(last.configuration, configuration)) return true;
    if (last !== undefined && this.ports.clock.nowMs() - last.atMs <= REPEAT_REPORT_MS) return false;
    return isWorthReporting(state.partitions[partition]?.reported, configuration);
  }

  private configuration(replica: GroupReplica): ReportedConfiguration {
    // Members and target number are of one applied state: every later step is taken under that target, or a newer one.
    const { membership, generation = 0 } = replica.meta;
    const { epoch, voters, learners } = membership;
    return {
      epoch,
      term: replica.raft.term,
      voters,
      learners,
      leader: this.self,
      bytes: this.hooks.replicaBytes(replica),
      complete: this.hooks.complete(replica),
      generation,
    };
  }

  private async reportLoad(): Promise<void> {
    const now = this.ports.clock.nowMs();
    if (now - this.lastLoad.atMs < LOAD_REPORT_MS) return;
    const { usedBytes, capacityBytes } = this.ports.chunks.usage();
    const step = Math.max(1, capacityBytes * LOAD_STEP);
    if (Math.abs(usedBytes - this.lastLoad.usedBytes) < step && capacityBytes === this.lastLoad.capacityBytes)
      return;
    await this.execute({ type: 'reportLoads', loads: [{ id: this.self, usedBytes, capacityBytes }] });
    this.lastLoad = { usedBytes, capacityBytes, atMs: now };
  }
}

function isUnderWay({ members, placementVersion, target }: SystemState): boolean {
  return placementVersion > target.basedOnVersion || members.some(({ draining }) => draining);
}

function describe(command: SystemCommand): Record<string, unknown> {
  if (command.type === 'setTarget')
    return { generation: command.generation, moved: command.partitions.length };
  return 'member' in command ? { member: command.member } : {};
}
