/** Auto Scaling as stacks see it: instances of a group are in service some seconds after they are wanted. */
import { AwsError } from '../../../contract/service.ts';
import type { FakeCloud } from './fake-cloud.ts';

export interface FakeInstance {
  readonly InstanceId: string;
  readonly LaunchTemplate: unknown;
  readonly LaunchConfigurationName: unknown;
  readonly launchedMs: number;
  LifecycleState: string;
}

interface FakeGroup {
  settings: Record<string, unknown>;
  tags: { Key: string; Value: string; PropagateAtLaunch?: boolean }[];
  instances: FakeInstance[];
  deletedMs?: number;
  suspended: string[];
}

const START_MS = 2_000;
const END_MS = 2_000;

export class FakeGroups {
  readonly groups = new Map<string, FakeGroup>();
  readonly policies = new Map<string, Record<string, unknown>>();
  readonly hooks = new Map<string, Record<string, unknown>>();
  readonly actions = new Map<string, Record<string, unknown>>();
  readonly configurations = new Map<string, Record<string, unknown>>();
  /** Fewest in service at any look while the group existed. */
  readonly leastInService = new Map<string, number>();
  launchesFail = false;
  /** Called when an instance begins to serve: tests send signals from it. */
  onServing: (group: string, instanceId: string) => void = () => {};
  readonly #cloud: FakeCloud;

  constructor(cloud: FakeCloud) {
    this.#cloud = cloud;
  }

  inventory(): string[] {
    const short = (name: string): string => name.replace(/[0-9A-Z]{12}$/, '#');
    return [
      ...[...this.groups.keys()].map((name) => `group ${short(name)}`),
      ...[...this.policies.values()].map((policy) => `policy ${short(String(policy['PolicyName']))}`),
      ...[...this.hooks.keys()].map((name) => `hook ${short(name)}`),
      ...[...this.actions.keys()].map((name) => `action ${short(name)}`),
      ...[...this.configurations.keys()].map((name) => `configuration ${short(name)}`),
    ];
  }

  serving(name: string): FakeInstance[] {
    this.#tick(name);
    return (this.groups.get(name)?.instances ?? []).filter(
      ({ LifecycleState }) => LifecycleState === 'InService',
    );
  }

  handle(operation: string, input: Record<string, unknown>): unknown {
    const name = String(input['AutoScalingGroupName']);
    switch (operation) {
      case 'CreateAutoScalingGroup':
        return this.#create(name, input);
      case 'UpdateAutoScalingGroup':
        Object.assign(this.#group(name).settings, input);
        return this.#tick(name);
      case 'DescribeAutoScalingGroups':
        return this.#describe((input['AutoScalingGroupNames'] as string[])[0]!);
      case 'DeleteAutoScalingGroup':
        this.#group(name).deletedMs ??= this.#cloud.clock.wallMs();
        return {};
      case 'DescribeScalingActivities':
        return { Activities: this.#activities() };
      case 'TerminateInstanceInAutoScalingGroup':
        return this.#terminate(String(input['InstanceId']));
      case 'SuspendProcesses':
        this.#suspend(name, input['ScalingProcesses'] as string[]);
        return {};
      case 'ResumeProcesses':
        this.#resume(name, input['ScalingProcesses'] as string[]);
        return {};
      case 'CreateOrUpdateTags':
      case 'DeleteTags':
        return this.#tags(operation, input['Tags'] as (FakeGroup['tags'][number] & { ResourceId: string })[]);
      case 'EnableMetricsCollection':
      case 'DisableMetricsCollection':
        return {};
      default:
        return this.#parts(operation, input);
    }
  }

  #suspend(name: string, processes: readonly string[]): void {
    const group = this.#group(name);
    group.suspended = [...new Set([...group.suspended, ...processes])];
  }

  #resume(name: string, processes: readonly string[]): void {
    const group = this.#group(name);
    group.suspended = group.suspended.filter((process) => !processes.includes(process));
  }

