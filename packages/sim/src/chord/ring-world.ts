/**
 * One simulated ring: the nodes, the network with its faults, the registered membership, and the judges that look at every step. Decides
 * nothing about when something happens to whom: that is the history's part.
 *
 * (R1) A strict world lets nobody fail whom Zave's assumptions need, counting answers that are still on their way.
 */
import type { Random } from '@crescendo/base';
import {
  createDirectory,
  type Directory,
  type Member,
  type RingEffect,
  type RingInput,
  type RingMessage,
  ringStatus,
} from '@crescendo/ring';
import {
  isIdealRing,
  memberAt,
  randomPosition,
  VirtualNetwork,
  type VirtualNode,
} from '@crescendo/ring/testing';
import { HistoryLog } from './history-log.ts';
import { type ListedMember, listedMember, listsToCome } from './lists-to-come.ts';
import { LossyLinks } from './lossy-links.ts';
import { type RingPlan, type RingSeedOptions, SETTLED_MS } from './ring-plan.ts';
import {
  changeViolation,
  listViolation,
  type Pointers,
  predecessorViolation,
  tellingViolation,
} from './ring-rules.ts';
import { checkInvariant } from './zave-invariant.ts';

export interface RingStats {
  messages: number;
  lost: number;
  joins: number;
  crashes: number;
  restarts: number;
  leaves: number;
  pauses: number;
  partitions: number;
  invariantChecks: number;
  fewestPrincipals: number;
  convergenceMs: number;
  lookups: number;
}

export class RingWorld {
  readonly plan: RingPlan;
  readonly network: VirtualNetwork;
  readonly members: readonly Member[];
  readonly history: HistoryLog;
  readonly violations: string[] = [];
  readonly stats: RingStats;
  readonly links: LossyLinks;
  readonly #random: Random;
  readonly #withoutStepRules: boolean;
  readonly #pointers = new Map<string, Pointers>();
  readonly #directories = new Map<VirtualNode, Directory | undefined>();
  readonly #departures = new Map<VirtualNode, boolean>();
  readonly #memberSinceMs = new Map<string, number>();
  /** Request id -> when an attempt of it came to a node that was down. */
  readonly #unansweredMs = new Map<number, number>();
  readonly #registered = new Map<string, Member>();
  #isBegun = false;

  constructor(plan: RingPlan, random: Random, options: RingSeedOptions) {
    this.plan = plan;
    this.#random = random;
    this.#withoutStepRules = options.withoutStepRules ?? false;
    this.history = new HistoryLog(options.historyLines ?? 60);
    const positions = random.fork('positions');
    this.members = Array.from({ length: plan.population }, (_, i) =>
      memberAt(`n${i}`, randomPosition(positions)),
    );
    this.stats = {
      messages: 0,
      lost: 0,
      joins: 0,
      crashes: 0,
      restarts: 0,
      leaves: 0,
      pauses: 0,
      partitions: 0,
      invariantChecks: 0,
      fewestPrincipals: Number.POSITIVE_INFINITY,
      convergenceMs: 0,
      lookups: 0,
    };
    this.links = new LossyLinks(plan, random, this.stats);
    this.network = new VirtualNetwork({
      random: random.fork('nodes'),
      settings: plan.settings,
      ...(options.mutations === undefined ? {} : { mutations: options.mutations }),
      deliver: (from, to) => this.links.deliver(from, to, this.network.nowMs),
      ...(plan.hasRefusals ? { refusalMs: 1 } : {}),
      onUndelivered: (from, to, message) => {
        this.links.noteUndelivered(from, to, this.network.nowMs);
        if (message.type === 'stateRequest') this.#unansweredMs.set(message.requestId, this.network.nowMs);
      },
      onStep: (node, input, effects) => this.#judge(node, input, effects),
    });
  }

  /** The founders stand on the ring with ideal pointers. */
  found(): void {
    const founders = this.members.slice(0, this.plan.founders);
    const directory = createDirectory(founders);
    for (const member of founders) {
      this.network.start(member);
      this.#registered.set(member.id, member);
      this.network.input(member.id, { type: 'create', founders: directory });
    }
    this.#isBegun = true;
    this.#checkInvariant();
    this.publish();
  }

  /** Starts a node and lets it join through the others' addresses. */
  join(member: Member): void {
    const seeds = this.#random
      .shuffle(this.members)
      .filter((other) => other.id !== member.id)
      .map((other) => ({ address: other.address }));
    this.network.start(member);
    this.#pointers.delete(member.id);
    if (this.plan.hasRegistry) {
      this.#registered.set(member.id, member);
      this.publish();
    }
    this.network.input(member.id, { type: 'join', seeds });
  }

  crash(id: string): void {
    const { member } = this.network.node(id);
    this.#directories.delete(this.network.node(id));
    this.#departures.delete(this.network.node(id));
    this.network.crash(id);
    this.#pointers.delete(id);
    this.#memberSinceMs.delete(id);
    this.history.add(this.network.nowMs, `${member.id} is gone`);
  }

