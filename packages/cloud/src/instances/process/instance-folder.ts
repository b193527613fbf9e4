/**
 * What is kept of one instance on disk, by name. Everything here may be lost but the volumes: an instance whose folder is damaged
 * is booted as if it were new.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSOLE_BYTES } from '../instance-provider.ts';
import type { ProcessIdentity } from './process-trees.ts';

/** Past this the older part of the console falls away. */
export const CONSOLE_LIMIT_BYTES = 16 * CONSOLE_BYTES;

export interface BootRecord {
  readonly first: ProcessIdentity;
  readonly volumeId: string;
  readonly volumeBytes: number;
}

/** How far a boot has come. */
export interface BootProgress {
  /** Every script has ended. */
  readonly booted: boolean;
  readonly ends: readonly { readonly status: number; readonly script: string }[];
}

export class InstanceFolder {
  readonly path: string;

  /** @param instanceId letters, digits and hyphens only: it becomes a name in the file system */
  constructor(parent: string, instanceId: string) {
    if (!/^i-[a-z0-9]+$/.test(instanceId)) throw new Error(`${JSON.stringify(instanceId)} is no instance id`);
    this.path = join(parent, instanceId);
  }

  get consolePath(): string {
    return join(this.path, 'console.log');
  }

  async make(): Promise<void> {
    await mkdir(join(this.path, 'scripts'), { recursive: true, mode: 0o700 });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** Undefined when it never ran, or when what was written is damaged. */
  readBoot(): BootRecord | undefined {
    try {
      return JSON.parse(readFileSync(join(this.path, 'boot.json'), 'utf8')) as BootRecord;
    } catch {
      return undefined;
    }
  }

  async writeBoot(record: BootRecord): Promise<void> {
    await writeFile(join(this.path, 'boot.json'), JSON.stringify(record));
  }

  get everBooted(): boolean {
    return existsSync(join(this.path, 'boots'));
  }

  /** Of boots, the one under way or the last one among them. */
  get boots(): number {
    return Number(readIfThere(join(this.path, 'boots'))) || 0;
  }

  /** How often the instance was booted before; counts this boot. */
  async countBoot(): Promise<number> {
    const path = join(this.path, 'boots');
    const before = this.boots;
    await writeFile(path, String(before + 1));
    for (const name of ['progress', 'request', 'left-running', 'lease-ended', 'boot.json'])
      rmSync(join(this.path, name), { force: true });
    return before;
  }

  /** What the first process has written down: the end of each script, and whether all have ended. */
  readProgress(): BootProgress {
    const lines = readIfThere(join(this.path, 'progress')).split('\n');
    const ends = lines.flatMap((line) => {
      const [, status, script] = /^(\d+) (.+)$/.exec(line) ?? [];
      return script === undefined ? [] : [{ status: Number(status), script }];
    });
    return { booted: lines.includes('booted'), ends };
  }

  /** True once processes were seen to run on after the boot's scripts. */
  get leftRunning(): boolean {
    return existsSync(join(this.path, 'left-running'));
  }

  noteLeftRunning(): void {
    closeSync(openSync(join(this.path, 'left-running'), 'a'));
  }

  /** The instance was stopped because its cloud was away, not because of anything of its own. */
  get leaseEnded(): boolean {
    return existsSync(join(this.path, 'lease-ended'));
  }

  noteLeaseEnded(): void {
    closeSync(openSync(join(this.path, 'lease-ended'), 'a'));
  }

  /** What a program in the instance asked for; asked once. */
  takeRequest(): 'poweroff' | 'reboot' | undefined {
    const path = join(this.path, 'request');
    if (!existsSync(path)) return undefined;
    const request = readIfThere(path).trim();
    rmSync(path, { force: true });
    return request === 'reboot' ? 'reboot' : 'poweroff';
  }

  openConsole(line: string): number {
    const descriptor = openSync(this.consolePath, 'a', 0o600);
    this.say(descriptor, line);
    return descriptor;
  }

  /** Writes a line of the provider's own to the console. */
  say(descriptor: number, line: string): void {
    writeSync(descriptor, `crescendo: ${line}\n`);
  }

  readConsole(): string {
    const text = readEnd(`${this.consolePath}.old`) + readEnd(this.consolePath);
    return text.slice(-CONSOLE_BYTES);
  }

  /** Programs append to the open file, so it is emptied in place: what they write next begins it again. */
  async boundConsole(): Promise<void> {
    const size = statSync(this.consolePath, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= CONSOLE_LIMIT_BYTES) return;
    await writeFile(`${this.consolePath}.old`, readEnd(this.consolePath), { mode: 0o600 });
    const descriptor = openSync(this.consolePath, 'r+');
    ftruncateSync(descriptor, 0);
    closeSync(descriptor);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The last `CONSOLE_BYTES` of a file; empty when there is none. */
function readEnd(path: string): string {
  if (!existsSync(path)) return '';
  const descriptor = openSync(path, 'r');
  try {
    const size = statSync(path).size;
    const bytes = new Uint8Array(Math.min(size, CONSOLE_BYTES));
    const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return new TextDecoder().decode(bytes.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
}
