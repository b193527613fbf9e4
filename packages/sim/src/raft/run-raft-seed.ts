import { seededRandom } from '@crescendo/base';
import { type Membership, majority, type PeerId } from '@crescendo/raft';
import { RaftCluster, type RaftStats } from './raft-cluster.ts';
import type { RaftHost } from './raft-host.ts';
import { drawScenario, type RaftScenario, type SimMutant } from './raft-scenario.ts';
import { describeHost } from './trace-lines.ts';

export interface RaftSeedOptions {
  readonly mutant?: SimMutant;
  /** Overrides what the seed draws. */
  readonly scenario?: Partial<RaftScenario>;
  /** Hears of every message, write, crash and change of role, one line each. */
  readonly trace?: (line: string) => void;
}

export interface RaftSeedResult {
  readonly ok: boolean;
  /** `rule: what happened`; empty when ok. */
  readonly violations: readonly string[];
  readonly stats: RaftStats & {
    readonly elections: number;
    readonly committed: number;
    readonly acknowledged: number;
    readonly readsServed: number;
    readonly readsLost: number;
    readonly changes: number;
    readonly transfers: number;
    readonly virtualMs: number;
  };
}

/** Time for each step of recovery: some hundred election time-outs of a sound group. */
const RECOVERY_MS = 12_000;

/**
 * One seed, one history: faults and clients for a while, under the eyes of the safety checker; then the network heals, all
 * but a minority come back, and the group must make progress, fall asleep, and wake again.
 */
export function runRaftSeed(seed: number, options: RaftSeedOptions = {}): RaftSeedResult {
  const random = seededRandom(seed);
  const scenario = { ...drawScenario(random.fork('scenario')), ...options.scenario };
  const cluster = new RaftCluster(scenario, random, options);
  playFaults(cluster);
  cluster.runUntil(scenario.chaosMs);
  if (cluster.checker.violations.length === 0) checkRecovery(cluster);
  return summarize(cluster);
}

function playFaults(cluster: RaftCluster): void {
  const { scenario, random, clients } = cluster;
  const { chaosMs, peers } = scenario;
  const anyHost = () => cluster.hosts.get(random.pick(peers))!;
  let quietUntilMs = 0;
  cluster.every(scenario.quiet > 0 ? 400 : 0, chaosMs, () => {
    quietUntilMs = cluster.nowMs() + random.int(800 * scenario.quiet);
  });
  const busy = (action: () => void) => () => {
    if (cluster.nowMs() >= quietUntilMs) action();
  };
  cluster.every(
    scenario.proposeEveryMs,
    chaosMs,
    busy(() => clients.propose()),
  );
  cluster.every(
    scenario.readEveryMs,
    chaosMs,
    busy(() => clients.read()),
  );
  cluster.every(
    scenario.changeEveryMs,
    chaosMs,
    busy(() => clients.change(peers)),
  );
  cluster.every(
    scenario.transferEveryMs,
    chaosMs,
    busy(() => clients.transfer(peers)),
  );
  cluster.every(scenario.nudgeEveryMs, chaosMs, () => clients.nudge());
  cluster.every(scenario.crashEveryMs, chaosMs, () => crashForAWhile(cluster, anyHost()));
  cluster.every(scenario.partitionEveryMs, chaosMs, () => {
    if (random.chance(0.5)) cluster.network.cut(peers);
    else cluster.network.heal();
  });
  cluster.every(scenario.pauseEveryMs, chaosMs, () => {
    anyHost().pausedUntilMs = cluster.nowMs() + random.int(400);
  });
  cluster.every(scenario.stallEveryMs, chaosMs, () => {
    cluster.maxWriteMs = random.chance(0.5) ? 200 : scenario.maxWriteMs;
  });
  cluster.every(100, Number.POSITIVE_INFINITY, () => {
    for (const host of cluster.hosts.values()) cluster.refill(host);
  });
}

function crashForAWhile(cluster: RaftCluster, host: RaftHost): void {
  cluster.crash(host);
  cluster.after(cluster.random.int(400), () => {
    if (cluster.nowMs() < cluster.scenario.chaosMs) host.start();
  });
}

function checkRecovery(cluster: RaftCluster): void {
  const alive = heal(cluster);
  const firstMs = reach(cluster, 'progress', () => makesProgress(cluster, alive));
  if (firstMs && reach(cluster, 'sleep', () => isAsleep(cluster, alive))) {
    if (reach(cluster, 'progress after sleep', () => makesProgress(cluster, alive))) {
      if (reach(cluster, 'read', () => servesRead(cluster)))
        reach(cluster, 'sleep again', () => isAsleep(cluster, alive));
    }
  }
  checkKept(cluster, alive);
}

