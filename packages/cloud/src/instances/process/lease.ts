/**
 * The lease of the instances of a folder: while the cloud lives it writes a heartbeat; a small process of its own, the keeper, stops
 * the instances when the heartbeat has stood still for the length of the lease, and then ends. One keeper serves all instances.
 *
 * (L1) The keeper outlives the cloud, however the cloud ends.
 * (L2) The keeper counts its own looks, not the time of day: a machine that sleeps does not use up a lease.
 * (L3) Ending the keeper ends no instance; a living cloud starts another one.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '@crescendo/base';
import { sleep } from '@crescendo/base';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import type { ProcessIdentity } from './process-trees.ts';

/** How often within a lease the heartbeat is written and looked at. */
export const BEATS_A_LEASE = 10;

export interface LeaseOptions {
  readonly folder: string;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly clock: Clock;
  readonly table: ProcessTable;
}

export class Lease {
  readonly #options: LeaseOptions;
  #beat: Timer | undefined;
  #count = 0;
  #keeper: ChildProcess | undefined;
  #held = false;
  #starting: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  get keeperPid(): number | undefined {
    return this.#keeper?.pid;
  }

  /** From now on instances run under the lease. May be asked again and again. */
  async hold(): Promise<void> {
    this.#held = true;
    this.#starting ??= this.#takeOver();
    await this.#starting;
  }

  /** @param instancesRun true leaves the keeper at work: the lease runs out. */
  async release(instancesRun: boolean): Promise<void> {
    await this.#starting;
    this.#held = false;
    this.#starting = undefined;
    this.#beat?.cancel();
    if (instancesRun) return;
    this.#keeper?.kill('SIGTERM');
    rmSync(heartbeatPath(this.#options.folder), { force: true });
    rmSync(keeperPath(this.#options.folder), { force: true });
  }

  /** A keeper of the cloud before may have been told another lease: it is replaced. */
  async #takeOver(): Promise<void> {
    this.#write();
    const before = readKeeper(this.#options.folder);
    const running = before === undefined ? undefined : await this.#options.table.find(before.pid);
    if (running !== undefined && running.startedAt === before?.startedAt) await this.#endKeeper(running);
    await this.#startKeeper();
    this.#scheduleBeat();
  }

  /** One whose lease has run out is waited for: what it is stopping must not be taken for running. */
  async #endKeeper(keeper: ProcessEntry): Promise<void> {
    process.kill(keeper.pid, 'SIGTERM');
    for (;;) {
      const now = await this.#options.table.find(keeper.pid);
      if (now === undefined || now.ended || now.startedAt !== keeper.startedAt) return;
      await sleep(this.#options.clock, 20);
    }
  }

  async #startKeeper(): Promise<void> {
    const { folder, leaseMs, graceMs, table } = this.#options;
    const script = fileURLToPath(new URL(`./lease-keeper${extname(import.meta.url)}`, import.meta.url));
    const child = spawn(process.execPath, [script, folder, String(leaseMs), String(graceMs)], {
      detached: true, // (L1)
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '' },
    });
    child.unref();
    this.#keeper = child;
    child.once('error', () => this.#handleLoss(child));
    child.once('exit', () => this.#handleLoss(child));
    if (child.pid === undefined) return;
    const entry = await table.find(child.pid);
    const identity = { pid: child.pid, startedAt: entry?.startedAt ?? '' };
    writeFileSync(keeperPath(folder), JSON.stringify(identity), { mode: 0o600 });
  }

  /** (L3), after a beat, so that one that cannot start is not tried without end in one moment. */
  #handleLoss(child: ChildProcess): void {
    if (this.#keeper === child) this.#keeper = undefined;
  }

  #scheduleBeat(): void {
    const { clock, leaseMs } = this.#options;
    this.#beat = clock.setTimer(leaseMs / BEATS_A_LEASE, () => {
      if (!this.#held) return;
      this.#write();
      if (this.#keeper === undefined) this.#startKeeper().catch(() => undefined); // Tried again at the next beat.
      this.#scheduleBeat();
    });
  }

  /** A beat is the file's time, which changes on a full disk too. */
  #write(): void {
    const path = heartbeatPath(this.#options.folder);
    const now = new Date(this.#options.clock.wallMs() + this.#count++);
    try {
      closeSync(openSync(path, 'a', 0o600));
      utimesSync(path, now, now);
    } catch {
      // The folder is gone or cannot be written: the lease runs out, which is what it is for.
    }
  }
}

export function heartbeatPath(folder: string): string {
  return join(folder, 'heartbeat');
}

function keeperPath(folder: string): string {
  return join(folder, 'keeper.json');
}

function readKeeper(folder: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(keeperPath(folder), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
