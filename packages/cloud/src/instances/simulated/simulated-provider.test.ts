import { ManualClock } from '../../testing/manual-clock.ts';
import { providerContract } from '../testing/provider-contract.ts';
import { SimulatedProvider } from './simulated-provider.ts';

providerContract('simulated', async () => {
  const provider = new SimulatedProvider({ clock: new ManualClock() });
  return {
    provider,
    kill: (instanceId) => provider.kill(instanceId),
    hold: (instanceId) => provider.setHealthy(instanceId, false),
    resume: (instanceId) => provider.setHealthy(instanceId, true),
    writeConsole: (instanceId, text) => provider.write(instanceId, text),
    hasVolume: (volumeId) => provider.hasVolume(volumeId),
    close: async () => undefined,
  };
});
