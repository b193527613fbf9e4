/**
 * Carries out what `planGuardian` says, while the node of this instance leads the system group.
 *
 * (G1) One round at a time; a round that fails is forgotten, the next one looks anew.
 * (G2) The store's verdict is asked for the instance that is exposed already first, so that it keeps its place.
 */
import { messageOf } from '@crescendo/base';
import type { DrainableInstance } from '@crescendo/node';
import type { ClusterParameters } from '../cluster/cluster-parameters.ts';
import type { InstanceGroup, LifecycleHook } from '../ports.ts';
import type { Report } from '../report.ts';
import { type ClusterNode, type GuardianAction, type GuardianSight, planGuardian } from './guardian-plan.ts';

/** What the guardian asks of the store through its own node. */
export interface GuardedStore {
  leadsSystem(): boolean;
  cluster(): Promise<{ readonly nodes: readonly ClusterNode[]; readonly isWhole: boolean }>;
  /** The instance whose node may leave now, of those that are accepted, or why none may. */
  drainable(accepts: (instanceId: string) => boolean): DrainableInstance;
}

export interface GuardianParts {
  readonly store: GuardedStore;
  readonly group: InstanceGroup;
  readonly parameters: ClusterParameters;
  readonly report: Report;
}

export class Guardian {
  private readonly parts: GuardianParts;
  private reason: string | undefined;
  private busy = false;

  constructor(parts: GuardianParts) {
    this.parts = parts;
  }

  async round(): Promise<void> {
    if (this.busy) return;
    this.busy = true; // (G1)
    try {
      if (!this.parts.store.leadsSystem()) return;
      for (const action of planGuardian(await this.look())) await this.carryOut(action);
    } catch (cause) {
      this.parts.report('warn', 'guardian round failed', { cause: messageOf(cause) }); // [FL4]
    } finally {
      this.busy = false;
    }
  }

  private async look(): Promise<GuardianSight> {
    const { store, group, parameters } = this.parts;
    const [view, cluster, nodes] = await Promise.all([group.view(), store.cluster(), parameters.nodes()]);
    const serving = view.instances.filter(({ lifecycleState }) => lifecycleState === 'InService');
    const exposed = new Set(
      serving.filter((one) => !one.protectedFromScaleIn).map(({ instanceId }) => instanceId),
    );
    const known = new Set(serving.map(({ instanceId }) => instanceId));
    const drainable = view.instances.length > view.minSize ? this.drainable(exposed, known) : undefined;
    return {
      instances: view.instances,
      nodes: cluster.nodes,
      isWhole: cluster.isWhole,
      drainable,
      announced: [...nodes.keys()],
    };
  }

  /** (G2) */
  private drainable(exposed: ReadonlySet<string>, known: ReadonlySet<string>): string | undefined {
    const { store, report } = this.parts;
    const kept = store.drainable((id) => exposed.has(id));
    const found = kept.instance === undefined ? store.drainable((id) => known.has(id)) : kept;
    const reason = found.instance === undefined ? found.reason : undefined;
    if (reason !== undefined && reason !== this.reason)
      report('info', 'no instance may be scaled in', { reason });
    this.reason = reason;
    return found.instance;
  }

  private async carryOut(action: GuardianAction): Promise<void> {
    const { group, parameters, report } = this.parts;
    const { type, instanceId } = action;
    switch (type) {
      case 'protect':
      case 'expose':
        report(
          'info',
          type === 'protect' ? 'instance protected from scale-in' : 'instance may be scaled in',
          {
            instanceId,
          },
        );
        return group.setProtection([instanceId], type === 'protect');
      case 'withdraw':
        return parameters.withdraw(instanceId);
      case 'completeTermination':
        report('info', 'termination of a dead instance completed', { instanceId });
        return this.eachTerminationHook((hook) => group.completeHook(hook.name, instanceId));
      case 'endRetained':
        report('info', 'retained instance ended', { instanceId });
        return group.endRetained(instanceId);
      case 'putOffTermination':
        return this.eachTerminationHook((hook) => group.putOffHook(hook.name, instanceId));
    }
  }

  private async eachTerminationHook(act: (hook: LifecycleHook) => Promise<void>): Promise<void> {
    for (const hook of await this.parts.group.hooks()) {
      if (hook.transition === 'terminating') await act(hook);
    }
  }
}
