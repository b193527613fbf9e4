/**
 * Carries out what groups ask for, after it is on disk. It makes no choice: what comes of an effect goes back to the group.
 */
import type {
  GroupEffect,
  GroupInput,
  LaunchedInstance,
  LaunchOrigin,
  PendingLaunch,
} from '@crescendo/scaling';
import type { ComputeInstance, LaunchTemplateReference } from '../../contract/compute.ts';
import type { RecordTable } from '../../contract/records.ts';
import { AwsError } from '../../contract/service.ts';
import type { GroupTag } from './group-details.ts';
import type { LaunchConfigurationRecord } from './launch-configuration-record.ts';
import type { AutoScalingPorts } from './ports.ts';
import { byId } from './template-reference.ts';

/** How long a termination that EC2 could not take waits for its next attempt. */
const TERMINATE_RETRY_MS = 5_000;

export interface EffectRunnerOptions {
  readonly ports: AutoScalingPorts;
  readonly launchConfigurations: RecordTable<LaunchConfigurationRecord>;
  /** Tells a group what came of an effect; does nothing once the service has stopped. */
  readonly answer: (group: string, input: GroupInput) => void;
  readonly tagsOf: (group: string) => readonly GroupTag[];
  readonly isStopped: () => boolean;
}

export class EffectRunner {
  readonly #options: EffectRunnerOptions;

  constructor(options: EffectRunnerOptions) {
    this.#options = options;
  }

  async run(group: string, effects: readonly GroupEffect[]): Promise<void> {
    if (effects.length === 0) return;
    const { ports, isStopped } = this.#options;
    try {
      await ports.records.durable();
    } catch (error) {
      // The disk refuses: nothing is done that is not recorded, and the records refuse everything from now on.
      ports.log?.(`group ${group}: ${error instanceof Error ? error.message : error}`);
      return;
    }
    if (!isStopped()) await Promise.all(effects.map((effect) => this.#carryOut(group, effect)));
  }

  #carryOut(group: string, effect: GroupEffect): Promise<void> | void {
    const { ports } = this.#options;
    if (effect.type === 'launch') return this.#launch(group, effect.launch);
    if (effect.type === 'terminate') return this.#terminate(group, effect.instanceId, effect.reason);
    if (effect.type === 'publish') ports.publish?.(effect.targetArn, effect.message);
    else ports.compute.setTargetLifecycleState(effect.instanceId, effect.state);
  }

  async #launch(group: string, launch: PendingLaunch): Promise<void> {
    const { answer, ports } = this.#options;
    try {
      const { reference, origin } = this.#resolve(launch);
      const launched = await ports.compute.launch({
        clientToken: launch.id,
        launchTemplate: reference,
        zone: launch.zone,
        ...(launch.subnetId === undefined ? {} : { subnetId: launch.subnetId }),
        ...(launch.override?.instanceType === undefined
          ? {}
          : { instanceType: launch.override.instanceType }),
        ...(launch.spot ? { spot: true } : {}),
        tags: this.#tags(group),
      });
      // What EC2 has told of it since the launch came before the group knew it.
      const instance = ports.compute.describe(launched.instanceId) ?? launched;
      answer(group, {
        type: 'launched',
        launchId: launch.id,
        ...launchedInstance(instance, origin, launch.spot),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof AwsError)) ports.log?.(`group ${group} could not launch: ${message}`);
      answer(group, { type: 'launch-failed', launchId: launch.id, message });
    }
  }

  #resolve(launch: PendingLaunch): { reference: LaunchTemplateReference; origin: LaunchOrigin } {
    const { ports, launchConfigurations } = this.#options;
    const { source } = launch;
    if (source.kind === 'configuration') {
      const record = launchConfigurations.get(source.name);
      if (record === undefined) {
        throw new AwsError('ValidationError', `The launch configuration ${source.name} does not exist.`);
      }
      const origin = { kind: 'configuration', name: source.name, createdMs: record.createdMs } as const;
      return { reference: { launchTemplateId: record.launchTemplateId, version: '1' }, origin };
    }
    const found = ports.compute.resolveLaunchTemplate(byId(launch.override?.template ?? source.template));
    const { launchTemplateId, launchTemplateName, version } = found;
    return {
      reference: { launchTemplateId, version },
      origin: { kind: 'template', launchTemplateId, launchTemplateName, version },
    };
  }

  #tags(group: string): Record<string, string> {
    const own = this.#options.tagsOf(group).filter(({ propagate }) => propagate);
    return {
      ...Object.fromEntries(own.map(({ key, value }) => [key, value])),
      'aws:autoscaling:groupName': group,
    };
  }

  async #terminate(group: string, instanceId: string, reason: string): Promise<void> {
    const { answer, ports, isStopped } = this.#options;
    try {
      await ports.compute.terminate(instanceId, reason);
    } catch (error) {
      ports.log?.(
        `instance ${instanceId} could not be terminated: ${error instanceof Error ? error.message : error}`,
      );
      ports.time.clock.setTimer(TERMINATE_RETRY_MS, () => {
        if (!isStopped()) void this.#terminate(group, instanceId, reason);
      });
      return;
    }
    const left = ports.compute.describe(instanceId);
    if (left === undefined || left.state === 'terminated') answer(group, changeOf(instanceId, left, ''));
  }
}

export function launchedInstance(
  instance: ComputeInstance,
  origin: LaunchOrigin,
  spot: boolean,
): LaunchedInstance {
  return {
    instanceId: instance.instanceId,
    zone: instance.zone,
    instanceType: instance.instanceType,
    imageId: instance.imageId,
    launchedMs: instance.launchTimeMs,
    origin,
    spot,
    compute: { state: instance.state, healthy: instance.healthy, reason: instance.reason },
  };
}

/** What EC2 says of an instance, for its group; an instance that EC2 does not know is gone. */
export function changeOf(
  instanceId: string,
  instance: ComputeInstance | undefined,
  consoleTail: string,
): GroupInput {
  const compute =
    instance === undefined
      ? ({ state: 'terminated', healthy: false, reason: 'EC2 does not know the instance any more' } as const)
      : { state: instance.state, healthy: instance.healthy, reason: instance.reason };
  return { type: 'instance-changed', instanceId, compute, consoleTail };
}
