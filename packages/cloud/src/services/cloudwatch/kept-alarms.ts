/**
 * The alarms of the cloud with their records, and the way of their actions to whoever carries them out. Knows nothing of requests.
 *
 * (L1) A transition and the actions that it calls are recorded together; an action is told after that is on disk, and its record goes
 *      when it has been carried out. So none is lost in a crash, and one may be told twice.
 * (L2) Repeated actions are not recorded: the next look at the alarm repeats them.
 */
import { InvariantError, messageOf } from '@crescendo/base';
import {
  type Alarm,
  type AlarmEffect,
  type AlarmInput,
  type AlarmsState,
  actionTaken,
  createAlarms,
  type MetricStore,
  nextAlarmTickMs,
  stepAlarms,
} from '@crescendo/scaling';
import type { RecordTable } from '../../contract/records.ts';
import { AlarmHistory } from './alarm-history.ts';
import { alarmArn } from './arns.ts';
import type { AlarmActionEvent, CloudWatchPorts } from './ports.ts';

export class KeptAlarms {
  readonly history: AlarmHistory;
  readonly #ports: CloudWatchPorts;
  readonly #metrics: MetricStore;
  readonly #state: AlarmsState;
  readonly #alarms: RecordTable<Alarm>;
  readonly #pending: RecordTable<AlarmActionEvent>;
  #nextAction: number;
  /** Keeps the calls in order; it does not wait for what they answer. */
  #order: Promise<void> = Promise.resolve();
  readonly #underWay = new Set<Promise<void>>();
  /** Until `resume` nothing is carried out. */
  #running = false;

  constructor(ports: CloudWatchPorts, metrics: MetricStore) {
    const { records, time } = ports;
    this.#ports = ports;
    this.#metrics = metrics;
    this.history = new AlarmHistory(records);
    this.#alarms = records.table('cloudwatch/alarms');
    this.#pending = records.table('cloudwatch/actions');
    this.#nextAction = Math.max(0, ...[...this.#pending.entries()].map(([key]) => Number(key) + 1));
    this.#state = createAlarms({ speed: time.speed });
    const alarms = [...this.#alarms.entries()].map(([, alarm]) => alarm);
    stepAlarms(this.#state, { type: 'restore', alarms }, time.clock.wallMs(), metrics);
  }

  get(name: string): Alarm | undefined {
    return this.#state.entries.get(name)?.alarm;
  }

  /** In no order. */
  all(): Alarm[] {
    return [...this.#state.entries.values()].map(({ alarm }) => alarm);
  }

  get count(): number {
    return this.#state.entries.size;
  }

  /** Names of the composite alarms whose rules name this one. */
  parentsOf(name: string): readonly string[] {
    return [...(this.#state.parents.get(name) ?? [])];
  }

  /** Milliseconds since 1970; Infinity when there is nothing to look at. */
  nextTickMs(): number {
    return nextAlarmTickMs(this.#state, this.#ports.time.clock.wallMs());
  }

  /** Records what comes of it; its actions are told once that is on disk. */
  step(input: AlarmInput): void {
    const effects = stepAlarms(this.#state, input, this.#ports.time.clock.wallMs(), this.#metrics);
    const calls: Call[] = [];
    for (const effect of effects) this.#apply(effect, calls);
    if (calls.length > 0) this.#carryOut(calls);
  }

  /**
   * Tells what an earlier process recorded and did not carry out. It is marked as silent: the cloud may have been gone for long, and the
   * next look says what is true now.
   */
  resume(): void {
    this.#running = true;
    const calls = [...this.#pending.entries()].map(([key, event]) => ({
      key,
      event: { ...event, silent: true },
    }));
    if (calls.length > 0) this.#carryOut(calls);
  }

  async settle(): Promise<void> {
    this.#running = false;
    await this.#order;
    await Promise.all(this.#underWay);
  }

  #apply(effect: AlarmEffect, calls: Call[]): void {
    switch (effect.type) {
      case 'changed':
        this.#alarms.put(effect.alarm.definition.name, effect.alarm);
        break;
      case 'deleted':
        this.#alarms.delete(effect.name);
        break;
      case 'history':
        this.history.add(effect.item);
        break;
      case 'action': {
        const event = { ...effect.action, alarmArn: alarmArn(this.#ports, effect.action.alarmName) };
        calls.push({ event, key: event.repeated ? undefined : this.#record(event) });
        break;
      }
    }
  }

  /** (L1) */
  #record(event: AlarmActionEvent): string {
    const key = String(this.#nextAction++).padStart(12, '0');
    this.#pending.put(key, event);
    return key;
  }

  /** Before `resume` the records keep what is to be done. When the disk refuses, nothing is carried out: whoever writes next is told so. */
  #carryOut(calls: readonly Call[]): void {
    if (!this.#running) return;
    const durable = this.#ports.records.durable();
    durable.catch(() => {});
    const callAll = (): void => {
      for (const call of calls) this.#callTracked(call);
    };
    this.#order = this.#order.then(() => durable).then(callAll, () => {});
  }

  #callTracked(call: Call): void {
    const done = this.#call(call).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #call({ key, event }: Call): Promise<void> {
    let failure: string | undefined;
    try {
      await this.#ports.onAlarmAction(event);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      failure = messageOf(error);
    }
    if (key === undefined && failure === undefined) return;
    try {
      this.history.add(actionTaken(event, this.#ports.time.clock.wallMs(), failure));
      if (key !== undefined) this.#pending.delete(key);
    } catch {
      // The records are refused: the action is told again by the next process.
    }
  }
}

interface Call {
  /** Of its record; undefined for repeated ones. (L2) */
  readonly key: string | undefined;
  readonly event: AlarmActionEvent;
}
