/**
 * Holds an instance's processes to its type's processors, through control groups where this process may make them: version 2 or the
 * processor controller of version 1.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD_US = 100_000;
const PARENT = 'crescendo';

export class CpuQuota {
  /** The controller's folder; undefined where limits cannot be set. */
  readonly #root: string | undefined;
  readonly #version: 1 | 2;
  readonly #scope: string;
  /** For people: how, or why not. */
  readonly detail: string;

  /** @param scope tells the instances of this folder from those of others, a copy for example */
  constructor(scope: string, mount = '/sys/fs/cgroup') {
    this.#scope = scope;
    const found = find(mount);
    this.#root = typeof found === 'string' ? undefined : found.root;
    this.#version = typeof found === 'string' ? 2 : found.version;
    this.detail = typeof found === 'string' ? found : `control groups, version ${found.version}`;
  }

  get enforced(): boolean {
    return this.#root !== undefined;
  }

  /** Makes the instance's group; returns the file that a process writes its number to in order to enter it. */
  prepare(instanceId: string, vcpus: number): string | undefined {
    if (this.#root === undefined) return undefined;
    const folder = join(this.#root, this.#groupOf(instanceId));
    try {
      mkdirSync(folder, { recursive: true });
      const quotaUs = Math.round(vcpus * PERIOD_US);
      if (this.#version === 2) writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
      else {
        writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US));
        writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
      }
      return join(folder, 'cgroup.procs');
    } catch {
      return undefined; // The instance runs without the limit; init does not enter a group.
    }
  }

  /** The numbers of the processes in an instance's group. */
  members(instanceId: string): readonly number[] {
    if (this.#root === undefined) return [];
    try {
      const text = readFileSync(join(this.#root, this.#groupOf(instanceId), 'cgroup.procs'), 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map(Number);
    } catch {
      return []; // There is no such group.
    }
  }

  /** After the last process of the instance has ended. */
  remove(instanceId: string): void {
    this.#removeFolder(this.#groupOf(instanceId));
  }

  /** When no more instances are booted: leaves the system as it was, unless others still use it. */
  close(): void {
    this.#removeFolder(PARENT);
  }

  #groupOf(instanceId: string): string {
    return join(PARENT, `${this.#scope}-${instanceId}`);
  }

  #removeFolder(folder: string): void {
    if (this.#root === undefined) return;
    try {
      rmdirSync(join(this.#root, folder));
    } catch {
      // Not there, or others are in it.
    }
  }
}

/** The folder to make groups in, or why there is none. */
function find(mount: string): { readonly root: string; readonly version: 1 | 2 } | string {
  if (existsSync(join(mount, 'cgroup.controllers'))) {
    const controllers = readFileSync(join(mount, 'cgroup.subtree_control'), 'utf8').split(/\s+/);
    if (!controllers.includes('cpu')) return 'the processor controller is not passed on to control groups';
    return tried(mount, 2);
  }
  if (existsSync(join(mount, 'cpu', 'cpu.cfs_quota_us')) || existsSync(join(mount, 'cpu', 'cgroup.procs'))) {
    return tried(join(mount, 'cpu'), 1);
  }
  return 'this system has no control groups';
}

function tried(root: string, version: 1 | 2): { readonly root: string; readonly version: 1 | 2 } | string {
  const folder = join(root, PARENT);
  try {
    mkdirSync(folder, { recursive: true });
    if (version === 2) writeFileSync(join(folder, 'cgroup.subtree_control'), '+cpu');
    return { root, version };
  } catch {
    return 'this user may not make control groups';
  }
}
