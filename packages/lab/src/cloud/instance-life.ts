/**
 * What goes on in the instances: they boot, work, are told to end, hand over and end. It stands where programs would, and calls what they
 * would call: hooks and protection of Auto Scaling.
 *
 * (L1) An instance works from `bootDelay` after EC2 says that it runs, until its group wants it to end or it is gone.
 * (L2) It completes the launch hooks of its group when it can work, and the termination hooks when it holds nothing any more.
 * (L3) Where instances launch protected from scale-in, it takes the protection off when it can work: whoever protects work knows when there is none.
 */
import type { Random } from '@crescendo/base';
import type { ComputeInstance, VirtualCloud } from '@crescendo/cloud/virtual';
import type { Distribution } from '../load/distribution.ts';
import type { Workload } from '../work/workload.ts';
import type { GroupAnswer } from './answers.ts';

export interface LifeOptions {
  readonly cloud: VirtualCloud;
  readonly random: Random;
  readonly bootDelay: Distribution;
  readonly workload: Workload;
  /** Workers of an instance of the type. */
  readonly slotsOf: (instanceType: string) => number;
}

/** When an instance ran; `endMs` is undefined while it does. */
export interface InstanceSpan {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly requestedMs: number;
  /** From running until it can work. */
  readonly bootMs: number;
  runningMs: number | undefined;
  workingMs: number | undefined;
  endMs: number | undefined;
}

export class InstanceLife {
  readonly spans = new Map<string, InstanceSpan>();
  /** The first that went wrong of what was begun here; a bug of ours. */
  failure: unknown;
  readonly #options: LifeOptions;
  #group: GroupAnswer | undefined;
  readonly #ending = new Set<string>();
  readonly #groupNames = new Map<string, string>();

  constructor(options: LifeOptions) {
    this.#options = options;
    options.cloud.onInstance((instance) => this.#changed(instance));
  }

  /** Instances of other groups do not work. Those that could work already begin. */
  setGroup(group: GroupAnswer): void {
    this.#group = group;
    for (const span of this.spans.values()) if (span.workingMs !== undefined) this.#beginWork(span);
  }

  /** Whether it is, or was, an instance of the group. */
  belongs(instanceId: string): boolean {
    const name = this.#groupNameOf(instanceId);
    return name !== undefined && name === this.#group?.AutoScalingGroupName;
  }

  /** The group has told the instance what it wants of it. */
  setTarget(instanceId: string, target: string | undefined): void {
    if (target !== 'Terminated' || this.#ending.has(instanceId)) return;
    this.#ending.add(instanceId);
    this.#options.workload.stopTaking(instanceId, () => {
      // A turn later: the group is in the middle of its own.
      this.#later(0, () => this.#completeHooks(instanceId, 'autoscaling:EC2_INSTANCE_TERMINATING'));
    });
  }

  #changed({ instanceId, instanceType, state }: ComputeInstance): void {
    const { cloud, workload } = this.#options;
    const nowMs = cloud.clock.nowMs();
    const span = this.#spanOf(instanceId, instanceType, nowMs);
    if (state === 'running' && span.runningMs === undefined) {
      span.runningMs = nowMs;
      this.#groupNameOf(instanceId);
      this.#later(span.bootMs, () => this.#ready(span));
    } else if (state === 'shutting-down' || state === 'stopping') {
      this.#ending.add(instanceId);
      workload.remove(instanceId);
    } else if (state === 'terminated' || state === 'stopped') {
      workload.remove(instanceId);
      span.endMs ??= nowMs;
    }
  }

  #spanOf(instanceId: string, instanceType: string, requestedMs: number): InstanceSpan {
    let span = this.spans.get(instanceId);
    if (span === undefined) {
      // Drawn now, in the order of launches, whichever of them runs first.
      const bootMs = this.#options.bootDelay.draw(this.#options.random);
      const unknown = { runningMs: undefined, workingMs: undefined, endMs: undefined };
      span = { instanceId, instanceType, requestedMs, bootMs, ...unknown };
      this.spans.set(instanceId, span);
    }
    return span;
  }

  /** (L1) */
  async #ready(span: InstanceSpan): Promise<void> {
    if (span.endMs !== undefined || this.#ending.has(span.instanceId)) return;
    span.workingMs = this.#options.cloud.clock.nowMs();
    await this.#completeHooks(span.instanceId, 'autoscaling:EC2_INSTANCE_LAUNCHING');
    if (this.#group !== undefined) this.#beginWork(span);
    await this.#unprotect(span.instanceId);
  }

  #beginWork({ instanceId, instanceType }: InstanceSpan): void {
    const { workload, slotsOf } = this.#options;
    if (workload.has(instanceId) || this.#ending.has(instanceId) || !this.belongs(instanceId)) return;
    workload.addInstance(instanceId, slotsOf(instanceType));
  }

  /** (L2) Hooks that do not wait for this instance refuse, which is no harm. */
  async #completeHooks(InstanceId: string, transition: string): Promise<void> {
    const AutoScalingGroupName = this.#groupNameOf(InstanceId);
    if (AutoScalingGroupName === undefined) return;
    const { services } = this.#options.cloud;
    const { LifecycleHooks = [] } = await services.call<HookList>('autoscaling', 'DescribeLifecycleHooks', {
      AutoScalingGroupName,
    });
    for (const { LifecycleHookName, LifecycleTransition } of LifecycleHooks) {
      if (LifecycleTransition !== transition) continue;
      const input = {
        AutoScalingGroupName,
        LifecycleHookName,
        InstanceId,
        LifecycleActionResult: 'CONTINUE',
      };
      await services.call('autoscaling', 'CompleteLifecycleAction', input).catch(() => undefined);
    }
  }

  /** (L3) */
  async #unprotect(instanceId: string): Promise<void> {
    if (this.#group?.NewInstancesProtectedFromScaleIn !== true || !this.belongs(instanceId)) return;
    const input = {
      AutoScalingGroupName: this.#group.AutoScalingGroupName,
      InstanceIds: [instanceId],
      ProtectedFromScaleIn: false,
    };
    await this.#options.cloud.services
      .call('autoscaling', 'SetInstanceProtection', input)
      .catch(() => undefined);
  }

  /** An instance that is gone is remembered. */
  #groupNameOf(instanceId: string): string | undefined {
    const known = this.#groupNames.get(instanceId);
    if (known !== undefined) return known;
    const running = this.#options.cloud.runningInstances();
    const name = running.find((one) => one.instanceId === instanceId)?.groupName;
    if (name !== undefined) this.#groupNames.set(instanceId, name);
    return name;
  }

  #later(delayMs: number, work: () => Promise<void>): void {
    this.#options.cloud.clock.setTimer(delayMs, () => {
      work().catch((error: unknown) => {
        this.failure ??= error;
      });
    });
  }
}

interface HookList {
  readonly LifecycleHooks?: readonly {
    readonly LifecycleHookName: string;
    readonly LifecycleTransition: string;
  }[];
}
