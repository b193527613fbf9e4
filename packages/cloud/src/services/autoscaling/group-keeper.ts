/**
 * Every group of the cloud, alive: hands inputs to the state machines, saves what they become, gives them time, and has their effects
 * carried out. It knows no operation of the API.
 *
 * (U1) A step and its records belong to one turn; effects follow when the records are on disk.
 * (U2) Whatever was decided before a stop is carried out after the next start: `unfinishedEffects` finds it.
 * (U3) Groups live in calendar time, which jumps. They are told by how much before they are asked anything else.
 */
import type { Timer } from '@crescendo/base';
import {
  emptyGroup,
  type GroupEffect,
  type GroupInput,
  GroupRefusal,
  type GroupSettings,
  isGone,
  isGroupGone,
  nextDeadline,
  stepGroup,
  unfinishedEffects,
} from '@crescendo/scaling';
import type { ComputeInstance } from '../../contract/compute.ts';
import type { RecordTable } from '../../contract/records.ts';
import { AwsError } from '../../contract/service.ts';
import { invalid } from './checks.ts';
import { changeOf, EffectRunner } from './effect-runner.ts';
import type { GroupDetails } from './group-details.ts';
import { type Group, GroupRecords } from './group-records.ts';
import type { LaunchConfigurationRecord } from './launch-configuration-record.ts';
import type { AutoScalingPorts } from './ports.ts';

/** Timers are looked at again after this time, since calendars may jump. */
const LONGEST_TIMER_MS = 3_600_000;
/** What a calendar and a steady clock may grow apart before it counts as a jump. */
const JUMP_MS = 2_000;
const CONSOLE_LINES = 20;

export class GroupKeeper {
  readonly ports: AutoScalingPorts;
  readonly launchConfigurations: RecordTable<LaunchConfigurationRecord>;
  readonly groups: Map<string, Group>;
  /** Called when the last of a group is gone, before its records are. */
  onGone: (name: string, group: Group) => void = () => undefined;
  readonly #records: GroupRecords;
  readonly #runner: EffectRunner;
  readonly #timers = new Map<string, Timer>();
  #unsubscribe: (() => void) | undefined;
  /** Of the calendar from the steady clock, when they were compared last. (U3) */
  #apartMs: number;
  #isStopped = false;

