/**
 * Instances as process trees on this machine. It does not know what they are for, nor AWS's states.
 *
 * (P1) An instance's first process leads a session of its own: what is sent to the cloud's terminal never reaches it, and it outlives
 *      the cloud.
 * (P2) An instance is recognised by its recorded first process or by its mark, so a boot after the cloud was lost, at whatever
 *      moment, takes over what runs and starts nothing twice.
 * (P3) Nothing is told of an instance that is being halted; `halt` resolves when no process of it is left.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock, Timer } from '@crescendo/base';
import { messageOf, sleep } from '@crescendo/base';
import type {
  ImageDescription,
  InstanceAddress,
  InstanceEvent,
  InstanceMeasurement,
  InstanceProvider,
  InstanceSpec,
  LimitReport,
} from '../instance-provider.ts';
import { placeOf } from '../instance-provider.ts';
import { bootInstance } from './boot-instance.ts';
import { CpuQuota } from './cpu-quota.ts';
import { endTree } from './end-tree.ts';
import type { Image } from './images.ts';
import { ImageStore } from './images.ts';
import { INIT_SCRIPT } from './init-script.ts';
import { InstanceFolder } from './instance-folder.ts';
import { Lease } from './lease.ts';
import { allocateLoopback } from './loopback-addresses.ts';
import type { ProcessTable } from './process-table.ts';
import { openProcessTable } from './process-table.ts';
import type { ProcessIdentity } from './process-trees.ts';
import { ProcessTrees } from './process-trees.ts';
import { RunningInstance } from './running-instance.ts';
import { usedBytes } from './volume-usage.ts';

export interface ProcessProviderOptions {
  /** Holds instances, volumes and images; belongs to this provider alone. */
  readonly folder: string;
  readonly clock: Clock;
  /** How `crescendo` is started in instances of `ami-crescendo`; absent: they do not have it. */
  readonly crescendoCommand?: readonly string[];
  /** How long instances run on without the cloud. */
  readonly leaseMs?: number;
  /** How often processes are looked at. */
  readonly watchMs?: number;
  /** How long programs may take to end when the lease has run out. */
  readonly leaseGraceMs?: number;
  readonly processTable?: ProcessTable;
  /** Instances share 127.0.0.1, as they do where the system has no other loopback addresses. */
  readonly oneAddress?: boolean;
  /** Told what goes wrong beside what callers are told. */
  readonly log?: (line: string) => void;
}

export const DEFAULT_LEASE_MS = 120_000;
const DEFAULT_WATCH_MS = 1000;
/** Scripts of a first boot that fail within this time fail the boot; later it is the instance that ends. */
const EARLY_FAILURE_MS = 500;
const EARLY_LOOK_MS = 20;
const DEFAULT_LEASE_GRACE_MS = 20_000;
/** Consoles are cut to their limit once in so many looks. */
const LOOKS_A_CUT = 10;

