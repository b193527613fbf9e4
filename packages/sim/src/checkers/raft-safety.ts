/**
 * Raft's promises, looked at from outside: from the bytes on the disks and from what leaders say on the wire. Called again and again
 * while a history runs, because a broken promise may be papered over later.
 *
 * (R1) A term of a group has one leader at most.
 * (R2) What one log holds as committed, every other log that holds it as committed holds alike, for ever.
 * (R3) Two replicas that have applied the same number of entries have the same state.
 */
import { createHash } from 'node:crypto';
import type { Entry } from '@crescendo/raft';
import type { Volume } from '../disk/volume.ts';
import type { GroupId } from '../ports.ts';

/** Index of the newest entry that is in a group's applied state; undefined when there is no whole state. */
export type AppliedIndex = (volume: Volume, group: GroupId) => number | undefined;

export class RaftSafety {
  readonly violations: string[] = [];
  readonly #appliedIndex: AppliedIndex;
  readonly #leaders = new Map<string, string>();
  readonly #committed = new Map<string, string>();
  readonly #newest = new Map<GroupId, number>();
  readonly #states = new Map<string, { readonly hash: string; readonly node: string }>();
  /** Entries of a log up to this index have been compared. */
  readonly #compared = new WeakMap<object, number>();

  constructor(appliedIndex: AppliedIndex) {
    this.#appliedIndex = appliedIndex;
  }

  get leadersSeen(): number {
    return this.#leaders.size;
  }

  get entriesCompared(): number {
    return this.#committed.size;
  }

  /** Index of the newest entry that any replica was seen to have applied; 0 when none was. */
  newestApplied(group: GroupId): number {
    return this.#newest.get(group) ?? 0;
  }

  /** (R1) `from` speaks as the leader of a term. */
  leads(group: GroupId, term: number, from: string): void {
    const key = `${group} ${term}`;
    const known = this.#leaders.get(key);
    if (known === undefined) this.#leaders.set(key, from);
    else if (known !== from)
      this.violations.push(`group ${group}: both ${known} and ${from} lead term ${term}`);
  }

  look(name: string, volume: Volume): void {
    for (const group of volume.log.groups()) this.#lookAtLog(name, volume, group);
    for (const group of volume.state.groups()) this.#lookAtState(name, volume, group);
  }

  #lookAtLog(name: string, volume: Volume, group: GroupId): void {
    const log = volume.log.group(group);
    if (log === undefined) return;
    const end = Math.min(log.hardState.commit, log.lastIndex());
    const start = Math.max(log.firstIndex(), (this.#compared.get(log) ?? 0) + 1);
    for (let index = start; index <= end; index++) this.#compareEntry(name, group, log.at(index)!);
    if (end >= start) this.#compared.set(log, end);
  }

  /** (R2) */
  #compareEntry(name: string, group: GroupId, entry: Entry): void {
    const key = `${group} ${entry.index}`;
    const text = fingerprint(entry);
    const known = this.#committed.get(key);
    if (known === undefined) this.#committed.set(key, text);
    else if (known !== text) {
      this.violations.push(
        `group ${group}: ${name} committed another entry ${entry.index}: ${text} instead of ${known}`,
      );
    }
  }

  /** (R3) */
  #lookAtState(name: string, volume: Volume, group: GroupId): void {
    const index = this.#appliedIndex(volume, group);
    if (index === undefined) return;
    this.#newest.set(group, Math.max(index, this.newestApplied(group)));
    const key = `${group} ${index}`;
    const hash = volume.state.contentHash(group);
    const known = this.#states.get(key);
    if (known === undefined) this.#states.set(key, { hash, node: name });
    else if (known.hash !== hash) {
      this.violations.push(
        `group ${group}: the states of ${known.node} and ${name} differ after entry ${index}`,
      );
    }
  }
}

function fingerprint(entry: Entry): string {
  const content =
    entry.type === 'command'
      ? entry.data
      : entry.type === 'membership'
        ? JSON.stringify(entry.membership)
        : '';
  return `${entry.type} of term ${entry.term}, ${createHash('md5').update(content).digest('hex').slice(0, 12)}`;
}
