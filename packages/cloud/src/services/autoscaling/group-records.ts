/**
 * Groups on disk: one table for each kind of record, keys `GROUP\0ID`.
 *
 * (B1) State machines replace records and never change them, so what differs by identity from what was saved is what changed.
 */
import { emptyGroup, type GroupSettings, type GroupState, type GroupVitals } from '@crescendo/scaling';
import type { Records, RecordTable } from '../../contract/records.ts';
import type { GroupDetails } from './group-details.ts';

interface GroupRecord {
  readonly settings: GroupSettings;
  readonly vitals: GroupVitals;
  readonly details: GroupDetails;
}

/** A group and what it shows. */
export interface Group {
  readonly state: GroupState;
  details: GroupDetails;
}

const KINDS = [
  'launches',
  'instances',
  'activities',
  'hooks',
  'policies',
  'proposals',
  'scheduled',
  'suspended',
  'refreshes',
  'notifications',
] as const;

type Kind = (typeof KINDS)[number];

export class GroupRecords {
  readonly #groups: RecordTable<GroupRecord>;
  readonly #tables: Readonly<Record<Kind, RecordTable<unknown>>>;
  /** Group to kind to id to the value that was saved last. */
  readonly #saved = new Map<string, Map<Kind, Map<string, unknown>>>();

  constructor(records: Records) {
    this.#groups = records.table('autoscaling/groups');
    const entries = KINDS.map((kind) => [kind, records.table(`autoscaling/${kind}`)] as const);
    this.#tables = Object.fromEntries(entries) as Record<Kind, RecordTable<unknown>>;
  }

  load(): Map<string, Group> {
    const groups = new Map<string, Group>();
    for (const [name, { settings, vitals, details }] of this.#groups.entries()) {
      const state = emptyGroup(settings);
      state.vitals = vitals;
      for (const kind of KINDS) this.#loadKind(name, kind, state);
      groups.set(name, { state, details });
    }
    return groups;
  }

  #loadKind(name: string, kind: Kind, state: GroupState): void {
    const prefix = `${name}\0`;
    const entries = [...this.#tables[kind].entries(prefix)].map(
      ([key, value]) => [key.slice(prefix.length), value] as const,
    );
    if (kind === 'activities' || kind === 'refreshes') entries.sort((a, b) => startOf(a[1]) - startOf(b[1]));
    const map = state[kind] as Map<string, unknown>;
    const saved = this.#savedOf(name, kind);
    for (const [id, value] of entries) {
      map.set(id, value);
      saved.set(id, value);
    }
  }

  save(name: string, { state, details }: Group): void {
    const before = this.#groups.get(name);
    const { settings, vitals } = state;
    if (before?.settings !== settings || before.vitals !== vitals || before.details !== details) {
      this.#groups.put(name, { settings, vitals, details });
    }
    for (const kind of KINDS) this.#saveKind(name, kind, state[kind]);
  }

  /** (B1) */
  #saveKind(name: string, kind: Kind, map: ReadonlyMap<string, unknown>): void {
    const saved = this.#savedOf(name, kind);
    const table = this.#tables[kind];
    for (const [id, value] of map) {
      if (saved.get(id) === value) continue;
      table.put(`${name}\0${id}`, value);
      saved.set(id, value);
    }
    if (saved.size === map.size) return;
    for (const id of [...saved.keys()]) {
      if (map.has(id)) continue;
      table.delete(`${name}\0${id}`);
      saved.delete(id);
    }
  }

  forget(name: string): void {
    for (const kind of KINDS) {
      for (const id of this.#savedOf(name, kind).keys()) this.#tables[kind].delete(`${name}\0${id}`);
    }
    this.#saved.delete(name);
    this.#groups.delete(name);
  }

  #savedOf(name: string, kind: Kind): Map<string, unknown> {
    const kinds = this.#saved.get(name) ?? new Map<Kind, Map<string, unknown>>();
    this.#saved.set(name, kinds);
    const saved = kinds.get(kind) ?? new Map<string, unknown>();
    kinds.set(kind, saved);
    return saved;
  }
}

function startOf(value: unknown): number {
  return (value as { readonly startMs: number }).startMs;
}
