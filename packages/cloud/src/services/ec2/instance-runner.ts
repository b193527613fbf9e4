/**
 * Carries out what is recorded of instances: boots, halts, deletes. It decides nothing that a caller could have asked otherwise.
 *
 * (C1) Nothing is done before the record that asks for it is on disk, and what was done is recorded after. Everything can be done again,
 *      so a start after a crash at any moment goes on from the records.
 * (C2) One instance is worked on by one step at a time; what is asked meanwhile is seen by the next step.
 * (C3) An instance whose end was noticed is never booted again; one that was not running when the cloud came back is.
 * (C4) While the cloud is stopping, instances are halted and their records stay as they are. What ends instances and cloud together, as
 *      a shutdown of the machine does, reaches the cloud within moments: an instance counts as gone only when the cloud lives on.
 */
import type { Timer } from '@crescendo/base';
import { messageOf } from '@crescendo/base';
import type { InstanceEvent, InstanceSpec } from '../../instances/instance-provider.ts';
import type { MetadataDoor } from '../../instances/metadata/metadata-server.ts';
import type { Ec2State } from './ec2-state.ts';
import { allOf } from './ec2-state.ts';
import type { InstanceRecord, StateReason } from './instance-record.ts';
import { specOf } from './instance-spec.ts';
import { INITIATED_IN_INSTANCE, isLive } from './instance-states.ts';
import type { Ec2Ports } from './ports.ts';
import { DEFAULT_HALT_GRACE_MS } from './ports.ts';

/** How long a stop of the cloud may come after the end of an instance and still be its reason (C4). */
const GONE_SETTLE_MS = 500;
/** How long a terminated instance is shown. */
const SHOWN_AFTER_END_MS = 3600 * 1000;
/** How often terminated instances and volumes that had to stay are looked at. */
const SWEEP_MS = 30_000;
/** How much of the console of a terminated instance is kept, in characters. */
const KEPT_CONSOLE = 16 * 1024;

export class InstanceRunner {
  readonly #ports: Ec2Ports;
  readonly #state: Ec2State;
  readonly #metadata: MetadataDoor;
  /** Instances that a step works on (C2). */
  readonly #working = new Map<string, Promise<void>>();
  readonly #reboots = new Set<string>();
  /** Instances whose end was noticed and not recorded yet. */
  readonly #gone = new Map<string, Timer>();
  readonly #interruptions = new Map<string, Timer>();
  #sweep: Timer | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #closing = false;
  #unsubscribe: (() => void)[] = [];

  constructor(ports: Ec2Ports, state: Ec2State, metadata: MetadataDoor) {
    this.#ports = ports;
    this.#state = state;
    this.#metadata = metadata;
  }

