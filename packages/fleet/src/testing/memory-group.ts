import type { GroupInstance, GroupView, InstanceGroup, LifecycleHook } from '../ports.ts';

/** A group in memory that writes down what it is told. */
export class MemoryGroup implements InstanceGroup {
  readonly name = 'store';
  readonly instances = new Map<string, GroupInstance>();
  readonly told: string[] = [];
  minSize = 3;
  desiredCapacity = 3;
  knownHooks: LifecycleHook[] = [
    { name: 'joined', transition: 'launching', heartbeatSeconds: 60 },
    { name: 'drained', transition: 'terminating', heartbeatSeconds: 60 },
  ];
  /** What the next call of each kind fails with. */
  failure: Error | undefined;

  add(instanceId: string, lifecycleState = 'InService', protectedFromScaleIn = true): this {
    this.instances.set(instanceId, { instanceId, zone: 'a', lifecycleState, protectedFromScaleIn });
    return this;
  }

  async view(): Promise<GroupView> {
    this.maybeFail();
    const { name, minSize, desiredCapacity } = this;
    return { name, minSize, desiredCapacity, instances: [...this.instances.values()] };
  }

  async hooks(): Promise<readonly LifecycleHook[]> {
    this.maybeFail();
    return this.knownHooks;
  }

  async completeHook(hook: string, instanceId: string): Promise<void> {
    this.maybeFail();
    this.told.push(`complete ${hook} ${instanceId}`);
  }

  async putOffHook(hook: string, instanceId: string): Promise<void> {
    this.told.push(`put off ${hook} ${instanceId}`);
  }

  async terminate(instanceId: string): Promise<void> {
    this.maybeFail();
    this.told.push(`terminate ${instanceId}`);
  }

  async endRetained(instanceId: string): Promise<void> {
    this.maybeFail();
    this.told.push(`end retained ${instanceId}`);
  }

  async setProtection(instanceIds: readonly string[], isProtected: boolean): Promise<void> {
    for (const id of instanceIds) {
      this.told.push(`${isProtected ? 'protect' : 'expose'} ${id}`);
      this.instances.set(id, { ...this.instances.get(id)!, protectedFromScaleIn: isProtected });
    }
  }

  private maybeFail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