/** Polls the goal every few ticks until it is met. */
function reach(cluster: RaftCluster, goal: string, poll: () => boolean): boolean {
  const deadlineMs = cluster.nowMs() + RECOVERY_MS;
  while (cluster.checker.violations.length === 0) {
    if (poll()) return true;
    if (cluster.nowMs() >= deadlineMs) {
      cluster.checker.fail('liveness', `no ${goal} within ${RECOVERY_MS} ms; ${describe(cluster)}`);
      return false;
    }
    cluster.runUntil(cluster.nowMs() + 30);
  }
  return false;
}

/** Ends the faults. Some peers never come back, as far as every membership that may be in force keeps a majority. */
function heal(cluster: RaftCluster): readonly RaftHost[] {
  const { network, random, scenario } = cluster;
  network.heal();
  Object.assign(network.links, { loss: 0, duplication: 0, maxDelayMs: 3, straggling: 0 });
  cluster.maxWriteMs = 3;
  cluster.snapshotFailure = 0;
  const whole = [...cluster.hosts.values()].every((host) => host.missingState === 0);
  const broken = whole ? chooseBroken(cluster, random.shuffle(scenario.peers), scenario.broken) : [];
  for (const host of cluster.hosts.values()) {
    host.pausedUntilMs = 0;
    if (broken.includes(host.id)) cluster.crash(host);
    else host.start();
  }
  return [...cluster.hosts.values()].filter(({ id }) => !broken.includes(id));
}

function chooseBroken(cluster: RaftCluster, candidates: readonly PeerId[], limit: number): readonly PeerId[] {
  const memberships = [...cluster.hosts.values()].flatMap(membershipsOn);
  let broken: PeerId[] = [];
  for (const peer of candidates) {
    const more = [...broken, peer];
    const survives = memberships.every(({ voters }) => {
      const left = voters.filter((voter) => !more.includes(voter)).length;
      return voters.length === 0 || left >= majority(voters.length);
    });
    if (more.length <= limit && survives) broken = more;
  }
  return broken;
}

function membershipsOn({ disk, state, memory }: RaftHost): readonly Membership[] {
  const found = [disk.image.mark.membership, state.mark.membership];
  for (const log of [disk.image, memory]) {
    for (let index = log.firstIndex(); index <= log.lastIndex(); index++) {
      const entry = log.entry(index);
      if (entry?.type === 'membership') found.push(entry.membership);
    }
  }
  return found;
}

/** A command proposed now is acknowledged, and comes into the state of every member that lives. */
function makesProgress(cluster: RaftCluster, alive: readonly RaftHost[]): boolean {
  const { clients } = cluster;
  const id = clients.propose();
  if (id === undefined) return false;
  if (!cluster.runUntil(cluster.nowMs() + 300, () => clients.acknowledged.has(id))) return false;
  const index = clients.acknowledged.get(id)!;
  return cluster.runUntil(cluster.nowMs() + 2_000, () =>
    members(cluster, alive).every((host) => host.state.mark.index >= index),
  );
}

function servesRead(cluster: RaftCluster): boolean {
  const { readsServed } = cluster.clients;
  cluster.clients.read();
  return cluster.runUntil(cluster.nowMs() + 300, () => cluster.clients.readsServed > readsServed);
}

/** The living members of the newest membership that anybody has committed. */
function members(cluster: RaftCluster, alive: readonly RaftHost[]): readonly RaftHost[] {
  const leader = cluster.clients.anyLeader();
  if (leader?.raft == null) return [...alive];
  const { voters, learners } = leader.raft.status().membership;
  return alive.filter(({ id }) => voters.includes(id) || learners.includes(id));
}

/** Every living member sleeps. */
function isAsleep(cluster: RaftCluster, alive: readonly RaftHost[]): boolean {
  if (cluster.clients.anyLeader() === undefined) return false;
  return members(cluster, alive).every((host) => host.raft?.asleep === true);
}

/** Everything acknowledged is in the state of every living member. */
function checkKept(cluster: RaftCluster, alive: readonly RaftHost[]): void {
  const { checker, clients } = cluster;
  if (checker.violations.length > 0) return;
  for (const host of members(cluster, alive)) {
    if (host.state.mark.index < clients.floor) {
      checker.fail(
        'acknowledged kept',
        `${host.id} ends at ${host.state.mark.index}, before ${clients.floor}`,
      );
    }
  }
}

function describe(cluster: RaftCluster): string {
  return [...cluster.hosts.values()].map((host) => `${host.id} ${describeHost(host)}`).join('; ');
}

function summarize(cluster: RaftCluster): RaftSeedResult {
  const { checker, clients, stats } = cluster;
  return {
    ok: checker.violations.length === 0,
    violations: checker.violations,
    stats: {
      ...stats,
      elections: checker.elections,
      committed: checker.maxCommitted,
      acknowledged: clients.acknowledged.size,
      readsServed: clients.readsServed,
      readsLost: clients.readsLost,
      changes: clients.changes,
      transfers: clients.transfers,
      virtualMs: cluster.nowMs(),
    },
  };
}
