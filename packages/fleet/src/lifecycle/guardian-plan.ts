/**
 * What the guardian does next, as a function of what it sees (SPEC.md, FG1 to FG5). The store says which node may go; this says what the
 * group is told.
 */
import type { GroupInstance } from '../ports.ts';

export interface ClusterNode {
  /** Of the instance that the node runs on; undefined for nodes outside any group. */
  readonly instanceId: string | undefined;
  readonly state: 'up' | 'down' | 'leaving' | 'out';
}

export interface GuardianSight {
  readonly instances: readonly GroupInstance[];
  readonly nodes: readonly ClusterNode[];
  /** Whether every partition has all its copies, where the target wants them. */
  readonly isWhole: boolean;
  /** Instance whose node may leave now, as the store found; undefined when none may. */
  readonly drainable: string | undefined;
  /** Instances with a parameter that tells where their node is. */
  readonly announced: readonly string[];
}

export type GuardianAction =
  | { readonly type: 'protect' | 'expose'; readonly instanceId: string }
  | {
      readonly type: 'completeTermination' | 'putOffTermination' | 'endRetained';
      readonly instanceId: string;
    }
  | { readonly type: 'withdraw'; readonly instanceId: string };

export function planGuardian(sight: GuardianSight): GuardianAction[] {
  return [...protection(sight), ...deadInstances(sight), ...retained(sight), ...leftOvers(sight)];
}

/** [FG1] Protect first, then expose: never two at once without protection. */
function protection({ instances, drainable }: GuardianSight): GuardianAction[] {
  const serving = instances.filter(({ lifecycleState }) => lifecycleState === 'InService');
  const protect = serving.filter((one) => !one.protectedFromScaleIn && one.instanceId !== drainable);
  const expose = serving.filter((one) => one.protectedFromScaleIn && one.instanceId === drainable);
  return [
    ...protect.map(({ instanceId }) => ({ type: 'protect' as const, instanceId })),
    ...expose.map(({ instanceId }) => ({ type: 'expose' as const, instanceId })),
  ];
}

/** [FG3][FG4] */
function deadInstances({ instances, nodes, isWhole }: GuardianSight): GuardianAction[] {
  return instances
    .filter(({ lifecycleState }) => lifecycleState === 'Terminating:Wait')
    .flatMap(({ instanceId }) => {
      const state = newestState(nodes, instanceId);
      if (state === 'up' || state === 'leaving') return [];
      const isGone = state === undefined || state === 'out';
      return [{ type: isGone && isWhole ? 'completeTermination' : 'putOffTermination', instanceId }];
    });
}

/** [FG5] */
function retained({ instances, nodes, isWhole }: GuardianSight): GuardianAction[] {
  return instances
    .filter(({ lifecycleState }) => lifecycleState === 'Terminating:Retained')
    .filter(({ instanceId }) => isWhole && (newestState(nodes, instanceId) ?? 'out') === 'out')
    .map(({ instanceId }) => ({ type: 'endRetained', instanceId }));
}

/** A node that came back under a new identity leaves its old one as `out`: one that lives counts before it. */
function newestState(nodes: readonly ClusterNode[], instanceId: string): ClusterNode['state'] | undefined {
  const states = nodes.filter((node) => node.instanceId === instanceId).map(({ state }) => state);
  return states.find((state) => state !== 'out') ?? states[0];
}

/** [FP4] */
function leftOvers({ instances, nodes, announced }: GuardianSight): GuardianAction[] {
  const grouped = new Set(instances.map(({ instanceId }) => instanceId));
  return announced
    .filter((id) => !grouped.has(id) && (newestState(nodes, id) ?? 'out') === 'out')
    .map((instanceId) => ({ type: 'withdraw', instanceId }));
}
