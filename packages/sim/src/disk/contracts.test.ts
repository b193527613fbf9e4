import { type LogStoreHarness, testLogStore } from '../../../store/src/testing/log-store-contract.ts';
import { Machine } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { type OpenVolume, Volume } from './volume.ts';

/** A volume in a world that runs on by itself until it is disposed of. */
function livingVolume(): { open(): OpenVolume; close(): Promise<void> } {
  const world = new World({ seed: 1, maxEvents: Number.MAX_SAFE_INTEGER });
  const machine = new Machine(world, 'a', 'a:1');
  const volume = new Volume(machine, 1_000_000);
  let isOver = false;
  const ran = world.run(async () => {
    while (!isOver) await world.sleep(0.1);
  });
  return {
    open: () => volume.open(machine.start()),
    close: async () => {
      isOver = true;
      await ran;
    },
  };
}

testLogStore('simulated disk', async (): Promise<LogStoreHarness> => {
  const volume = livingVolume();
  let { log } = volume.open();
  return {
    log,
    reopen: async () => {
      await log.close();
      log = volume.open().log;
      return log;
    },
    dispose: () => volume.close(),
  };
});
