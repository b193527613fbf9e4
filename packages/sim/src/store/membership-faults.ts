/**
 * Nodes that come, leave, and go without a word.
 */
import type { World } from '../world/world.ts';
import type { SimNode } from './cluster.ts';
import { background, duration, type FaultContext, pickServing, restartLater } from './fault-context.ts';

export function join(context: FaultContext): boolean {
  const { cluster, maxNodes, world } = context;
  if (cluster.lasting().length >= maxNodes) return false;
  const node = cluster.add();
  world.note('fault', `${node.name} joins`);
  cluster.start(node);
  return true;
}

export function drain(context: FaultContext): boolean {
  const { cluster, minHolders, random, world } = context;
  const candidates = cluster.serving().filter(({ running }) => running?.drain !== undefined);
  const isDraining = cluster.nodes.some(({ troubles }) => troubles.has('draining'));
  if (isDraining || cluster.lasting().length <= minHolders || candidates.length === 0) return false;
  const node = random.pick(candidates);
  node.troubles.add('draining');
  world.note('fault', `${node.name} is to leave`);
  background(context, drainUntilGone(context, node));
  return true;
}

/** Asks until the cluster agrees, and no more: leaving is resumable. Only an identity that was lost with the log is asked for anew. */
async function drainUntilGone({ cluster, world }: FaultContext, node: SimNode): Promise<void> {
  let agreedFor: string | undefined;
  while (cluster.lasting().includes(node)) {
    const id = node.volume.identity?.nodeId;
    if (agreedFor !== id) {
      const outcome = await drainOnce(node, world);
      if (outcome === 'refused') break;
      if (outcome === 'begun') agreedFor = id;
    }
    await world.sleep(500);
  }
  node.troubles.delete('draining');
}

/** `again`: the process ended, or nobody answered. */
async function drainOnce(node: SimNode, world: World): Promise<'begun' | 'refused' | 'again'> {
  const { running } = node;
  const { process } = node.machine;
  if (running?.drain === undefined || process === undefined) return 'again';
  let outcome: 'begun' | 'refused' | 'again' | undefined;
  process.enter(() => {
    running.drain?.().then(
      (answer) => {
        outcome = answer.kind;
        if (answer.kind === 'refused') world.note(node.name, `must stay: ${answer.reason}`);
      },
      (error: unknown) => {
        outcome = 'again';
        world.note(node.name, `could not ask to leave: ${String(error)}`);
      },
    );
  });
  while (outcome === undefined && process.isAlive) await world.sleep(200);
  return outcome ?? 'again';
}

/** A newcomer joins, and loses what it has taken in before it has a vote: no majority rests on it. */
/** A promotion that was under way is known by then. */
const PROMOTION_MS = 3000;

export function loseLearner(context: FaultContext): boolean {
  if (!join(context)) return false;
  background(context, loseOnceLearner(context, context.cluster.nodes.at(-1)!));
  return true;
}

async function loseOnceLearner(context: FaultContext, node: SimNode): Promise<void> {
  const { cluster, random, world } = context;
  const deadlineMs = world.nowMs + 20_000;
  while (!context.learners().includes(node)) {
    if (world.nowMs > deadlineMs || node.machine.starts > 1) return;
    await world.sleep(20);
  }
  const keepsIdentity = random.chance(0.7);
  world.note(
    'fault',
    `${node.name}, a learner, loses ${keepsIdentity ? 'all but its identity' : 'its disk'}`,
  );
  cluster.crash(node, 'kill');
  const identity = node.volume.identity?.nodeId ?? '';
  if (keepsIdentity) node.volume.empty();
  else node.volume.wipe();
  await world.sleep(duration(context, 50, PROMOTION_MS));
  // It may have been promoted at that very moment: a voter that has lost its log comes back under a new identity.
  if (node.isUp) return; // Somebody else has started it.
  if (context.isVoter(identity)) node.volume.wipe();
  restartLater(context, node, 0);
}

export function dieForGood(context: FaultContext): boolean {
  const { cluster, minHolders } = context;
  const node = pickServing(context);
  if (node === undefined || node.troubles.has('draining') || cluster.lasting().length <= minHolders)
    return false;
  if (!context.loss.take(context.missing)) return false;
  context.world.note('fault', `${node.name} dies for good`);
  node.isGone = true;
  cluster.crash(node, context.random.pick(['kill', 'power']));
  return true;
}
