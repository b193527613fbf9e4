/** One instance that runs, as its provider watches it: what was seen last, and what is new. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceEvent, InstanceSpec } from '../instance-provider.ts';
import { AGENT_FOLDER } from './image-programs.ts';
import type { BootProgress, InstanceFolder } from './instance-folder.ts';
import { type Judgement, judgeInstance } from './judge-instance.ts';
import type { InstanceTree } from './process-trees.ts';

export class RunningInstance {
  readonly spec: InstanceSpec;
  readonly folder: InstanceFolder;
  readonly #tree: () => InstanceTree;
  #healthy = true;
  #gone = false;
  #leftRunning: boolean;
  readonly #isFirstBoot: boolean;
  #progress: BootProgress = { booted: false, ends: [] };
  #cpuMs = 0;
  #lastCpuMs: number | undefined;

  constructor(spec: InstanceSpec, folder: InstanceFolder, tree: () => InstanceTree) {
    this.spec = spec;
    this.folder = folder;
    this.#tree = tree;
    this.#leftRunning = folder.leftRunning;
    this.#isFirstBoot = folder.boots === 1;
  }

  get healthy(): boolean {
    return this.#healthy && !this.#gone;
  }

  /** It was told that the instance has ended. */
  get gone(): boolean {
    return this.#gone;
  }

  /**
   * To be called before the processes are looked at: what runs after the scripts have ended was left running by them, but what
   * ran a moment before they ended may be the scripts themselves.
   */
  readProgress(): BootProgress {
    this.#progress = this.folder.readProgress();
    return this.#progress;
  }

  /** What is new since the last look. */
  look(): readonly InstanceEvent[] {
    if (this.#gone) return [];
    const tree = this.#tree();
    this.#countCpu(tree);
    const judgement = this.judge();
    const { instanceId } = this.spec;
    if (judgement.kind === 'gone') {
      this.#gone = true;
      // A cloud that was held, and goes on after the lease, finds that its instances were stopped: they are to be booted again.
      if (this.folder.leaseEnded) return [{ instanceId, kind: 'request', request: 'reboot' }];
      return [{ instanceId, kind: 'gone', reason: judgement.reason }];
    }
    const request = this.folder.takeRequest();
    const asked: InstanceEvent[] = request === undefined ? [] : [{ instanceId, kind: 'request', request }];
    if (judgement.healthy === this.#healthy) return asked;
    this.#healthy = judgement.healthy;
    return [...asked, { instanceId, kind: 'health', healthy: judgement.healthy, reason: judgement.reason }];
  }

  /** What its processes say now; nothing is told of it. */
  judge(): Judgement {
    const tree = this.#tree();
    const { booted, ends } = this.#progress;
    if (booted && !this.#leftRunning && tree.others.length > 0) {
      this.#leftRunning = true;
      this.folder.noteLeftRunning();
    }
    return judgeInstance({
      tree,
      booted,
      ends,
      leftRunning: this.#leftRunning,
      firstBoot: this.#isFirstBoot,
    });
  }

  measure(): { readonly cpuMs: number; readonly memoryBytes: number; readonly processes: number } {
    const tree = this.#tree();
    this.#countCpu(tree);
    const all = entriesOf(tree);
    const memoryBytes = all.reduce((sum, entry) => sum + entry.memoryBytes, 0);
    return { cpuMs: this.#cpuMs, memoryBytes, processes: all.length };
  }

  /** Approximation: what a process used that ended unseen and was waited for by nobody of the instance is not counted. */
  #countCpu(tree: InstanceTree): void {
    const total = entriesOf(tree).reduce((sum, entry) => sum + entry.cpuMs + entry.childrenCpuMs, 0);
    this.#cpuMs += Math.max(0, total - (this.#lastCpuMs ?? total));
    this.#lastCpuMs = total;
  }

  /** See `amazon-cloudwatch-agent-ctl` in image-programs.ts. */
  static agentConfiguration(
    volume: string,
  ): { readonly json: string } | { readonly parameter: string } | undefined {
    const folder = join(volume, AGENT_FOLDER);
    const parameter = join(folder, 'parameter');
    if (existsSync(parameter)) return { parameter: readFileSync(parameter, 'utf8').trim() };
    const file = join(folder, 'amazon-cloudwatch-agent.json');
    return existsSync(file) ? { json: readFileSync(file, 'utf8') } : undefined;
  }
}

function entriesOf({ first, others }: InstanceTree) {
  return first === undefined ? others : [first, ...others];
}
