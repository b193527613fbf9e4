import type {
  ReportConfigurationsCommand,
  ReportLoadsCommand,
  SetTargetCommand,
  SystemOutcome,
} from './command.ts';
import { type Draft, refuse } from './draft.ts';
import {
  readMember,
  readMembers,
  readPartition,
  readPartitions,
  writeMember,
  writePartition,
} from './records.ts';
import { isHolder, type ReportedConfiguration } from './state.ts';

/** Loads are worth a report when they have changed by this part. */
const REPORTED_CHANGE = 0.02;

/** [S10] Takes in what leaders say of their groups; words that are older than what is known are passed over. */
export function applyReportConfigurations(draft: Draft, command: ReportConfigurationsCommand): SystemOutcome {
  for (const { partition, configuration } of command.reports) {
    const state = readPartition(draft.kv, partition);
    if (state === undefined || !isConfiguration(configuration)) continue;
    if (state.reported !== undefined && !follows(configuration, state.reported)) continue;
    const next = { ...state, reported: configuration };
    if (state.reported !== undefined && isSameForOthers(configuration, state.reported)) {
      writePartition(draft.kv, partition, next);
    } else {
      draft.putPartition(partition, next);
    }
  }
  return draft.finish();
}

/** Epochs are committed one after the other; within one, the later term knows better who leads. */
function follows(next: ReportedConfiguration, known: ReportedConfiguration): boolean {
  return next.epoch > known.epoch || (next.epoch === known.epoch && next.term >= known.term);
}

function isSameForOthers(a: ReportedConfiguration, b: ReportedConfiguration): boolean {
  return (
    a.epoch === b.epoch &&
    a.leader === b.leader &&
    a.generation === b.generation &&
    sameIds(a.complete, b.complete)
  );
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

/** Reports come from peers of other versions too. */
function isConfiguration(value: ReportedConfiguration): boolean {
  const lists = [value.voters, value.learners, value.complete];
  return (
    [value.epoch, value.term, value.bytes, value.generation].every(
      (n) => Number.isSafeInteger(n) && n >= 0,
    ) &&
    lists.every((list) => Array.isArray(list) && list.every((id) => typeof id === 'string')) &&
    value.voters.length > 0 &&
    typeof value.leader === 'string'
  );
}

/** Whether a leader should report `next` although it reported `previous`: not for every byte that is written. */
export function isWorthReporting(
  previous: ReportedConfiguration | undefined,
  next: ReportedConfiguration,
): boolean {
  if (previous === undefined || previous.term !== next.term || !isSameForOthers(previous, next)) return true;
  return Math.abs(next.bytes - previous.bytes) > REPORTED_CHANGE * Math.max(previous.bytes, 1024 * 1024);
}

/** [S11] Loads do not make a version: every node would fetch the state all the time. */
export function applyReportLoads(draft: Draft, command: ReportLoadsCommand): SystemOutcome {
  for (const { id, usedBytes, capacityBytes } of command.loads) {
    const member = readMember(draft.kv, id);
    if (member === undefined || !(usedBytes >= 0) || !(capacityBytes >= 0)) continue;
    writeMember(draft.kv, { ...member, usedBytes, capacityBytes });
  }
  return draft.finish();
}

/** [S12] Replaces the target; refused when it was planned before the last change of the placement, or twice. */
export function applySetTarget(draft: Draft, command: SetTargetCommand): SystemOutcome {
  const { target, placementVersion } = draft.head;
  if (command.generation !== target.generation + 1) {
    return refuse('Stale', `Target ${command.generation} does not follow target ${target.generation}.`);
  }
  if (command.basedOnVersion < placementVersion) {
    const message = `The target was planned from version ${command.basedOnVersion}; members have changed in version ${placementVersion}.`;
    return refuse('Stale', message);
  }
  const fault = targetFault(draft, command);
  if (fault !== undefined) return refuse('Invalid', fault);
  for (const { partition, members } of command.partitions) {
    const state = readPartition(draft.kv, partition)!;
    draft.putPartition(partition, { ...state, target: members, targetGeneration: command.generation });
  }
  noteExclusions(draft, command.generation);
  draft.changeHead({
    target: {
      generation: command.generation,
      basedOnVersion: command.basedOnVersion,
      plannedMs: draft.context.timestampMs,
      system: command.system,
    },
  });
  draft.emit({ effect: 'targetSet', generation: command.generation });
  return draft.finish();
}

/** Every list of the new target, changed or not, names members that may hold data, at least one, each once. */
function targetFault(draft: Draft, command: SetTargetCommand): string | undefined {
  const holders = new Set(
    readMembers(draft.kv)
      .filter(isHolder)
      .map(({ id }) => id),
  );
  const lists = readPartitions(draft.kv).map(({ target }) => target);
  for (const { partition, members } of command.partitions) {
    if (lists[partition] === undefined) return `There is no partition ${partition}.`;
    lists[partition] = members;
  }
  const isGood = (ids: readonly string[]) =>
    ids.length > 0 && new Set(ids).size === ids.length && ids.every((id) => holders.has(id));
  if (!isGood(command.system)) return 'The system group needs members that may hold data, each once.';
  const bad = lists.findIndex((ids) => !isGood(ids));
  return bad < 0 ? undefined : `Partition ${bad} needs members that may hold data, at least one, each once.`;
}

/** [S7] From this generation on no leader that has seen it will give the member anything. */
function noteExclusions(draft: Draft, generation: number): void {
  for (const member of readMembers(draft.kv)) {
    if (isHolder(member) || member.excludedSince !== undefined) continue;
    draft.putMember({ ...member, excludedSince: generation });
  }
}
