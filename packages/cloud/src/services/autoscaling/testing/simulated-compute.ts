/** An EC2 that is made up, for tests of groups: instances boot and end on a manual clock, and outlive the service that asked for them. */
import type { Clock } from '@crescendo/base';
import type {
  Compute,
  ComputeInstance,
  InstanceStateName,
  LaunchRequest,
} from '../../../contract/compute.ts';
import { AwsError } from '../../../contract/service.ts';

export class SimulatedCompute implements Compute {
  readonly launches: LaunchRequest[] = [];
  readonly targets = new Map<string, string | undefined>();
  readonly images = new Set(['ami-1']);
  bootMs = 2000;
  endMs = 2000;
  /** What launches are refused with, while set. */
  refusal: AwsError | undefined;
  /** Called in the middle of each effect: when it has happened and nobody has been told. */
  afterEffect: () => void = () => undefined;
  readonly #clock: Clock;
  readonly #instances = new Map<string, ComputeInstance>();
  readonly #tokens = new Map<string, string>();
  readonly #listeners = new Set<(instance: ComputeInstance) => void>();
  readonly #templates: Map<string, number>;

  constructor(clock: Clock, templates: Readonly<Record<string, number>> = { 'lt-1': 1 }) {
    this.#clock = clock;
    this.#templates = new Map(Object.entries(templates));
  }

  async launch(request: LaunchRequest): Promise<ComputeInstance> {
    if (this.refusal !== undefined) throw this.refusal;
    const known = this.#tokens.get(request.clientToken);
    if (known !== undefined) return this.#instances.get(known)!;
    this.launches.push(request);
    const instance: ComputeInstance = {
      instanceId: `i-${(this.#instances.size + 1).toString(16).padStart(17, '0')}`,
      state: 'pending',
      reason: '',
      zone: request.zone,
      instanceType: request.instanceType ?? 't3.micro',
      imageId: 'ami-1',
      launchTimeMs: this.#clock.wallMs(),
      privateIpAddress: '127.0.0.2',
      healthy: true,
    };
    this.#instances.set(instance.instanceId, instance);
    this.#tokens.set(request.clientToken, instance.instanceId);
    this.#clock.setTimer(this.bootMs, () => {
      if (this.describe(instance.instanceId)?.state === 'pending')
        this.change(instance.instanceId, 'running');
    });
    this.afterEffect();
    return instance;
  }

  assertImage(imageId: string): void {
    if (!this.images.has(imageId))
      throw new AwsError('InvalidAMIID.NotFound', `The image id '[${imageId}]' does not exist`);
  }

  async terminate(instanceId: string, reason: string): Promise<void> {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined || ['shutting-down', 'terminated'].includes(instance.state)) return;
    this.change(instanceId, 'shutting-down', reason);
    this.#clock.setTimer(this.endMs, () => this.change(instanceId, 'terminated', reason));
    this.afterEffect();
  }

  describe(instanceId: string): ComputeInstance | undefined {
    return this.#instances.get(instanceId);
  }

  setTargetLifecycleState(instanceId: string, state: string | undefined): void {
    this.targets.set(instanceId, state);
  }

  resolveLaunchTemplate(reference: {
    launchTemplateId?: string;
    launchTemplateName?: string;
    version?: string;
  }) {
    if (reference.launchTemplateId !== undefined && reference.launchTemplateName !== undefined) {
      throw new AwsError(
        'InvalidParameterCombination',
        'Either the id or the name of the template, not both.',
      );
    }
    const launchTemplateId =
      reference.launchTemplateId ?? reference.launchTemplateName?.replace('template', 'lt') ?? '';
    const newest = this.#templates.get(launchTemplateId);
    if (newest === undefined) {
      throw new AwsError(
        'InvalidLaunchTemplateId.NotFound',
        `The launch template ${launchTemplateId} does not exist.`,
      );
    }
    const version = reference.version ?? '$Default';
    return {
      launchTemplateId,
      launchTemplateName: launchTemplateId.replace('lt', 'template'),
      version: version === '$Latest' ? String(newest) : version === '$Default' ? '1' : version,
      instanceType: 't3.micro',
      imageId: 'ami-1',
    };
  }

  consoleTail(): string {
    return 'the last line';
  }

  onChange(listener: (instance: ComputeInstance) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addTemplate(id: string, version = 1): void {
    this.#templates.set(id, version);
  }

  change(instanceId: string, state: InstanceStateName, reason = '', healthy = true): void {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined || instance.state === 'terminated') return;
    const next = { ...instance, state, reason, healthy };
    this.#instances.set(instanceId, next);
    for (const listener of [...this.#listeners]) listener(next);
  }

  /** Ids of what is not terminated. */
  get living(): string[] {
    return [...this.#instances.values()]
      .filter(({ state }) => state !== 'terminated')
      .map(({ instanceId }) => instanceId);
  }

  get count(): number {
    return this.#instances.size;
  }
}
