/** A group on virtual time with an EC2 that is made up: instances take a while to launch and to end, and fail when told to. */
import { seededRandom } from '@crescendo/base';
import { nextDeadline } from '../deadlines.ts';
import type { GroupEffect } from '../group-effect.ts';
import type { GroupInput, LaunchedInstance } from '../group-input.ts';
import type { ComputeView, GroupInstance, GroupSettings, GroupState, PendingLaunch } from '../group-state.ts';
import { emptyGroup } from '../group-state.ts';
import { stepGroup } from '../group-step.ts';
import type { LifecycleHook } from '../lifecycle-hook.ts';
import { unfinishedEffects } from '../unfinished-effects.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export const SETTINGS: GroupSettings = {
  name: 'g',
  min: 0,
  max: 20,
  source: {
    kind: 'template',
    template: { launchTemplateId: 'lt-1', launchTemplateName: 'one', version: '1' },
  },
  zones: ['us-east-1a', 'us-east-1b'],
  subnets: [],
  defaultCooldownSeconds: 300,
  healthCheckType: 'EC2',
  healthCheckGraceSeconds: 0,
  terminationPolicies: ['Default'],
  protectNewInstances: false,
  onTerminateHookAbandon: 'terminate',
  createdMs: START_MS,
};

interface Machine {
  readonly launched: LaunchedInstance;
  readonly token: string;
  compute: ComputeView;
}

const view = (state: ComputeView['state'], reason = '', healthy = true): ComputeView => ({
  state,
  healthy,
  reason,
});

/** Steps within one moment; more are a loop. */
const MAX_STEPS_AT_ONCE = 300;

export class SimulatedGroup {
  state: GroupState;
  nowMs = START_MS;
  readonly machines = new Map<string, Machine>();
  readonly published: Extract<GroupEffect, { type: 'publish' }>[] = [];
  readonly targets = new Map<string, string>();
  /** The message of every launch that is refused, while set. */
  launchError: string | undefined;
  /** Instances die while they boot, while set. */
  isDyingYoung = false;
  bootMs = 1000;
  endMs = 1000;
  /** Called after each step. */
  observe: (input: GroupInput) => void = () => undefined;
  readonly #random;
  readonly #speed: number;
  #events: { atMs: number; run: () => void }[] = [];
  #era = 0;

  constructor(settings: Partial<GroupSettings> = {}, options: { seed?: number; speed?: number } = {}) {
    this.state = emptyGroup({ ...SETTINGS, ...settings });
    this.#random = seededRandom(options.seed ?? 1);
    this.#speed = options.speed ?? 1;
  }

  step(input: GroupInput): void {
    const context = { nowMs: this.nowMs, random: this.#random, speed: this.#speed };
    const effects = stepGroup(this.state, input, context);
    for (const effect of effects) this.#carryOut(effect);
    this.observe(input);
  }

  /** Lets time pass: what is due happens in its order. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let still = 0; ; still++) {
      if (still > MAX_STEPS_AT_ONCE) throw new Error('the group never comes to rest');
      const deadline = nextDeadline(this.state, { nowMs: this.nowMs, speed: this.#speed });
      const event = this.#events[0];
      const atMs = Math.max(this.nowMs, Math.min(deadline ?? endMs + 1, event?.atMs ?? endMs + 1));
      if (atMs > endMs) break;
      if (atMs > this.nowMs) still = 0;
      this.nowMs = atMs;
      if (event !== undefined && event.atMs <= atMs) {
        this.#events.shift();
        event.run();
      } else this.step({ type: 'tick' });
    }
    this.nowMs = endMs;
  }

  /** Creates the group with so many instances and lets them come into service. */
  begin(desired: number): this {
    this.step({ type: 'created', desired });
    this.advance(60_000);
    return this;
  }

  /** The process ends between two moments: only what stands in the state is left. */
  restart(): void {
    this.#era++;
    this.state = structuredClone(this.state);
    for (const effect of unfinishedEffects(this.state)) this.#carryOut(effect);
    for (const id of this.state.instances.keys()) {
      const compute = this.machines.get(id)?.compute ?? view('terminated', 'unknown');
      this.step({ type: 'instance-changed', instanceId: id, compute, consoleTail: '' });
    }
  }

  instances(lifecycle = 'InService'): GroupInstance[] {
    return [...this.state.instances.values()].filter((one) => one.lifecycle === lifecycle);
  }

  get desired(): number {
    return this.state.vitals.desired;
  }

  get size(): number {
    return this.instances().length;
  }

  /** The process behind an instance is gone. */
  kill(id: string, reason = 'killed'): void {
    this.#change(id, view('terminated', reason, false));
  }

  impair(id: string): void {
    this.#change(id, view('running', 'hangs', false));
  }

  causes(): string[] {
    return [...this.state.activities.values()].map(({ cause }) => cause.replaceAll(/At \S+Z /g, ''));
  }

  #carryOut(effect: GroupEffect): void {
    if (effect.type === 'launch') this.#after(0, () => this.#launch(effect.launch));
    else if (effect.type === 'terminate') {
      const end = (): void => this.#change(effect.instanceId, view('terminated'));
      this.#after(0, () => this.#within(this.endMs, end));
    }
    if (effect.type === 'publish') this.published.push(effect);
    else if (effect.type === 'set-target-state') this.targets.set(effect.instanceId, effect.state);
  }

