import { World } from '../world/world.ts';

/** A world whose time passes by itself until it is closed: for suites that know nothing of virtual time. */
export interface LivingWorld {
  readonly world: World;
  close(): Promise<void>;
}

export function livingWorld(): LivingWorld {
  const world = new World({ seed: 1, maxEvents: Number.MAX_SAFE_INTEGER });
  let isOver = false;
  const ran = world.run(async () => {
    while (!isOver) await world.sleep(0.1);
  });
  return {
    world,
    close: async () => {
      isOver = true;
      await ran;
    },
  };
}
