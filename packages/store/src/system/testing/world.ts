/**
 * A small world around the machine and the planners: nodes that die and come back, groups whose leaders ask `planMove` with a state that
 * may be old, chunks that lie on single nodes. It knows nothing of logs: an agreement of a live majority is taken as given.
 *
 * (W1) At every change of membership each chunk of the group lies on a majority of the new voters.
 * (W2) At every change a majority of the new voters lives.
 * (W3) No group shrinks below its target's size, and none grows beyond it by more than one.
 * (W4) Who has left is given nothing again, however old the view of the leader.
 */
import { invariant, type Random } from '@crescendo/base';
import { underReplicated } from '../capacity.ts';
import { type MoveStep, majority, planMove } from '../moves.ts';
import { DEFAULT_PLAN_OPTIONS, type PlanOptions, planSystem, type SuspicionReport } from '../plan.ts';
import { mergeSystemChanges, readSystemChanges } from '../records.ts';
import type { SystemState } from '../state.ts';
import { details, foundedSystem, type TestSystem } from './cluster.ts';

interface Group {
  epoch: number;
  term: number;
  voters: string[];
  learners: string[];
  leader: string;
  /** In the group's log: it outlives its leaders. */
  seenGeneration: number;
  /** Which nodes hold each chunk. */
  readonly chunks: Set<string>[];
}

export interface WorldNode {
  readonly id: string;
  alive: boolean;
  incarnation: number;
  silentSinceMs: number;
  /** What it last fetched of the system group's state. */
  known: SystemState;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
const OPTIONS: PlanOptions = { ...DEFAULT_PLAN_OPTIONS, graceMs: 60_000, forgetMs: 600_000 };

export class World {
  readonly system: TestSystem;
  readonly nodes = new Map<string, WorldNode>();
  readonly groups: Group[];
  readonly random: Random;
  #next = 0;
  changes = 0;
  outs = 0;

  constructor(random: Random, founders: number, zones: number) {
    this.random = random;
    const ids = Array.from({ length: founders }, () => this.#name());
    const zoneOf = (i: number) => (zones === 0 ? '' : `z${i % zones}`);
    this.system = foundedSystem(ids.map((id, i) => details(id, { zone: zoneOf(i) })));
    for (const id of ids) this.#admit(id);
    this.groups = this.system.state().partitions.map(({ founders: voters }) => ({
      epoch: 1,
      term: 1,
      voters: [...voters],
      learners: [],
      leader: voters[0]!,
      seenGeneration: 1,
      chunks: [],
    }));
  }

  #name(): string {
    return `n${String(this.#next++).padStart(3, '0')}`;
  }

  #admit(id: string): void {
    const node = { id, alive: true, incarnation: 1, silentSinceMs: 0, known: this.system.state() };
    this.nodes.set(id, node);
  }

  isLive(id: string): boolean {
    return this.nodes.get(id)?.alive ?? false;
  }

  join(zones: number): void {
    const id = this.#name();
    const zone = zones === 0 ? '' : `z${this.random.int(zones)}`;
    this.system.must({ type: 'register', member: details(id, { zone }) });
    this.#admit(id);
  }

  kill(node: WorldNode): void {
    node.alive = false;
    node.silentSinceMs = this.system.nowMs;
  }

  restart(node: WorldNode): void {
    node.alive = true;
    node.incarnation++;
    const zone = this.system.member(node.id)?.zone ?? '';
    this.system.must({ type: 'register', member: details(node.id, { zone, incarnation: node.incarnation }) });
  }

  fetch(node: WorldNode): void {
    const changes = readSystemChanges(this.system.kv, node.known.version);
    if (changes !== undefined) node.known = mergeSystemChanges(node.known, changes)!;
  }

  /** The system group's leader looks around and its commands are applied. */
  plan(): void {
    const self = [...this.nodes.values()].find(({ alive }) => alive)!.id;
    const silentFor = (node: WorldNode) => (node.alive ? 10 : this.system.nowMs - node.silentSinceMs);
    const members = this.system.state().members.map(({ id }) => this.nodes.get(id)!);
    const reports: SuspicionReport[] = members
      .filter(({ alive }) => !alive)
      .flatMap((dead) =>
        members
          .filter(({ alive }) => alive)
          .map(({ id }) => ({ member: dead.id, reporter: id, silentMs: silentFor(dead), ageMs: 100 })),
      );
    const observations = {
      self,
      leaderForMs: 3_600_000,
      silentMs: new Map(members.map((node) => [node.id, silentFor(node)])),
      reports,
      membership: { epoch: 1, voters: this.system.system, learners: [] },
    };
    for (const command of planSystem(this.system.state(), observations, this.system.nowMs, OPTIONS)) {
      const { result } = this.system.apply(command);
      invariant(result.ok, `${command.type} was planned and refused: ${result.ok ? '' : result.message}`);
      if (command.type === 'declareOut') this.outs++;
      if (command.type === 'setTarget') this.system.system = command.system;
    }
  }