  #launch(launch: PendingLaunch): void {
    if (this.launchError !== undefined) {
      this.step({ type: 'launch-failed', launchId: launch.id, message: this.launchError });
      return;
    }
    const known = [...this.machines.values()].find(({ token }) => token === launch.id);
    const machine = known ?? this.#newMachine(launch);
    this.step({
      type: 'launched',
      launchId: launch.id,
      ...machine.launched,
      compute: machine.compute,
    });
    if (known !== undefined && known.compute.state !== 'pending') return;
    this.#within(this.bootMs, () => {
      const { instanceId } = machine.launched;
      if (this.isDyingYoung) this.#change(instanceId, view('terminated', 'exit status 1', false));
      else this.#change(instanceId, view('running'));
    });
  }

  #newMachine(launch: PendingLaunch): Machine {
    const { source } = launch;
    const template =
      launch.override?.template ?? (source.kind === 'configuration' ? undefined : source.template);
    const machine: Machine = {
      token: launch.id,
      compute: view('pending'),
      launched: {
        instanceId: `i-${(this.machines.size + 1).toString(16).padStart(17, '0')}`,
        zone: launch.zone,
        instanceType: launch.override?.instanceType ?? 't3.micro',
        imageId: 'ami-1',
        launchedMs: this.nowMs,
        spot: launch.spot,
        compute: view('pending'),
        origin:
          template === undefined
            ? { kind: 'configuration', name: 'lc', createdMs: START_MS }
            : {
                kind: 'template',
                launchTemplateId: template.launchTemplateId ?? '',
                launchTemplateName: template.launchTemplateName ?? '',
                version: template.version ?? '1',
              },
      },
    };
    this.machines.set(machine.launched.instanceId, machine);
    return machine;
  }

  #change(id: string, compute: ComputeView): void {
    const machine = this.machines.get(id);
    if (machine === undefined || machine.compute.state === 'terminated') return;
    machine.compute = compute;
    this.step({ type: 'instance-changed', instanceId: id, compute, consoleTail: 'last words' });
  }

  /** What was asked for and not heard before a restart is lost. */
  #after(delayMs: number, run: () => void): void {
    const era = this.#era;
    this.#within(delayMs, () => {
      if (era === this.#era) run();
    });
  }

  /** EC2 goes on with what it has begun. */
  #within(delayMs: number, run: () => void): void {
    const atMs = this.nowMs + delayMs;
    const index = this.#events.findIndex((event) => event.atMs > atMs);
    this.#events.splice(index < 0 ? this.#events.length : index, 0, { atMs, run });
  }
}

/** A launch hook. */
export const hook = (more: Partial<LifecycleHook> = {}): LifecycleHook => ({
  name: 'h',
  transition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  heartbeatSeconds: 300,
  defaultResult: 'ABANDON',
  ...more,
});
/** A termination hook. */
export const ending = (more: Partial<LifecycleHook> = {}): LifecycleHook =>
  hook({ transition: 'autoscaling:EC2_INSTANCE_TERMINATING', ...more });

export const statesOf = (group: SimulatedGroup): string[] =>
  [...group.state.instances.values()].map(({ lifecycle }) => lifecycle);
