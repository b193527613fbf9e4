/**
 * Draws from the seed which kinds of faults a history knows and when they strike. Few kinds at a time go deeper than all at
 * once.
 */
import { FAST_DISK } from '../disk/disk-conditions.ts';
import type { FaultContext } from './fault-context.ts';
import { FAULTS, type FaultKind } from './faults.ts';

/** How often each kind is drawn, relative to the others. */
const WEIGHTS: Record<FaultKind, number> = {
  kill: 4,
  powerFailure: 3,
  killTwo: 2,
  longOutage: 1,
  powerFailureOfAll: 0.5,
  restart: 2,
  restartAll: 0.5,
  pause: 3,
  starve: 1.5,
  isolate: 2,
  strand: 1.5,
  split: 2,
  cutOneWay: 2,
  breakConnections: 1,
  roughNetwork: 2,
  slowDisk: 2,
  fullDisk: 1,
  clockJump: 1,
  wipe: 1.5,
  loseState: 1.5,
  loseLog: 1.5,
  bitRot: 1.5,
  loseLearner: 1.5,
  join: 1.5,
  drain: 1.5,
  dieForGood: 1,
};

export class FaultSchedule {
  readonly #context: FaultContext;
  readonly #kinds: readonly FaultKind[];
  readonly #meanPauseMs: number;
  readonly counts = new Map<FaultKind, number>();
  #isOver = false;

  constructor(context: FaultContext, only?: readonly FaultKind[]) {
    const { random } = context;
    this.#context = context;
    const all = Object.keys(FAULTS) as FaultKind[];
    this.#kinds = only ?? random.shuffle(all).slice(0, 3 + random.int(all.length - 3));
    this.#meanPauseMs = random.pick([500, 1500, 1500, 4000]);
    context.world.note('fault', `kinds: ${this.#kinds.join(' ')}; one every ${this.#meanPauseMs} ms`);
  }

  async run(durationMs: number): Promise<void> {
    const { world, random } = this.#context;
    const endMs = world.nowMs + durationMs;
    while (!this.#isOver) {
      const pauseMs = -this.#meanPauseMs * Math.log(1 - random.float());
      await world.sleep(Math.min(pauseMs, Math.max(0, endMs - world.nowMs)));
      if (world.nowMs >= endMs) return;
      const kind = this.#draw();
      if (kind === undefined || this.#isOver) return;
      if (FAULTS[kind](this.#context)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    }
  }

  #draw(): FaultKind | undefined {
    const total = this.#kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
    let left = this.#context.random.float() * total;
    for (const kind of this.#kinds) {
      left -= WEIGHTS[kind];
      if (left < 0) return kind;
    }
    return this.#kinds.at(-1);
  }

  /** Nothing is broken any more but the nodes that are gone; who leaves goes on leaving. */
  heal(): void {
    const { cluster, world } = this.#context;
    this.#isOver = true;
    world.note('fault', 'everything heals');
    cluster.network.healAll();
    for (const node of cluster.lasting()) {
      if (node.troubles.has('starved')) node.machine.drift = 1;
      node.volume.conditions = FAST_DISK;
      node.volume.chunks.foreignBytes = 0;
      const { process } = node.machine;
      if (process?.isPaused) process.resume();
      for (const trouble of [...node.troubles]) if (trouble !== 'draining') node.troubles.delete(trouble);
      if (!node.isUp) cluster.start(node);
    }
  }
}