export class ProcessProvider implements InstanceProvider {
  readonly #options: ProcessProviderOptions;
  readonly #table: ProcessTable;
  readonly #trees: ProcessTrees;
  readonly #images: ImageStore;
  readonly #lease: Lease;
  readonly #quota: CpuQuota;
  readonly #root: string;
  /** See `AllocationOptions`: of its own for each data folder. */
  readonly #origin: number;
  readonly #running = new Map<string, RunningInstance>();
  readonly #booting = new Map<string, Promise<void>>();
  readonly #halting = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(event: InstanceEvent) => void>();
  readonly #given = new Set<string>();
  #allocating: Promise<unknown> = Promise.resolve();
  #watch: Timer | undefined;
  #looks = 0;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ProcessProviderOptions) {
    const { clock, leaseMs = DEFAULT_LEASE_MS, leaseGraceMs = DEFAULT_LEASE_GRACE_MS } = options;
    const folder = resolve(options.folder);
    this.#options = options;
    this.#root = folder;
    const digest = createHash('sha256').update(folder).digest();
    this.#origin = digest.readUInt32BE(4);
    this.#quota = new CpuQuota(digest.toString('hex').slice(0, 8));
    this.#table = options.processTable ?? openProcessTable();
    this.#trees = new ProcessTrees(this.#table, join(folder, 'instances'), (instanceId) =>
      this.#quota.members(instanceId),
    );
    this.#images = new ImageStore({
      folder: join(folder, 'images'),
      crescendoCommand: options.crescendoCommand,
    });
    this.#lease = new Lease({ folder, leaseMs, graceMs: leaseGraceMs, clock, table: this.#table });
  }

  async start(): Promise<void> {
    await mkdir(this.#path('instances'), { recursive: true, mode: 0o700 });
    await mkdir(this.#path('volumes'), { recursive: true, mode: 0o700 });
    await this.#images.prepare();
    await writeFile(this.#path('init.sh'), INIT_SCRIPT, { mode: 0o700 });
    this.#scheduleLook();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch?.cancel();
    await this.#looking;
    await Promise.all(this.#halting.values());
    await this.#lease.release(this.#running.size > 0);
    this.#quota.close();
  }

  /** The process that keeps the lease; undefined while none is needed. */
  get keeperPid(): number | undefined {
    return this.#lease.keeperPid;
  }

  images(): readonly ImageDescription[] {
    return this.#images.all();
  }

  /** What the caller knows as taken is the caller's to set free again; until then it is remembered here. One at a time, so that two launches never find the same address free. */
  allocateAddress(network: number, taken: ReadonlySet<string>): Promise<InstanceAddress> {
    const allocate = async (): Promise<InstanceAddress> => {
      for (const place of taken) this.#given.delete(place);
      const known = new Set([...taken, ...this.#given]);
      const address = await allocateLoopback(network, known, {
        origin: this.#origin,
        ...(this.#options.oneAddress === undefined ? {} : { shared: this.#options.oneAddress }),
      });
      this.#given.add(placeOf(address));
      return address;
    };
    const allocated = this.#allocating.then(allocate, allocate);
    this.#allocating = allocated;
    return allocated;
  }

  async boot(spec: InstanceSpec): Promise<void> {
    const before = this.#booting.get(spec.instanceId);
    if (before !== undefined) return await before;
    const booting = this.#begin(spec).finally(() => this.#booting.delete(spec.instanceId));
    this.#booting.set(spec.instanceId, booting);
    await booting;
  }

  async #begin(spec: InstanceSpec): Promise<void> {
    await this.#halting.get(spec.instanceId);
    if (this.#running.has(spec.instanceId)) return;
    const image = this.#images.find(spec.imageId);
    if (image === undefined) throw new Error(`there is no image ${spec.imageId}`);
    await this.#lease.hold();
    const folder = this.#folderOf(spec.instanceId);
    const found = await this.#findRunning(spec.instanceId, folder);
    const first = found ?? (await this.#bootAnew(spec, image, folder));
    this.#trees.claim(spec.instanceId, first);
    const tree = () => this.#trees.treeOf(spec.instanceId);
    const running = new RunningInstance(spec, folder, tree);
    if (found === undefined && folder.boots === 1) await this.#assertStarts(running);
    this.#running.set(spec.instanceId, running);
  }

  /** A first boot whose scripts fail at once has failed. */
  async #assertStarts(running: RunningInstance): Promise<void> {
    const { clock } = this.#options;
    const { instanceId } = running.spec;
    const endMs = clock.nowMs() + EARLY_FAILURE_MS;
    while (!running.readProgress().booted) {
      if (clock.nowMs() > endMs) return;
      await sleep(clock, EARLY_LOOK_MS);
    }
    await this.#trees.refresh();
    const judgement = running.judge();
    if (judgement.kind !== 'gone') return;
    await endTree(this.#trees, instanceId, 0, clock);
    this.#trees.release(instanceId);
    this.#quota.remove(instanceId);
    throw new Error(judgement.reason);
  }

  #bootAnew(spec: InstanceSpec, image: Image, folder: InstanceFolder): Promise<ProcessIdentity> {
    const ports = {
      initPath: this.#path('init.sh'),
      volumePath: (volumeId: string) => this.#volumePath(volumeId),
      bashProfile: this.#images.bashProfile,
      table: this.#table,
      cgroup: this.#quota.prepare(spec.instanceId, spec.vcpus),
      limits: this.limits(),
      onEnd: () => void this.#look(),
    };
    return bootInstance(ports, spec, image, folder);
  }

  /** (P2) What is left of an instance without its first process is ended, and the instance is booted anew. */
  async #findRunning(instanceId: string, folder: InstanceFolder): Promise<ProcessIdentity | undefined> {
    if (!folder.everBooted) return undefined;
    const recorded = folder.readBoot()?.first;
    if (recorded !== undefined) this.#trees.claim(instanceId, recorded);
    await this.#trees.refresh();
    const first = this.#trees.findFirst(instanceId);
    if (first !== undefined) return { pid: first.pid, startedAt: first.startedAt };
    this.#trees.release(instanceId);
    if (this.#trees.treeOf(instanceId).others.length > 0) {
      await endTree(this.#trees, instanceId, 0, this.#options.clock);
    }
    return undefined;
  }

  async halt(instanceId: string, graceMs: number): Promise<void> {
    const before = this.#halting.get(instanceId);
    if (before !== undefined) return await before;
    const halting = this.#end(instanceId, graceMs).finally(() => this.#halting.delete(instanceId));
    this.#halting.set(instanceId, halting); // (P3)
    await halting;
  }

  async #end(instanceId: string, graceMs: number): Promise<void> {
    const recorded = this.#folderOf(instanceId).readBoot()?.first;
    if (recorded !== undefined) this.#trees.claim(instanceId, recorded);
    await endTree(this.#trees, instanceId, graceMs, this.#options.clock);
    this.#running.delete(instanceId);
    this.#trees.release(instanceId);
    this.#quota.remove(instanceId);
  }

  isRunning(instanceId: string): boolean {
    const running = this.#running.get(instanceId);
    return running !== undefined && !running.gone && !this.#halting.has(instanceId);
  }

  isHealthy(instanceId: string): boolean {
    return this.#running.get(instanceId)?.healthy ?? false;
  }

  console(instanceId: string): string {
    return this.#folderOf(instanceId).readConsole();
  }

  async measure(instanceId: string): Promise<InstanceMeasurement | undefined> {
    const running = this.#running.get(instanceId);
    const root = running?.spec.volumes[0];
    if (running === undefined || root === undefined) return undefined;
    const volumeUsedBytes = await usedBytes(this.#volumePath(root.volumeId));
    return { ...running.measure(), volumeUsedBytes, volumeBytes: root.bytes };
  }

  limits(): readonly LimitReport[] {
    return [
      { limit: 'cpu', enforced: this.#quota.enforced, detail: this.#quota.detail },
      { limit: 'memory', enforced: false, detail: 'measured only: programs share the machine' },
      {
        limit: 'volume',
        enforced: false,
        detail: 'measured only: programs that keep to CRESCENDO_VOLUME_BYTES do',
      },
    ];
  }

  agentConfiguration(instanceId: string) {
    const root = this.#running.get(instanceId)?.spec.volumes[0];
    return root === undefined
      ? undefined
      : RunningInstance.agentConfiguration(this.#volumePath(root.volumeId));
  }

  async deleteVolume(volumeId: string): Promise<void> {
    await rm(this.#volumePath(volumeId), { recursive: true, force: true });
  }

  async forget(instanceId: string): Promise<void> {
    await this.#folderOf(instanceId).remove();
  }

  onEvent(listener: (event: InstanceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #scheduleLook(): void {
    if (this.#stopped) return;
    this.#watch = this.#options.clock.setTimer(this.#options.watchMs ?? DEFAULT_WATCH_MS, () => {
      void this.#look().then(() => this.#scheduleLook());
    });
  }

  /** Looks at every instance and tells what happened. */
  async #look(): Promise<void> {
    if (this.#stopped) return;
    this.#looking ??= this.#lookOnce()
      // A disk that is full, for example: the next look may see more.
      .catch((error: unknown) => this.#options.log?.(`instances could not be looked at: ${messageOf(error)}`))
      .finally(() => {
        this.#looking = undefined;
      });
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    if (this.#running.size === 0) return;
    const seen = [...this.#running];
    for (const [, running] of seen) running.readProgress();
    await this.#trees.refresh();
    const cut = this.#looks++ % LOOKS_A_CUT === 0;
    for (const [instanceId, running] of seen) {
      // (P3); one that was booted anew meanwhile is looked at the next time.
      if (this.#halting.has(instanceId) || this.#running.get(instanceId) !== running) continue;
      for (const event of running.look()) this.#tell(event);
      if (cut) await running.folder.boundConsole();
    }
  }

  #tell(event: InstanceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #folderOf(instanceId: string): InstanceFolder {
    return new InstanceFolder(this.#path('instances'), instanceId);
  }

  #volumePath(volumeId: string): string {
    if (!/^vol-[a-z0-9]+$/.test(volumeId)) throw new Error(`${JSON.stringify(volumeId)} is no volume id`);
    return this.#path('volumes', volumeId);
  }

  #path(...names: string[]): string {
    return join(this.#root, ...names);
  }
}
