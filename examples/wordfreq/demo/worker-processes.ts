/** The worker programs of the instances of one local cloud, as the system sees them. Linux only. */
import { readdir, readFile } from 'node:fs/promises';

export interface WorkerProcess {
  readonly pid: number;
  readonly instanceId: string;
}

/** @param endpoint of the cloud whose instances are meant */
export async function findWorkers(endpoint: string): Promise<WorkerProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => lookAt(pid, endpoint)));
  return found.filter((one) => one !== undefined);
}

async function lookAt(pid: number, endpoint: string): Promise<WorkerProcess | undefined> {
  const command = (await readProc(pid, 'cmdline')).split('\0');
  if (command[2] !== 'worker' || !command[1]?.endsWith('wordfreq/src/main.ts')) return undefined;
  const environment = new Map(
    (await readProc(pid, 'environ')).split('\0').map((entry) => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
  const instanceId = environment.get('CRESCENDO_INSTANCE_ID');
  if (instanceId === undefined || environment.get('AWS_ENDPOINT_URL') !== endpoint) return undefined;
  return { pid, instanceId };
}

/** Empty for a process that has ended, or that is another user's. */
async function readProc(pid: number, name: string): Promise<string> {
  return await readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}