  /** The registered membership loses a node for good. */
  deregister(id: string): void {
    if (this.#registered.delete(id)) this.publish();
  }

  /** Every node hears of the present registered membership at its own pace, never of an older one after a newer. */
  publish(): void {
    if (!this.plan.hasRegistry) return;
    const directory = createDirectory(this.#registered.values());
    for (const id of this.network.nodes.keys()) this.tell(id, directory, this.#random.float() * 1500);
  }

  tell(id: string, directory: Directory, delayMs: number): void {
    const node = this.network.node(id);
    const { nowMs } = this.network;
    const heardMs = Math.max(nowMs + delayMs, this.#lastTold.get(node) ?? 0);
    this.#lastTold.set(node, heardMs);
    this.network.at(heardMs, () => {
      if (node.isUp) this.network.input(id, { type: 'members', directory });
    });
  }

  readonly #lastTold = new Map<VirtualNode, number>();

  /** Those that stand on the ring. */
  inside(): VirtualNode[] {
    return [...this.network.nodes.values()].filter((node) => node.state.phase === 'inside');
  }

  isIdeal(): boolean {
    const statuses = [...this.network.nodes.values()].map((node) => ringStatus(node.state));
    // The last of all can't make itself a ring of one: it keeps pointers to those it hopes for.
    if (statuses.length === 1) return statuses[0]?.phase === 'inside';
    return isIdealRing(statuses, this.plan.listLength);
  }

  /** (R1) */
  mayFail(id: string): boolean {
    const now = this.#listedMembers().filter((listed) => listed.id !== id);
    if (!checkInvariant(now, this.plan.listLength).holds) return false;
    const soon = listsToCome(this.network, this.#unansweredMs).filter((listed) => listed.id !== id);
    return checkInvariant(soon, this.plan.listLength).holds;
  }

  #judge(node: VirtualNode, input: RingInput, effects: readonly RingEffect[]): void {
    const { member, state } = node;
    const hasNewDirectory = this.#directories.get(node) !== state.directory;
    this.#directories.set(node, state.directory);
    const hadDepartures = this.#departures.get(node) ?? false;
    const isLeaving = state.deferred.some((message) => message.type === 'leaving');
    this.#departures.set(node, isLeaving || state.predecessorLeft);
    if (!this.#withoutStepRules) this.#report(node, tellingViolation(effects, state.exchange !== undefined));
    const before = this.#pointers.get(member.id);
    const hasChanged =
      before === undefined ||
      before.phase !== state.phase ||
      before.predecessor !== state.predecessor ||
      before.successors !== state.successors;
    if (!hasChanged) return;
    const after = { phase: state.phase, predecessor: state.predecessor, successors: state.successors };
    this.#pointers.set(member.id, after);
    if (before?.phase !== 'inside' && after.phase === 'inside') {
      this.#memberSinceMs.set(member.id, this.network.nowMs);
      this.stats.joins++;
    }
    this.#note(node, input, effects);
    if (after.phase !== 'inside') {
      this.#memberSinceMs.delete(member.id);
      return;
    }
    if (!this.#withoutStepRules) this.#judgeNode(node, before, after, input, hasNewDirectory, hadDepartures);
    if (before?.successors !== after.successors || before.phase !== after.phase) this.#checkInvariant();
  }

  #judgeNode(
    node: VirtualNode,
    before: Pointers | undefined,
    after: Pointers,
    input: RingInput,
    hasNewDirectory: boolean,
    hadDepartures: boolean,
  ): void {
    const { listLength, kind } = this.plan;
    const self = node.member.position;
    this.#report(node, listViolation(self, after.successors, listLength));
    if (before === undefined || hasNewDirectory || this.#isDerived(node)) return;
    // A ring that was off as a whole is made anew from the registered membership.
    if (kind === 'wild' && before.phase === 'joining' && input.type === 'tick') return;
    this.#report(node, changeViolation(self, before, after, input, listLength));
    // A departure lets the next one take the place unasked, and one that waited several in one step.
    if (kind === 'strict' && !hadDepartures)
      this.#report(
        node,
        predecessorViolation(self, before, after, (id) => this.#isSettledMember(id)),
      );
  }

  /** Pointers that may come from the registered membership are judged by the ideal ring alone. */
  #isDerived(node: VirtualNode): boolean {
    const { directory } = node.state;
    return (
      directory !== undefined && (directory.members.length <= this.plan.listLength + 2 || !this.#isBegun)
    );
  }

  #isSettledMember(id: string): boolean {
    const sinceMs = this.#memberSinceMs.get(id);
    return sinceMs !== undefined && this.network.nowMs - sinceMs > SETTLED_MS;
  }

  #checkInvariant(): void {
    if (this.plan.kind !== 'strict' || !this.#isBegun) return;
    this.stats.invariantChecks++;
    const report = checkInvariant(listsToCome(this.network, this.#unansweredMs), this.plan.listLength);
    this.stats.fewestPrincipals = Math.min(this.stats.fewestPrincipals, report.principals);
    if (report.holds) return;
    const orphans = report.withoutLiveSuccessor.length;
    this.violate(
      orphans > 0
        ? `Zave's invariant: ${orphans} member(s) without a live successor`
        : `Zave's invariant: ${report.principals} principals, at least ${this.plan.listLength + 1} needed`,
    );
  }

  violate(text: string): void {
    this.history.add(this.network.nowMs, `VIOLATION ${text}`);
    if (this.violations.length < 10) this.violations.push(`at ${Math.round(this.network.nowMs)} ms: ${text}`);
  }

  #report(node: VirtualNode, violation: string | undefined): void {
    if (violation !== undefined) this.violate(`${node.member.id}: ${violation}`);
  }

  #listedMembers(): ListedMember[] {
    return this.inside().map(listedMember);
  }

  #note(node: VirtualNode, input: RingInput, effects: readonly RingEffect[]): void {
    const { state, member } = node;
    const cause =
      input.type === 'message' ? `${(input.message as RingMessage).type} from ${input.from}` : input.type;
    const list = state.successors.map((successor) => successor.id).join(' ');
    const joined = effects.some((effect) => effect.type === 'joined') ? ' joined' : '';
    this.history.add(
      this.network.nowMs,
      `${member.id}${joined} after ${cause}: ${state.predecessor?.id ?? '-'} | ${list}`,
    );
  }
}
