import { testChunkStore } from '../../../store/src/testing/chunk-store-contract.ts';
import { testLogStore } from '../../../store/src/testing/log-store-contract.ts';
import { testStateStore } from '../../../store/src/testing/state-store-contract.ts';
import { livingWorld } from '../testing/living-world.ts';
import { Machine } from '../world/machine.ts';
import { type OpenVolume, Volume } from './volume.ts';

interface LivingVolume {
  /** Starts a new process on the volume. */
  open(): OpenVolume;
  close(): Promise<void>;
}

function livingVolume(): LivingVolume {
  const { world, close } = livingWorld();
  const machine = new Machine(world, 'a', 'a:1');
  const volume = new Volume(machine, 100_000_000);
  return { open: () => volume.open(machine.start()), close };
}

testLogStore('simulated disk', async () => {
  const volume = livingVolume();
  let { log } = volume.open();
  const reopen = async (): Promise<typeof log> => {
    await log.close();
    log = volume.open().log;
    return log;
  };
  return { log, reopen, dispose: () => volume.close() };
});

testStateStore('simulated disk', async () => {
  const volume = livingVolume();
  let { state } = volume.open();
  const reopen = async (): Promise<typeof state> => {
    await state.close();
    state = volume.open().state;
    return state;
  };
  return { state, reopen, dispose: () => volume.close() };
});

testChunkStore('simulated disk', async () => {
  const volume = livingVolume();
  let { chunks } = volume.open();
  const reopen = async (): Promise<typeof chunks> => {
    await chunks.close();
    chunks = volume.open().chunks;
    return chunks;
  };
  return { chunks, reopen, dispose: () => volume.close() };
});