  /** Writes a chunk on a random live majority; false when there is none. */
  write(group: Group): boolean {
    const live = this.random.shuffle(group.voters.filter((id) => this.isLive(id)));
    const needed = majority(group.voters.length);
    if (live.length < needed) return false;
    group.chunks.push(new Set(live.slice(0, needed + this.random.int(live.length - needed + 1))));
    return true;
  }

  /** A live member of the group takes in one chunk that it lacks from another live node. */
  copy(group: Group): void {
    const members = [...group.voters, ...group.learners].filter((id) => this.isLive(id));
    for (const chunk of this.random.shuffle(group.chunks)) {
      const lacking = members.find((id) => !chunk.has(id));
      if (lacking === undefined || ![...chunk].some((id) => this.isLive(id))) continue;
      chunk.add(lacking);
      return;
    }
  }

  isComplete(group: Group, id: string): boolean {
    return group.chunks.every((chunk) => chunk.has(id));
  }

  /** The group elects a live leader if it has to, and the leader takes one step and reports. */
  move(partition: number): MoveStep | undefined {
    const group = this.groups[partition]!;
    const live = group.voters.filter((id) => this.isLive(id));
    if (live.length < majority(group.voters.length)) return undefined;
    if (!live.includes(group.leader)) this.#lead(group, this.random.pick(live));
    const { known } = this.nodes.get(group.leader)!;
    const members = known.partitions[partition]!.target;
    const next = planMove({
      self: group.leader,
      target: { generation: known.target.generation, members },
      seenGeneration: group.seenGeneration,
      membership: group,
      changePending: false,
      isLive: (id) => this.isLive(id),
      isComplete: (id) => this.isComplete(group, id),
      hasRoom: (id) => this.#movesAt(id) < 2,
    });
    group.seenGeneration = Math.max(group.seenGeneration, known.target.generation);
    if (next.step === 'change') this.#change(group, next, members.length);
    if (next.step === 'transfer') this.#lead(group, next.to);
    this.#report(partition);
    return next;
  }

  #movesAt(id: string): number {
    return this.groups.reduce(
      (sum, { learners, leader }) =>
        sum + (leader === id ? learners.length : learners.filter((learner) => learner === id).length),
      0,
    );
  }

  #lead(group: Group, leader: string): void {
    invariant(group.voters.includes(leader) && this.isLive(leader), 'a leader lives and votes');
    group.leader = leader;
    group.term++;
  }

  #change(group: Group, next: MoveStep & { step: 'change' }, size: number): void {
    const { kind, peer } = next.change;
    const hasLeft = this.system.member(peer)?.outReason === 'left';
    invariant(kind === 'remove' || !hasLeft, '(W4) a group was given to a member that has left');
    const before = group.voters.length;
    group.learners = group.learners.filter((id) => id !== peer);
    if (kind === 'addLearner') group.learners.push(peer);
    if (kind === 'promote') group.voters.push(peer);
    if (kind === 'remove') group.voters = group.voters.filter((id) => id !== peer);
    group.epoch++;
    this.changes++;
    this.#check(group);
    if (kind === 'remove' && group.voters.length < before) {
      invariant(group.voters.length >= size, '(W3) a group shrank below its target');
      this.#wipe(group, peer);
    }
    invariant(
      group.voters.length <= Math.max(before, size + 1),
      '(W3) a group grew beyond its target by more than one',
    );
  }

  #check(group: Group): void {
    const needed = majority(group.voters.length);
    for (const chunk of group.chunks) {
      const holders = group.voters.filter((id) => chunk.has(id)).length;
      invariant(holders >= needed, '(W1) a chunk is on less than a majority');
    }
    invariant(group.voters.filter((id) => this.isLive(id)).length >= needed, '(W2) no live majority');
  }

  /** Who is no member any more deletes what it held. */
  #wipe(group: Group, id: string): void {
    for (const chunk of group.chunks) chunk.delete(id);
  }

  #report(partition: number): void {
    const { epoch, term, voters, learners, leader, seenGeneration, chunks } = this.groups[partition]!;
    const group = this.groups[partition]!;
    const complete = [...voters, ...learners].filter((id) => this.isComplete(group, id));
    const configuration = {
      epoch,
      term,
      voters: [...voters],
      learners: [...learners],
      leader,
      bytes: chunks.length * CHUNK_BYTES,
      complete,
      generation: seenGeneration,
    };
    this.system.must({ type: 'reportConfigurations', reports: [{ partition, configuration }] });
  }

  /** Time passes and everybody does what is to be done, until nothing changes any more or patience ends. */
  settle(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      this.system.nowMs += 5_000;
      this.plan();
      for (const node of this.nodes.values()) if (node.alive) this.fetch(node);
      let isQuiet = true;
      this.groups.forEach((group, partition) => {
        for (let i = 0; i < 20; i++) this.copy(group);
        const step = this.move(partition);
        if (step?.step !== 'none' || step.reason !== 'settled') isQuiet = false;
      });
      const state = this.system.state();
      const isPlanned = state.target.basedOnVersion >= state.placementVersion;
      if (isQuiet && isPlanned && underReplicated(state) === 0) return true;
    }
    return false;
  }
}
