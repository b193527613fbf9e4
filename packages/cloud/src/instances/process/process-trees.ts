/**
 * Which processes belong to which instance. It does not know what an instance is for, and never sends a signal.
 *
 * (B1) A process belongs to an instance when its environment carries the instance's mark, when it is in the process group of the
 *      instance's first process or in the instance's control group, or when its parent belongs. What belonged once belongs until it
 *      ends, wherever it moves.
 * (B2) A process is its pid together with its start time; a number that is used again is somebody else.
 */
import { join, sep } from 'node:path';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

/**
 * The variable that marks an instance's processes: the path of its folder. An id would not do, since a copied data folder has the same.
 */
export const INSTANCE_MARK = 'CRESCENDO_INSTANCE_FOLDER';

/** What names a process for good (B2). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export interface InstanceTree {
  /** Undefined when it has ended. */
  readonly first: ProcessEntry | undefined;
  /** All that live, without the first. */
  readonly others: readonly ProcessEntry[];
}

interface GrowingTree {
  first: ProcessEntry | undefined;
  readonly others: ProcessEntry[];
}

const NOTHING: InstanceTree = { first: undefined, others: [] };

export class ProcessTrees {
  readonly #table: ProcessTable;
  readonly #prefix: string;
  /** Process -> instance, or undefined for a process that is nobody's. */
  #owners = new Map<string, string | undefined>();
  readonly #firsts = new Map<string, ProcessIdentity>();
  #trees = new Map<string, GrowingTree>();
  readonly #controlled: (instanceId: string) => readonly number[];
  /** A look that has not begun to read. */
  #waiting: Promise<void> | undefined;
  #reading: Promise<void> = Promise.resolve();

  /**
   * @param folder absolute path; holds the instances' folders
   * @param controlled the numbers of the processes in an instance's control group, where there is one
   */
  constructor(
    table: ProcessTable,
    folder: string,
    controlled: (instanceId: string) => readonly number[] = () => [],
  ) {
    this.#table = table;
    this.#prefix = join(folder, sep);
    this.#controlled = controlled;
  }

  /** Tells which process is an instance's first. */
  claim(instanceId: string, first: ProcessIdentity): void {
    this.#firsts.set(instanceId, first);
    this.#owners.set(keyOf(first), instanceId);
  }

  release(instanceId: string): void {
    this.#firsts.delete(instanceId);
  }

  /** As of the last `refresh`. */
  treeOf(instanceId: string): InstanceTree {
    return this.#trees.get(instanceId) ?? NOTHING;
  }

  /** The marked process that leads its own group: an instance's first process, even when nobody wrote its number down. */
  findFirst(instanceId: string): ProcessIdentity | undefined {
    const { first, others } = this.treeOf(instanceId);
    return first ?? others.find(({ pid, group }) => pid === group);
  }

  /** Looks again. One look serves all who ask before it begins to read; looks never overlap, so the newest counts. */
  async refresh(): Promise<void> {
    this.#waiting ??= this.#reading.then(() => {
      this.#waiting = undefined;
      this.#reading = this.#table.list().then((entries) => this.#sort(entries));
      return this.#reading;
    });
    await this.#waiting;
  }

  #sort(entries: readonly ProcessEntry[]): void {
    const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
    const owners = new Map<string, string | undefined>();
    const groups = new Map([...this.#firsts].map(([instanceId, { pid }]) => [pid, instanceId]));
    const controlled = new Map(
      [...this.#firsts.keys()].flatMap((id) => this.#controlled(id).map((pid) => [pid, id] as const)),
    );
    const ownerOf = (entry: ProcessEntry): string | undefined => {
      const key = keyOf(entry);
      if (owners.has(key)) return owners.get(key);
      owners.set(key, undefined); // Ends a circle of parents, which a table that changes while it is read could show.
      const parent = byPid.get(entry.parentPid);
      const owner =
        controlled.get(entry.pid) ??
        this.#knownOwner(entry, groups) ??
        (parent === undefined ? undefined : ownerOf(parent));
      owners.set(key, owner);
      return owner;
    };
    const trees = new Map<string, GrowingTree>();
    for (const entry of entries) {
      const owner = ownerOf(entry);
      if (owner !== undefined && !entry.ended) this.#place(trees, owner, entry);
    }
    this.#owners = owners;
    this.#trees = trees;
  }

  /** (B1), but for the parent. */
  #knownOwner(entry: ProcessEntry, groups: ReadonlyMap<number, string>): string | undefined {
    const key = keyOf(entry);
    const before = this.#owners.get(key);
    if (before !== undefined) return before;
    const byGroup = groups.get(entry.group);
    if (byGroup !== undefined && this.#isFirstsGroup(byGroup, entry)) return byGroup;
    // The environment can change only when a new program is loaded, and a fresh child may not have loaded its own yet: what is
    // nobody's by its environment now is so for ever, because children inherit ownership from parents that were seen.
    if (this.#owners.has(key)) return undefined;
    const mark = this.#table.variableOf(entry.pid, INSTANCE_MARK);
    return mark?.startsWith(this.#prefix) ? mark.slice(this.#prefix.length) : undefined;
  }

  /** A group's number may be used again when the first process and all of its group have ended. */
  #isFirstsGroup(instanceId: string, entry: ProcessEntry): boolean {
    const first = this.#firsts.get(instanceId);
    return first !== undefined && (entry.pid !== first.pid || entry.startedAt === first.startedAt);
  }

  #place(trees: Map<string, GrowingTree>, owner: string, entry: ProcessEntry): void {
    const tree = trees.get(owner) ?? { first: undefined, others: [] };
    trees.set(owner, tree);
    const first = this.#firsts.get(owner);
    if (first !== undefined && keyOf(first) === keyOf(entry)) tree.first = entry;
    else tree.others.push(entry);
  }
}

export function keyOf({ pid, startedAt }: ProcessIdentity): string {
  return `${pid}@${startedAt}`;
}