  #parts(operation: string, input: Record<string, unknown>): unknown {
    switch (operation) {
      case 'PutScalingPolicy': {
        const arn = `arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:1:autoScalingGroupName/${input['AutoScalingGroupName']}:policyName/${input['PolicyName']}`;
        this.policies.set(arn, input);
        return { PolicyARN: arn };
      }
      case 'DeletePolicy':
        return void this.policies.delete(String(input['PolicyName']));
      case 'PutLifecycleHook':
        return void this.hooks.set(String(input['LifecycleHookName']), input);
      case 'DeleteLifecycleHook':
        return void this.hooks.delete(String(input['LifecycleHookName']));
      case 'PutScheduledUpdateGroupAction':
        return void this.actions.set(String(input['ScheduledActionName']), input);
      case 'DeleteScheduledAction':
        return void this.actions.delete(String(input['ScheduledActionName']));
      case 'CreateLaunchConfiguration': {
        const name = String(input['LaunchConfigurationName']);
        if (this.configurations.has(name)) throw new AwsError('AlreadyExists', `${name} exists`);
        return void this.configurations.set(name, input);
      }
      case 'DeleteLaunchConfiguration':
        return void this.configurations.delete(String(input['LaunchConfigurationName']));
      default:
        throw new AwsError('InvalidAction', `autoscaling has no ${operation}`);
    }
  }

  #group(name: string): FakeGroup {
    const group = this.groups.get(name);
    if (group === undefined)
      throw new AwsError('ValidationError', `AutoScalingGroup name not found - ${name}`);
    return group;
  }

  #create(name: string, input: Record<string, unknown>): object {
    if (this.groups.has(name))
      throw new AwsError('AlreadyExists', `AutoScalingGroup by this name already exists - ${name}`);
    const settings = { DesiredCapacity: input['MinSize'], ...input };
    this.groups.set(name, {
      settings,
      tags: input['Tags'] as FakeGroup['tags'],
      instances: [],
      suspended: [],
    });
    this.#tick(name);
    return {};
  }

  #describe(name: string): object {
    this.#tick(name);
    const group = this.groups.get(name);
    if (group === undefined) return { AutoScalingGroups: [] };
    const Instances = group.instances.map(({ launchedMs: _, ...instance }) => instance);
    const SuspendedProcesses = group.suspended.map((ProcessName) => ({ ProcessName }));
    return {
      AutoScalingGroups: [
        {
          ...group.settings,
          AutoScalingGroupARN: `arn:asg:${name}`,
          Instances,
          Tags: group.tags,
          SuspendedProcesses,
        },
      ],
    };
  }

  #tick(name: string): void {
    const group = this.groups.get(name);
    if (group === undefined) return;
    const nowMs = this.#cloud.clock.wallMs();
    if (group.deletedMs !== undefined && nowMs - group.deletedMs >= END_MS)
      return void this.groups.delete(name);
    for (const instance of group.instances) {
      if (
        instance.LifecycleState !== 'Pending' ||
        nowMs - instance.launchedMs < START_MS ||
        this.launchesFail
      )
        continue;
      instance.LifecycleState = 'InService';
      this.onServing(name, instance.InstanceId);
    }
    this.#resize(group, nowMs);
    const serving = group.instances.filter(({ LifecycleState }) => LifecycleState === 'InService').length;
    this.leastInService.set(
      name,
      Math.min(serving, this.leastInService.get(name) ?? Number.POSITIVE_INFINITY),
    );
  }

  #resize(group: FakeGroup, nowMs: number): void {
    const { DesiredCapacity, LaunchTemplate, LaunchConfigurationName } = group.settings;
    while (!this.launchesFail && group.instances.length < Number(DesiredCapacity)) {
      group.instances.push({
        InstanceId: this.#cloud.newId('i'),
        LaunchTemplate,
        LaunchConfigurationName,
        launchedMs: nowMs,
        LifecycleState: 'Pending',
      });
    }
    group.instances.splice(Number(DesiredCapacity));
  }

  #terminate(instanceId: string): object {
    for (const [name, group] of this.groups) {
      group.instances = group.instances.filter(({ InstanceId }) => InstanceId !== instanceId);
      this.#tick(name);
    }
    return {};
  }

  #activities(): object[] {
    if (!this.launchesFail) return [];
    const failed = {
      StatusCode: 'Failed',
      StatusMessage: 'no such image',
      Description: 'Launching a new EC2 instance',
    };
    const ended = { StatusCode: 'Successful', Description: 'Terminating EC2 instance' };
    const StartTime = new Date(this.#cloud.clock.wallMs());
    return Array.from({ length: 3 }, () => [
      { ...ended, StartTime },
      { ...failed, StartTime },
    ]).flat();
  }

  #tags(operation: string, tags: readonly { Key: string; Value: string; ResourceId: string }[]): object {
    for (const { ResourceId, ...tag } of tags) {
      const group = this.#group(ResourceId);
      group.tags = group.tags.filter(({ Key }) => Key !== tag.Key);
      if (operation === 'CreateOrUpdateTags') group.tags.push(tag);
    }
    return {};
  }
}
