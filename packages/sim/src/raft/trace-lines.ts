import type { Entry, Message, Ready } from '@crescendo/raft';
import type { RaftHost } from './raft-host.ts';

/** One line each for what happens in a history. */

export function describeMessage(message: Message): string {
  const { type, ...fields } = message;
  const shown = Object.entries(fields).map(([name, value]) =>
    Array.isArray(value) ? `[${describeEntries(value)}]` : `${name}=${value}`,
  );
  return `${type} ${shown.join(' ')}`;
}

export function describeReady({ hardState, snapshot, entries, committed, persist }: Ready): string {
  const parts: string[] = [];
  if (hardState !== undefined) parts.push(`term=${hardState.term} vote=${hardState.vote}`);
  if (snapshot !== undefined) parts.push(`snapshot=${snapshot.index}:${snapshot.term}`);
  if (persist !== undefined) parts.push(`batch=${persist.sequence} [${describeEntries(entries)}]`);
  if (committed.length > 0) parts.push(`committed=[${describeEntries(committed)}]`);
  return parts.join(' ');
}

export function describeHost(host: RaftHost): string {
  if (host.raft === null) return 'down';
  const { role, term, leader, commit, lastIndex, asleep, membership } = host.raft.status();
  const members = `#${membership.epoch} ${membership.voters}+${membership.learners}`;
  const sleep = asleep ? ' asleep' : '';
  return `${role} term=${term} leader=${leader} commit=${commit}/${lastIndex} state=${host.state.mark.index} ${members}${sleep}`;
}

function describeEntries(entries: readonly Entry[]): string {
  const first = entries[0];
  if (first === undefined) return '';
  const members = entries.map((entry) =>
    entry.type === 'membership'
      ? ` ${entry.index}=#${entry.membership.epoch} ${entry.membership.voters}`
      : '',
  );
  return `${first.index}:${first.term}..${entries.at(-1)!.index}:${entries.at(-1)!.term}${members.join('')}`;
}