  /** Resolves when every recorded instance that should run does, or has failed to. */
  async start(): Promise<void> {
    this.#unsubscribe = [
      this.#ports.provider.onEvent((event) => this.#handle(event)),
      this.#state.onInstance((record) => this.#changed(record)),
    ];
    const all = allOf(this.#state.instances);
    for (const record of all) this.#armInterruption(record);
    const settled = all.map((record) => this.#work(record.instanceId));
    await Promise.all(
      settled.filter((_, index) => all[index]?.state === 'running' || all[index]?.state === 'pending'),
    );
    this.#scheduleSweep();
  }

  /** (C4) */
  async stop(): Promise<void> {
    this.#closing = true;
    for (const end of this.#unsubscribe) end();
    this.#sweep?.cancel();
    for (const timer of [...this.#interruptions.values(), ...this.#gone.values()]) timer.cancel();
    await this.#sweeping;
    await Promise.all(this.#working.values());
    // Also what was about to be ended: its step may not have begun.
    const present = allOf(this.#state.instances).filter(
      ({ state }) => state !== 'stopped' && state !== 'terminated',
    );
    const halting = present.map(({ instanceId }) =>
      this.#halt(instanceId).catch((error: unknown) => this.#ports.log?.(messageOf(error))),
    );
    await Promise.all(halting);
    await this.#metadata.stop();
  }

  /** The instance is halted and booted again; its record stays `running`. */
  reboot(instanceId: string): void {
    this.#reboots.add(instanceId);
    void this.#work(instanceId);
  }

  #changed(record: InstanceRecord): void {
    this.#armInterruption(record);
    if (!isAtRest(record)) void this.#work(record.instanceId);
  }

  /** Never rejects. */
  #work(instanceId: string): Promise<void> {
    const before = this.#working.get(instanceId);
    if (before !== undefined) return before; // It looks at the record again before it ends (C2).
    if (this.#closing) return Promise.resolve();
    const working = this.#workOff(instanceId).catch((error: unknown) => {
      this.#ports.log?.(`${instanceId}: ${messageOf(error)}`);
    });
    this.#working.set(instanceId, working);
    return working;
  }

  async #workOff(instanceId: string): Promise<void> {
    try {
      for (;;) {
        await this.#ports.records.durable(); // (C1)
        const record = this.#state.instances.get(instanceId);
        if (this.#closing || record === undefined || (isAtRest(record) && !this.#hasWork(record))) return;
        await this.#step(record);
      }
    } finally {
      this.#working.delete(instanceId); // In the turn of the last look, so that nothing that is asked later is lost.
    }
  }

  #hasWork({ instanceId, state }: InstanceRecord): boolean {
    if (state !== 'running' || this.#gone.has(instanceId)) return false; // (C3)
    return this.#reboots.has(instanceId) || !this.#ports.provider.isRunning(instanceId);
  }

  async #step(record: InstanceRecord): Promise<void> {
    const { instanceId } = record;
    if (record.state === 'stopping') {
      await this.#halt(instanceId);
      this.#state.changeInstance(instanceId, { state: 'stopped' });
    } else if (record.state === 'shutting-down') {
      await this.#terminate(record);
    } else {
      if (this.#reboots.delete(instanceId)) await this.#halt(instanceId);
      await this.#boot(record);
    }
  }

  async #boot(record: InstanceRecord): Promise<void> {
    const { instanceId } = record;
    try {
      await this.#openMetadata(record);
      await this.#ports.provider.boot(this.#spec(record));
    } catch (error) {
      this.#handleFailedBoot(record, messageOf(error));
      return;
    }
    // Asked to end while it was starting: the next step ends it.
    if (this.#state.instances.get(instanceId)?.state === 'pending') {
      this.#state.changeInstance(instanceId, {
        state: 'running',
        ran: true,
        stateReason: undefined,
        transitionReason: '',
      });
    }
  }

  #spec(record: InstanceRecord): InstanceSpec {
    return specOf(record, this.#ports);
  }

  /** What has run before keeps its volumes. */
  #handleFailedBoot({ instanceId, ran }: InstanceRecord, reason: string): void {
    const now = this.#state.instances.get(instanceId)?.state;
    if (now !== 'pending' && now !== 'running') return;
    const stateReason = { code: 'Server.InternalError', message: `Server.InternalError: ${reason}` };
    this.#ports.log?.(`${instanceId} could not be booted: ${reason}`);
    this.#state.changeInstance(instanceId, {
      state: ran ? 'stopping' : 'shutting-down',
      stateReason,
      transitionReason: stateReason.message,
    });
  }

  /** The address of a new instance can be refused; one that had it before runs on without metadata. */
  async #openMetadata({ instanceId, address, ran }: InstanceRecord): Promise<void> {
    try {
      await this.#metadata.open(instanceId, address);
    } catch (error) {
      if (!ran) throw error;
      this.#ports.log?.(`${instanceId} has no metadata service: ${messageOf(error)}`);
    }
  }

  /** Another program had the address when the instance came back: it may have let go of it. */
  async #reopenMetadata({ instanceId, address }: InstanceRecord): Promise<void> {
    if (this.#closing || !this.#ports.provider.isRunning(instanceId)) return;
    await this.#metadata.open(instanceId, address).catch(() => undefined);
  }

  async #halt(instanceId: string): Promise<void> {
    await this.#ports.provider.halt(instanceId, this.#ports.haltGraceMs ?? DEFAULT_HALT_GRACE_MS);
    await this.#metadata.close(instanceId);
  }

  #handle(event: InstanceEvent): void {
    const record = this.#state.instances.get(event.instanceId);
    if (record === undefined || this.#closing || (record.state !== 'running' && record.state !== 'pending'))
      return;
    if (event.kind === 'health') this.#state.tell(record);
    else if (event.kind === 'request' && event.request === 'reboot') this.reboot(event.instanceId);
    else if (event.kind === 'request')
      this.#end(record, record.settings.shutdownBehavior, INITIATED_IN_INSTANCE);
    else this.#settleGone(event.instanceId, event.reason);
  }

  /** (C3), (C4) */
  #settleGone(instanceId: string, reason: string): void {
    const timer = this.#ports.clock.setTimer(GONE_SETTLE_MS, () => {
      this.#gone.delete(instanceId);
      const record = this.#state.instances.get(instanceId);
      if (this.#closing || record === undefined || !isLive(record.state)) return;
      const message = `Server.InternalError: the instance is gone: ${reason}`;
      this.#end(record, 'terminate', { code: 'Server.InternalError', message });
    });
    this.#gone.set(instanceId, timer);
    const record = this.#state.instances.get(instanceId);
    if (record !== undefined) this.#state.tell(record);
  }

  #end({ instanceId }: InstanceRecord, how: 'stop' | 'terminate', stateReason: StateReason): void {
    const state = how === 'stop' ? 'stopping' : 'shutting-down';
    this.#state.changeInstance(instanceId, { state, stateReason, transitionReason: stateReason.message });
  }

  /** Volumes that outlive the instance are set free in the turn that ends it; the others go when nobody needs them any more. */
  async #terminate({ instanceId, volumes }: InstanceRecord): Promise<void> {
    await this.#halt(instanceId);
    this.#state.consoles.put(instanceId, this.#ports.provider.console(instanceId).slice(-KEPT_CONSOLE));
    for (const { volumeId, deleteOnTermination } of volumes) {
      const volume = this.#state.volumes.get(volumeId);
      if (volume === undefined || deleteOnTermination) continue;
      this.#state.volumes.put(volumeId, { ...volume, instanceId: undefined });
    }
    this.#state.changeInstance(instanceId, {
      state: 'terminated',
      terminatedAtMs: this.#ports.clock.wallMs(),
    });
    await this.#ports.records.durable();
    await this.#ports.provider.forget(instanceId);
    await this.#deleteReleased(instanceId);
  }

  async #deleteReleased(instanceId: string): Promise<void> {
    const released = allOf(this.#state.volumes).filter((volume) => volume.instanceId === instanceId);
    if (released.length === 0 || !((await this.#ports.mayDeleteVolume?.(instanceId)) ?? true)) return;
    for (const { volumeId } of released) {
      await this.#ports.provider.deleteVolume(volumeId);
      this.#state.volumes.delete(volumeId);
      this.#state.putTags(volumeId, {});
    }
  }

  #scheduleSweep(): void {
    if (this.#closing) return;
    this.#sweep = this.#ports.clock.setTimer(SWEEP_MS, () => {
      this.#sweeping = this.#sweepOnce()
        .catch((error: unknown) => this.#ports.log?.(`sweeping failed: ${messageOf(error)}`))
        .then(() => this.#scheduleSweep());
    });
  }

  async #sweepOnce(): Promise<void> {
    const ended = allOf(this.#state.instances).filter(({ state }) => state === 'terminated');
    const before = this.#ports.clock.wallMs() - SHOWN_AFTER_END_MS;
    for (const { instanceId, terminatedAtMs = 0 } of ended) {
      await this.#deleteReleased(instanceId);
      const waiting = allOf(this.#state.volumes).some((volume) => volume.instanceId === instanceId);
      if (waiting || terminatedAtMs > before) continue;
      this.#state.instances.delete(instanceId);
      this.#state.consoles.delete(instanceId);
      this.#state.putTags(instanceId, {});
    }
    await this.#ports.records.durable();
    // What failed for a reason that may have passed is tried again.
    for (const record of allOf(this.#state.instances)) {
      if (!isAtRest(record)) void this.#work(record.instanceId);
      else if (record.state === 'running') await this.#reopenMetadata(record);
    }
  }

  #armInterruption({ instanceId, interruption, state }: InstanceRecord): void {
    this.#interruptions.get(instanceId)?.cancel();
    this.#interruptions.delete(instanceId);
    if (interruption === undefined || state !== 'running') return;
    const { clock } = this.#ports;
    const timer = clock.setTimer(Math.max(0, interruption.atMs - clock.wallMs()), () => {
      const record = this.#state.instances.get(instanceId);
      if (record?.state !== 'running' || this.#closing) return;
      const code =
        interruption.action === 'stop' ? 'Server.SpotInstanceShutdown' : 'Server.SpotInstanceTermination';
      this.#end(record, interruption.action, {
        code,
        message: `${code}: Spot instance ${interruption.action}`,
      });
    });
    this.#interruptions.set(instanceId, timer);
  }
}

/** Nothing is to be done about it, but for what a reboot or a lost process asks. */
function isAtRest({ state }: InstanceRecord): boolean {
  return state === 'running' || state === 'stopped' || state === 'terminated';
}
