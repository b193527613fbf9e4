import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { firstPid, openProcessWorld } from '../testing/process-world.ts';
import { providerContract } from '../testing/provider-contract.ts';

providerContract('process', async () => {
  const { folder, provider, close } = await openProcessWorld();
  const signal = (instanceId: string, name: NodeJS.Signals) => {
    process.kill(firstPid(folder, instanceId), name);
  };
  return {
    provider,
    kill: (instanceId) => signal(instanceId, 'SIGKILL'),
    hold: (instanceId) => signal(instanceId, 'SIGSTOP'),
    resume: (instanceId) => signal(instanceId, 'SIGCONT'),
    writeConsole: (instanceId, text) =>
      appendFileSync(join(folder, 'instances', instanceId, 'console.log'), text),
    hasVolume: (volumeId) => existsSync(join(folder, 'volumes', volumeId)),
    close,
  };
});
