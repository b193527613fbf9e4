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
