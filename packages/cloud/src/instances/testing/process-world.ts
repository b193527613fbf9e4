/** A process provider in a folder of its own, for tests: whatever it started is ended when the test ends. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@crescendo/base';
import type { ProcessProviderOptions } from '../process/process-provider.ts';
import { ProcessProvider } from '../process/process-provider.ts';

export const REAL_CLOCK: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export interface ProcessWorld {
  readonly folder: string;
  readonly provider: ProcessProvider;
  close(): Promise<void>;
}

export async function openProcessWorld(options: Partial<ProcessProviderOptions> = {}): Promise<ProcessWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'crescendo-instances-'));
  const provider = new ProcessProvider({ folder, clock: REAL_CLOCK, watchMs: 50, ...options });
  await provider.start();
  return {
    folder,
    provider,
    close: async () => {
      const instances = join(folder, 'instances');
      const ids = existsSync(instances) ? readdirSync(instances) : [];
      await Promise.all(ids.map((id) => provider.halt(id, 0)));
      await provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The number of an instance's first process. */
export function firstPid(folder: string, instanceId: string): number {
  const text = readFileSync(join(folder, 'instances', instanceId, 'boot.json'), 'utf8');
  return (JSON.parse(text) as { first: { pid: number } }).first.pid;
}

/** Whether a process runs; one that has ended but was not collected by its parent does not. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
