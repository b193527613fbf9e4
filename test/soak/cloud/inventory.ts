/** What a cloud has, by its own word and by the machine's: what a restart must find again, and what must be left of nothing else. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudStore } from '../../e2e/testing/cloud-store.ts';

export interface Inventory {
  /** Instance -> its root volume. */
  readonly instances: ReadonlyMap<string, string>;
  readonly inService: readonly string[];
  readonly hooks: readonly string[];
  readonly alarms: readonly string[];
  /** Instance -> process of its node. */
  readonly nodes: ReadonlyMap<string, number>;
}

export async function takeInventory(cloud: CloudStore): Promise<Inventory> {
  const [instances, group, hooks, alarms, status] = await Promise.all([
    cloud.instances(),
    cloud.group(),
    cloud.hooks(),
    cloud.alarms(),
    cloud.status(),
  ]);
  const up = status.nodes.filter(({ state, pid }) => state === 'up' && pid > 0);
  return {
    instances,
    inService: group.instances.filter(({ state }) => state === 'InService').map(({ id }) => id),
    hooks,
    alarms: alarms.map(({ name }) => name).sort(),
    nodes: new Map(up.map(({ advertised, pid }) => [advertised['instance'] ?? '', pid])),
  };
}

/**
 * What was there before a restart and is not any more, in words. Instances that were to stay are compared one by one; those that came or
 * went just then are not.
 *
 * @param sameProcesses whether the nodes ran on meanwhile
 */
export function missing(before: Inventory, after: Inventory, sameProcesses: boolean): string[] {
  const lost: string[] = [];
  for (const id of before.inService) {
    if (!after.instances.has(id)) lost.push(`instance ${id}, which was in service, is gone`);
    else if (after.instances.get(id) !== before.instances.get(id)) lost.push(`${id} has another volume`);
    const [pid, now] = [before.nodes.get(id), after.nodes.get(id)];
    if (sameProcesses && pid !== undefined && pid !== now)
      lost.push(`the node of ${id} was process ${pid} and is ${now ?? 'none'} now`);
  }
  for (const what of ['hooks', 'alarms'] as const)
    if (String(before[what]) !== String(after[what]))
      lost.push(`the ${what} were ${before[what]} and are ${after[what]}`);
  return lost;
}

/** What is there of instances that are not: processes, folders, volumes, in words. For a cloud that rests. */
export async function orphans(cloud: CloudStore): Promise<string[]> {
  const instances = await cloud.instances();
  const known = new Set(instances.keys());
  const volumes = new Set(instances.values());
  const found: string[] = [];
  const { instances: grouped } = await cloud.group();
  for (const { id } of grouped) if (!known.has(id)) found.push(`${id} is in the group and does not run`);
  for (const id of known)
    if (!grouped.some((one) => one.id === id)) found.push(`${id} runs and is in no group`);
  for (const id of await names(cloud, 'instances'))
    if (!known.has(id)) found.push(`the folder of ${id} was left behind`);
  for (const id of await names(cloud, 'volumes'))
    if (!volumes.has(id)) found.push(`the bytes of ${id} were left behind`);
  for (const id of await cloud.volumes())
    if (!volumes.has(id)) found.push(`the record of ${id} was left behind`);
  const processes = await processesByInstance(cloud.data);
  for (const [id, pids] of processes)
    if (!known.has(id)) found.push(`processes ${pids} of ${id}, which is no more, run on`);
  for (const id of known) if (!processes.has(id)) found.push(`no process of ${id} runs`);
  return found;
}

async function names(cloud: CloudStore, folder: string): Promise<readonly string[]> {
  return await readdir(join(cloud.data, 'cloud', 'instances', folder));
}

/** Processes carry the folder of their instance in their environment. */
export async function processesByInstance(data: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const mark = `CRESCENDO_INSTANCE_FOLDER=${join(data, 'cloud', 'instances', 'instances')}/`;
  const found = new Map<string, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    const variable = environment.split('\0').find((text) => text.startsWith(mark));
    if (variable === undefined) continue;
    const id = variable.slice(mark.length);
    found.set(id, [...(found.get(id) ?? []), Number(name)]);
  }
  return found;
}