  constructor(ports: AutoScalingPorts) {
    this.ports = ports;
    this.#apartMs = ports.time.clock.wallMs() - ports.time.clock.nowMs();
    this.launchConfigurations = ports.records.table('autoscaling/launch-configurations');
    this.#records = new GroupRecords(ports.records);
    this.groups = this.#records.load();
    this.#runner = new EffectRunner({
      ports,
      launchConfigurations: this.launchConfigurations,
      answer: (group, input) => this.#answer(group, input),
      tagsOf: (group) => this.groups.get(group)?.details.tags ?? [],
      isStopped: () => this.#isStopped,
    });
  }

  get nowMs(): number {
    return this.ports.time.clock.wallMs();
  }

  newId(): string {
    const hex = Buffer.from(this.ports.random.bytes(16)).toString('hex');
    const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  /** (U2) */
  start(): void {
    for (const name of [...this.groups.keys()]) this.#answer(name, { type: 'came-back' });
    this.#unsubscribe = this.ports.compute.onChange((instance) => this.#follow(instance));
    for (const [name, group] of [...this.groups]) {
      const ids = [...group.state.instances.keys()];
      this.#perform(name, unfinishedEffects(group.state));
      for (const id of ids) this.#followIn(name, id, this.ports.compute.describe(id));
      if (isGroupGone(group.state)) this.#remove(name, group);
      else this.#setTimer(name, group);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe?.();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  create(settings: GroupSettings, details: GroupDetails, inputs: readonly GroupInput[]): void {
    this.groups.set(settings.name, { state: emptyGroup(settings), details });
    for (const input of inputs) this.apply(settings.name, input);
  }

  find(name: string): Group {
    const group = this.groups.get(name);
    if (group === undefined)
      throw invalid(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
    return group;
  }

  changeDetails(name: string, change: Partial<GroupDetails>): void {
    this.replaceDetails(name, { ...this.find(name).details, ...change });
  }

  replaceDetails(name: string, details: GroupDetails): void {
    const group = this.find(name);
    group.details = details;
    this.#records.save(name, group);
  }

  /** One step of a group. What it refuses comes as AWS's error and has changed nothing. */
  apply(name: string, input: GroupInput): void {
    this.#noticeJump();
    this.#applyNow(name, input);
  }

  /** (U3) */
  #noticeJump(): void {
    const { clock } = this.ports.time;
    const apartMs = clock.wallMs() - clock.nowMs();
    const byMs = apartMs - this.#apartMs;
    if (Math.abs(byMs) < JUMP_MS) return;
    this.#apartMs = apartMs;
    this.ports.log?.(`the clock of this machine jumped by ${(byMs / 1000).toFixed(1)} s`);
    for (const name of [...this.groups.keys()]) this.#applyNow(name, { type: 'time-jumped', byMs });
  }

  #applyNow(name: string, input: GroupInput): void {
    const group = this.find(name);
    const effects = this.#step(group, input);
    if (isGroupGone(group.state)) this.#remove(name, group);
    else {
      this.#records.save(name, group);
      this.#setTimer(name, group);
    }
    this.#perform(name, effects);
  }

  #step(group: Group, input: GroupInput): readonly GroupEffect[] {
    const { random, time } = this.ports;
    try {
      return stepGroup(group.state, input, { nowMs: this.nowMs, random, speed: time.speed });
    } catch (error) {
      if (error instanceof GroupRefusal) throw new AwsError(error.code, error.message);
      throw error;
    }
  }

  #remove(name: string, group: Group): void {
    this.onGone(name, group);
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    this.groups.delete(name);
    this.#records.forget(name);
  }

  /** (U1) */
  #perform(name: string, effects: readonly GroupEffect[]): void {
    this.#runner.run(name, effects).catch((error: unknown) => {
      this.ports.log?.(`group ${name}: ${error instanceof Error ? error.stack : error}`);
    });
  }

  #answer(name: string, input: GroupInput): void {
    if (this.#isStopped || !this.groups.has(name)) return;
    try {
      this.apply(name, input);
    } catch (error) {
      // Nobody waits for this input whom an error could tell. When the disk refuses, no effect follows and the group rests.
      this.ports.log?.(`group ${name}, ${input.type}: ${error instanceof Error ? error.stack : error}`);
    }
  }

  #follow(instance: ComputeInstance): void {
    for (const [name, { state }] of this.groups) {
      if (state.instances.has(instance.instanceId)) {
        this.#followIn(name, instance.instanceId, instance);
        return;
      }
    }
  }

  #followIn(name: string, id: string, instance: ComputeInstance | undefined): void {
    const known = this.groups.get(name)?.state.instances.get(id);
    if (known === undefined) return;
    const isDead = instance !== undefined && isGone({ ...known.compute, state: instance.state });
    const diesYoung = isDead && known.lifecycle.startsWith('Pending');
    const tail = diesYoung ? this.ports.compute.consoleTail(id, CONSOLE_LINES) : '';
    this.#answer(name, changeOf(id, instance, tail));
  }

  #setTimer(name: string, { state }: Group): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (this.#isStopped) return;
    const deadline = nextDeadline(state, { nowMs: this.nowMs, speed: this.ports.time.speed });
    if (deadline === undefined) return;
    const delayMs = Math.min(LONGEST_TIMER_MS, Math.max(0, deadline - this.nowMs));
    this.#timers.set(
      name,
      this.ports.time.clock.setTimer(delayMs, () => this.#answer(name, { type: 'tick' })),
    );
  }
}
