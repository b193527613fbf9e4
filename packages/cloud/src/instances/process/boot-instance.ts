/** Starts an instance's first process, with its scripts, volumes and environment in place. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { InstanceSpec, LimitReport } from '../instance-provider.ts';
import type { Image } from './images.ts';
import { searchPath } from './images.ts';
import type { InstanceFolder } from './instance-folder.ts';
import type { ProcessTable } from './process-table.ts';
import type { ProcessIdentity } from './process-trees.ts';
import { INSTANCE_MARK } from './process-trees.ts';
import { parseUserData } from './user-data.ts';

export interface BootPorts {
  readonly initPath: string;
  readonly volumePath: (volumeId: string) => string;
  /** What bash reads first in every script. */
  readonly bashProfile: string;
  readonly table: ProcessTable;
  /** The file through which a process enters the instance's control group. */
  readonly cgroup: string | undefined;
  /** What the console says at each boot. */
  readonly limits: readonly LimitReport[];
  /** Called when the first process ends while this process lives. */
  readonly onEnd: () => void;
}

/** Where cloud-init looks for scripts that run at every boot, below the root volume. */
export const PER_BOOT_FOLDER = 'var/lib/cloud/scripts/per-boot';

export async function bootInstance(
  ports: BootPorts,
  spec: InstanceSpec,
  image: Image,
  folder: InstanceFolder,
): Promise<ProcessIdentity> {
  await folder.make();
  const volume = await prepareVolumes(ports, spec);
  const boot = (await folder.countBoot()) + 1;
  const { scripts, problems } = await prepareScripts(spec, folder, volume, boot);
  const console = folder.openConsole(`boot ${boot} of ${spec.instanceId}, image ${spec.imageId}`);
  for (const line of [...ports.limits.map(limitLine), ...problems]) folder.say(console, line);
  const child = spawn('/bin/sh', [ports.initPath, folder.path, ...scripts], {
    cwd: volume,
    detached: true, // A session of its own.
    stdio: ['ignore', console, console],
    env: environmentOf(ports, spec, image, folder, volume, boot),
  });
  closeSync(console);
  const pid = await startedPid(child);
  child.once('exit', ports.onEnd);
  child.unref();
  const entry = await ports.table.find(pid);
  const first = { pid, startedAt: entry?.startedAt ?? '' };
  const root = spec.volumes[0];
  await folder.writeBoot({ first, volumeId: root?.volumeId ?? '', volumeBytes: root?.bytes ?? 0 });
  return first;
}

function limitLine({ limit, enforced, detail }: LimitReport): string {
  return `the limit of ${limit} is ${enforced ? 'enforced' : 'not enforced'}: ${detail}`;
}

function startedPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid!));
  });
}

/** The path of the root volume. Other volumes are reached through `dev` in it, by their device's name. */
async function prepareVolumes(ports: BootPorts, spec: InstanceSpec): Promise<string> {
  const [root, ...others] = spec.volumes;
  if (root === undefined) throw new Error(`${spec.instanceId} has no root volume`);
  const path = ports.volumePath(root.volumeId);
  await mkdir(join(path, 'tmp'), { recursive: true, mode: 0o700 });
  for (const { volumeId, deviceName } of others) {
    const link = join(path, 'dev', basename(deviceName));
    await mkdir(ports.volumePath(volumeId), { recursive: true, mode: 0o700 });
    await mkdir(join(path, 'dev'), { recursive: true });
    await rm(link, { force: true });
    await symlink(ports.volumePath(volumeId), link);
  }
  return path;
}

/**
 * User data runs at the first boot, as with cloud-init. At later boots the scripts in the per-boot folder run, as with cloud-init;
 * where there are none user data runs again, because stopping the local cloud stops machines that on AWS would have run on.
 */
async function prepareScripts(
  spec: InstanceSpec,
  folder: InstanceFolder,
  volume: string,
  boot: number,
): Promise<{ readonly scripts: readonly string[]; readonly problems: readonly string[] }> {
  const perBoot = await perBootScripts(join(volume, PER_BOOT_FOLDER));
  if (boot > 1 && perBoot.length > 0) return { scripts: perBoot, problems: [] };
  const { scripts, problems } = parseUserData(spec.userData);
  const paths: string[] = [];
  for (const { name, text } of scripts) {
    const path = join(folder.path, 'scripts', name);
    await writeFile(path, text);
    await chmod(path, 0o700);
    paths.push(path);
  }
  return { scripts: [...perBoot, ...paths], problems };
}

async function perBootScripts(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).sort();
  return names.map((name) => join(folder, name)).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Nothing of the cloud's own environment is handed on. */
function environmentOf(
  ports: BootPorts,
  spec: InstanceSpec,
  image: Image,
  folder: InstanceFolder,
  volume: string,
  boot: number,
): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    SHELL: '/bin/sh',
    BASH_ENV: ports.bashProfile,
    PATH: searchPath(image),
    HOME: volume,
    TMPDIR: join(volume, 'tmp'),
    ...image.environment,
    ...spec.environment,
    [INSTANCE_MARK]: folder.path,
    CRESCENDO_INSTANCE_ID: spec.instanceId,
    CRESCENDO_BOOT: String(boot),
    CRESCENDO_VOLUME: volume,
    CRESCENDO_VOLUME_BYTES: String(spec.volumes[0]?.bytes ?? 0),
    ...(ports.cgroup === undefined ? {} : { CRESCENDO_CGROUP: ports.cgroup }),
  };
}
