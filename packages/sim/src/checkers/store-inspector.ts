/** All that is looked at inside a production store while a history runs and at its end. */
import { SYSTEM_GROUP } from '../ports.ts';
import type { Cluster, SimNode } from '../store/cluster.ts';
import type { ContentRegister } from '../store/contents.ts';
import type { ExpectedObject, Inspector } from '../store/store-history.ts';
import { checkChunks, findScatteredChunk, findUnreferenced, referencedChunks } from './chunk-rule.ts';
import { appliedIndex, ask, registeredChunks, viewStore } from './group-view.ts';
import { RaftSafety } from './raft-safety.ts';
import { findRingDisorder } from './ring-order.ts';
import { findGhost, findLearners, findMissing, findStrays } from './wholeness.ts';

/** A clock may have been an hour ahead once; whatever is garbage is old enough by then. */
const ANY_AGE_MS = Number.MAX_SAFE_INTEGER;

export class StoreInspector implements Inspector {
  readonly #cluster: Cluster;
  readonly #raft = new RaftSafety(appliedIndex);

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.beforeDeath = ({ name, volume }) => this.#raft.look(name, volume);
    cluster.network.tap = (from, channel, message) => this.#hear(from, channel, message);
  }

  /** Leaders are those who append and beat. */
  #hear(from: string, channel: string, payload: unknown): void {
    if (channel !== 'raft') return;
    const [group, message] = payload as [string, { readonly type: string; readonly term: number }];
    if (message.type === 'appendRequest' || message.type === 'heartbeat')
      this.#raft.leads(group, message.term, from);
  }

  look(isRestored: boolean): void {
    for (const { name, volume } of this.#cluster.nodes) this.#raft.look(name, volume);
    const view = isRestored ? viewStore(this.#cluster) : 'something was destroyed';
    const scattered =
      typeof view === 'string'
        ? undefined
        : findScatteredChunk(view, (group) => this.#raft.newestApplied(group));
    const ghost =
      typeof view === 'string' ? undefined : findGhost(view, (group) => this.#raft.newestApplied(group));
    const violation = this.#raft.violations[0] ?? scattered ?? ghost;
    if (violation !== undefined) this.#cluster.world.fail(new Error(violation));
  }

  missing(): string | undefined {
    return findMissing(this.#cluster);
  }

  learners(): readonly SimNode[] {
    return findLearners(this.#cluster);
  }

  isVoter(nodeId: string): boolean {
    const view = viewStore(this.#cluster);
    return (
      typeof view !== 'string' && view.groups.some(({ membership }) => membership.voters.includes(nodeId))
    );
  }

  disorder(): string | undefined {
    return findRingDisorder(
      new Map(this.#cluster.lasting().map(({ name, running }) => [name, running?.ring?.()])),
    );
  }

  litter(): string | undefined {
    const view = viewStore(this.#cluster);
    if (typeof view === 'string') return view;
    for (const group of view.groups) {
      if (group.group === SYSTEM_GROUP) continue;
      const garbage = ask(group, { type: 'garbage', beforeMs: ANY_AGE_MS, limit: 10 });
      if (garbage.ok && garbage.entries.length > 0) return `partition ${group.group} has garbage`;
      const pending = ask(group, { type: 'pendingChunks', beforeMs: ANY_AGE_MS, limit: 10 });
      if (pending.ok && pending.chunks.length > 0)
        return `partition ${group.group} has unsettled chunk ${pending.chunks[0]!.name}`;
    }
    return undefined;
  }

  verdict(contents: ContentRegister, objects: readonly ExpectedObject[]): string[] {
    const view = viewStore(this.#cluster);
    if (typeof view === 'string') return [view];
    const referenced = referencedChunks(view, objects);
    const leaked = findUnreferenced(view, (name) => referenced.has(name));
    return [
      ...checkChunks(view, contents, objects),
      ...leaked.map((name) => `chunk ${name} is registered, and no object refers to it`),
      ...this.#openSnapshots(),
    ];
  }

  #openSnapshots(): string[] {
    return this.#cluster
      .lasting()
      .filter(({ volume }) => volume.state.openSnapshots > 0)
      .map(({ name, volume }) => `${name} left ${volume.state.openSnapshots} snapshots of its state open`);
  }

  counts(): Record<string, number> {
    const view = viewStore(this.#cluster);
    const figures = { leaders: this.#raft.leadersSeen, entries: this.#raft.entriesCompared };
    if (typeof view === 'string') return figures;
    const chunks = view.groups.reduce((sum, group) => sum + registeredChunks(group).length, 0);
    return { ...figures, chunks, strays: findStrays(view).length };
  }
}
