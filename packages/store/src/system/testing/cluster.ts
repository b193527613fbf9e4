/** A system group of one for tests: the machine on a map in memory, with commands applied at once. */
import { MemoryKv } from '../../testing/memory-kv.ts';
import type { MemberDetails, SystemCommand, SystemContext, SystemOutcome } from '../command.ts';
import { foundCommand } from '../founding.ts';
import { applySystemCommand } from '../machine.ts';
import { planSystem } from '../plan.ts';
import { readSystemState } from '../records.ts';
import type { Member, PartitionState, ReportedConfiguration, SystemState } from '../state.ts';

export const MIB = 1024 * 1024;

export function details(id: string, more: Partial<MemberDetails> = {}): MemberDetails {
  const address = `${id}:7000`;
  return {
    id,
    address,
    advertised: {},
    zone: '',
    weight: 1,
    incarnation: 1,
    usedBytes: 0,
    capacityBytes: 0,
    ...more,
  };
}

export interface TestSystem {
  readonly kv: MemoryKv;
  nowMs: number;
  readonly log: { readonly context: SystemContext; readonly command: SystemCommand }[];
  /** Voters of the system group. */
  system: readonly string[];
  apply(command: SystemCommand): SystemOutcome;
  /** Applies it and throws when it is refused. */
  must(command: SystemCommand): SystemOutcome;
  /** The refusal's code, or 'ok'. */
  code(command: SystemCommand): string;
  state(): SystemState;
  member(id: string): Member;
  partition(index: number): PartitionState;
}

export function unfoundedSystem(): TestSystem {
  const kv = new MemoryKv();
  let index = 0;
  const system: TestSystem = {
    kv,
    nowMs: 1_000_000,
    system: [],
    log: [],
    apply: (command) => {
      const membership = { epoch: 1, voters: system.system, learners: [] };
      const context = { index: ++index, timestampMs: system.nowMs, membership };
      system.log.push({ context, command });
      return applySystemCommand(kv, context, command);
    },
    must: (command) => {
      const outcome = system.apply(command);
      if (!outcome.result.ok) throw new Error(`${command.type}: ${outcome.result.message}`);
      return outcome;
    },
    code: (command) => {
      const { result } = system.apply(command);
      return result.ok ? 'ok' : result.code;
    },
    state: () => readSystemState(kv)!,
    member: (id) => system.state().members.find((member) => member.id === id)!,
    partition: (partition) => system.state().partitions[partition]!,
  };
  return system;
}

export function foundedSystem(
  founders: readonly (string | MemberDetails)[],
  more: { partitionCount?: number; replicationFactor?: number } = {},
): TestSystem {
  const system = unfoundedSystem();
  system.must(
    foundCommand({
      clusterId: 'c1',
      partitionCount: 16,
      replicationFactor: 3,
      ...more,
      founders: founders.map((founder) => (typeof founder === 'string' ? details(founder) : founder)),
    }),
  );
  system.system = system.state().target.system;
  return system;
}

export function configuration(
  voters: readonly string[],
  more: Partial<ReportedConfiguration> = {},
): ReportedConfiguration {
  const leader = voters[0]!;
  return {
    epoch: 1,
    term: 1,
    voters,
    learners: [],
    leader,
    bytes: MIB,
    complete: voters,
    generation: 1,
    ...more,
  };
}

/** Every partition reports that it is as its target wants it. */
export function reportAllSettled(system: TestSystem, bytes = MIB): void {
  const { partitions, target } = system.state();
  const reports = partitions.map((state, partition) => ({
    partition,
    configuration: configuration(state.target, {
      epoch: (state.reported?.epoch ?? 0) + 1,
      generation: target.generation,
      bytes,
    }),
  }));
  system.must({ type: 'reportConfigurations', reports });
}

/** Lets the leader plan a target at once. */
export function retarget(system: TestSystem): void {
  system.nowMs += 60_000;
  const membership = { epoch: 1, voters: system.system, learners: [] };
  const observations = { self: 'a', leaderForMs: 0, silentMs: new Map(), reports: [], membership };
  for (const command of planSystem(system.state(), observations, system.nowMs)) system.must(command);
}
