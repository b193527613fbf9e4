import type { Random } from '@crescendo/base';
import type { World } from '../world/world.ts';
import type { Cluster, SimNode } from './cluster.ts';

/** What faults need to know and to do. */
export interface FaultContext {
  readonly world: World;
  readonly cluster: Cluster;
  readonly random: Random;
  /** Nodes wanted at most; joins stop there. */
  readonly maxNodes: number;
  /** Holders below which nobody may be drained. */
  readonly minHolders: number;
  /** Why some replica is not whole yet; undefined: every group's every member holds everything. */
  missing(): string | undefined;
  /** Nodes that take in groups and have a vote in none. */
  learners(): readonly SimNode[];
  /** Whether a node's identity has a vote in any group. */
  isVoter(nodeId: string): boolean;
  readonly loss: LossGuard;
}

/**
 * Data may be destroyed on one node at a time only: the next one's turn comes once everything has been whole again. What was written
 * since then lies on a majority, so with three replicas one copy always survives.
 */
export class LossGuard {
  #isRestored = false;

  /** Nothing that was destroyed is still missing somewhere. */
  get isRestored(): boolean {
    return this.#isRestored;
  }

  /** Call now and then; `missing` as in `FaultContext`. */
  observe(missing: () => string | undefined): void {
    this.#isRestored ||= missing() === undefined;
  }

  /** Takes the right to destroy something; false when an earlier loss is not made good yet. */
  take(missing: () => string | undefined): boolean {
    this.observe(missing);
    if (!this.#isRestored) return false;
    this.#isRestored = false;
    return true;
  }
}

/** Does something for a while; the end comes although the world heals earlier. */
export async function forAWhile(
  context: FaultContext,
  node: SimNode,
  trouble: string,
  durationMs: number,
  begin: () => void,
  end: () => void,
): Promise<void> {
  if (node.troubles.has(trouble)) return;
  node.troubles.add(trouble);
  context.world.note('fault', `${node.name}: ${trouble} for ${Math.round(durationMs)} ms`);
  begin();
  await context.world.sleep(durationMs);
  if (!node.troubles.delete(trouble)) return;
  end();
}

export function duration({ random }: FaultContext, minMs: number, maxMs: number): number {
  return minMs + random.float() ** 2 * (maxMs - minMs);
}

export function pickServing({ cluster, random }: FaultContext): SimNode | undefined {
  const nodes = cluster.serving();
  return nodes.length === 0 ? undefined : random.pick(nodes);
}

export function restartLater(context: FaultContext, node: SimNode, delayMs: number): void {
  node.troubles.add('down');
  context.world.at(delayMs, () => {
    if (!node.troubles.delete('down') || node.isGone || node.isUp) return;
    context.cluster.start(node);
  });
}

export function background(context: FaultContext, work: Promise<void>): void {
  work.catch((error: unknown) => context.world.fail(error));
}
