/**
 * One history of a store: found it, use it while faults strike, heal, and ask for everything again. What the store is made of and
 * what is looked at inside it comes from outside.
 */
import { Failure } from '@crescendo/base';
import { checkHistory } from '../checkers/history-check.ts';
import type { UploadInfo } from '../ports.ts';
import type { Trace, TraceLine } from '../world/trace.ts';
import { World } from '../world/world.ts';
import { Client } from './client.ts';
import { Cluster, type SimNode } from './cluster.ts';
import { ContentRegister } from './contents.ts';
import { EventWatch } from './event-watch.ts';
import { type FaultContext, LossGuard } from './fault-context.ts';
import { FaultSchedule } from './fault-schedule.ts';
import type { FaultKind } from './faults.ts';
import type { Launch } from './node-launch.ts';
import type { Operation, Request } from './operation.ts';
import { Recorder } from './recorder.ts';
import type { SimQueue } from './sim-queue.ts';
import { SIM_CHUNK_BYTES, SIM_INLINE_BYTES, SIM_MINIMUM_PART_BYTES } from './sim-sizes.ts';
import { FLEETING_BUCKET, MAIN_BUCKET, Workload } from './workload.ts';

export type Mode = 'safety' | 'liveness';

/** Looks into the nodes of a history; separate from the code under test. */
export interface Inspector {
  /** Now and then, while the history runs. `isRestored`: nothing that was destroyed is still missing. */
  look(isRestored: boolean): void;
  /** What is not whole yet: a replica that lacks something, a move under way. undefined: everything is as it should be. */
  missing(): string | undefined;
  /** Nodes that take in groups and have a vote in none. */
  learners(): readonly SimNode[];
  /** Whether a node's identity has a vote in any group. */
  isVoter(nodeId: string): boolean;
  /** A node that does not stand where it should on the ring. */
  disorder(): string | undefined;
  /** Garbage that is not swept yet. */
  litter(): string | undefined;
  /** Once everything has converged: every rule that must hold then. Gives what is broken. */
  verdict(contents: ContentRegister, objects: readonly ExpectedObject[]): string[];
  /** Figures for the report. */
  counts(): Readonly<Record<string, number>>;
}

export interface ExpectedObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
}

export interface HistoryOptions {
  readonly seed: number;
  readonly mode: Mode;
  /** Nodes at the beginning; drawn from the seed when absent. */
  readonly nodes?: number;
  readonly faults?: readonly FaultKind[];
  readonly durationMs?: number;
  readonly trace?: Trace;
  readonly launch: Launch;
  /** Where events go; without it nothing is told. */
  readonly queue?: SimQueue;
  /** A deliberate mistake: logs do not survive restarts. */
  readonly forgetsLogs?: boolean;
  inspect(cluster: Cluster): Inspector;
}

export interface HistoryReport {
  readonly seed: number;
  /** Empty when nothing is wrong. */
  readonly failures: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly tail: readonly TraceLine[];
  readonly digest: number;
}

const VOLUME_BYTES = 4 * 1024 * 1024;
const FOUNDING_LIMIT_MS = 60_000;
const CONVERGENCE_LIMIT_MS = 240_000;
const SWEEP_LIMIT_MS = 240_000;
const TELL_LIMIT_MS = 60_000;
const LOOK_MS = 1000;
/** How long after the faults have ended a node may still wait for its turn to break. */
const BREAK_LIMIT_MS = 60_000;
/** After healing an operation may fail for this long at most: elections, suspicion, reconnections. */
const RECOVERY_LIMIT_MS = 60_000;

export class StoreHistory {
  readonly #options: HistoryOptions;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #inspector: Inspector;
  readonly #contents = new ContentRegister();
  readonly #client: Client;
  readonly #recorder: Recorder;
  readonly #workload: Workload;
  readonly #schedule: FaultSchedule;
  readonly #loss = new LossGuard();
  readonly #events: EventWatch | undefined;
  readonly #failures: string[] = [];
  #broken = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    const { seed, trace } = options;
    const world = new World({ seed, ...(trace === undefined ? {} : { trace }) });
    const random = world.random.fork('history');
    this.#world = world;
    this.#cluster = new Cluster(world, options.launch, {
      founders: 3,
      volumeBytes: VOLUME_BYTES,
      poisonsReads: random.chance(0.3),
      forgetsLogs: options.forgetsLogs ?? false,
    });
    const nodes = options.nodes ?? (options.mode === 'liveness' ? 4 + random.int(3) : 3 + random.int(4));
    while (this.#cluster.nodes.length < nodes) this.#cluster.add();
    // No rule may rest on clocks that run alike.
    if (random.chance(0.4))
      for (const { machine } of this.#cluster.nodes) machine.drift = random.pick([0.5, 0.9, 1, 1.1, 2]);
    this.#inspector = options.inspect(this.#cluster);
    const { queue } = options;
    this.#events = queue === undefined ? undefined : new EventWatch(world, this.#cluster, queue, MAIN_BUCKET);
    this.#client = new Client(this.#contents, world.random.fork('client'));
    this.#recorder = new Recorder(world, this.#client);
    this.#workload = new Workload(world, this.#cluster, this.#recorder, this.#contents, {
      seed,
      clients: 4 + random.int(5),
      keys: 4 + random.int(9),
      meanThinkMs: random.pick([150, 300, 600]),
      inlineBytes: SIM_INLINE_BYTES,
      chunkBytes: SIM_CHUNK_BYTES,
      minimumPartBytes: SIM_MINIMUM_PART_BYTES,
    });
    this.#schedule = new FaultSchedule(this.#faultContext(nodes), options.faults);
  }

  #faultContext(nodes: number): FaultContext {
    return {
      world: this.#world,
      cluster: this.#cluster,
      random: this.#world.random.fork('faults'),
      maxNodes: nodes + 3,
      // One of them breaks for good, and three must stay.
      minHolders: this.#options.mode === 'liveness' ? 4 : 3,
      missing: () => this.#inspector.missing(),
      learners: () => this.#inspector.learners(),
      isVoter: (nodeId) => this.#inspector.isVoter(nodeId),
      loss: this.#loss,
    };
  }

  async run(): Promise<HistoryReport> {
    try {
      await this.#world.run(() => this.#live());
    } catch (error) {
      this.#failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const { operations } = this.#recorder;
    const { violations, undecided, registers } = checkHistory(operations);
    const told = this.#events?.violations(operations) ?? [];
    this.#failures.push(...violations, ...told, ...this.#client.wrongBytes);
    return {
      seed: this.#options.seed,
      failures: this.#failures,
      counts: {
        ...this.#counts(),
        undecided,
        registers,
        ...this.#events?.counts(),
        ...this.#inspector.counts(),
      },
      tail: this.#world.trace.tail(60),
      digest: this.#world.trace.digest,
    };
  }

  #counts(): Record<string, number> {
    const { operations } = this.#recorder;
    const done = operations.filter(
      ({ response }) => response.kind !== 'failed' && response.kind !== 'unknown',
    ).length;
    const faults = [...this.#schedule.counts.values()].reduce((sum, count) => sum + count, 0);
    const { events, nowMs } = this.#world;
    const { messages, requests } = this.#cluster.network;
    return {
      operations: operations.length,
      brokenForGood: this.#broken,
      done,
      faults,
      events,
      messages,
      requests,
      virtualSeconds: Math.round(nowMs / 1000),
    };
  }

  async #live(): Promise<void> {
    await this.#found();
    await this.#events?.begin();
    this.#world.at(LOOK_MS, () => this.#lookOn());
    this.#workload.start();
    const random = this.#world.random.fork('duration');
    const durationMs = this.#options.durationMs ?? 15_000 + random.int(20_000);
    const breaking =
      this.#options.mode === 'liveness' ? this.#breakOne(random.int(durationMs), durationMs) : undefined;
    await this.#schedule.run(durationMs);
    this.#schedule.heal();
    this.#events?.end();
    await breaking;
    await this.#world.sleep(5000);
    await this.#workload.finish();
    await this.#mustServe();
    await this.#waitUntil('converged', CONVERGENCE_LIMIT_MS, () => this.#notConverged());
    await this.#waitUntil('in order on the ring', CONVERGENCE_LIMIT_MS, () => this.#inspector.disorder());
    const { operations } = this.#recorder;
    await this.#waitUntil('told', TELL_LIMIT_MS, () => this.#events?.untold(operations));
    await this.#abortUploads();
    const objects = await this.#readEverything();
    this.#setClocks();
    await this.#waitUntil('swept', SWEEP_LIMIT_MS, () => this.#inspector.litter());
    this.#inspector.look(true);
    this.#failures.push(...this.#inspector.verdict(this.#contents, objects));
  }

  async #found(): Promise<void> {
    for (const node of this.#cluster.nodes) this.#cluster.start(node);
    await this.#succeed({ kind: 'createBucket', bucket: MAIN_BUCKET }, FOUNDING_LIMIT_MS);
  }

  /** Every second, for as long as the history lasts. */
  #lookOn(): void {
    this.#inspector.look(this.#loss.isRestored);
    this.#loss.observe(() => this.#inspector.missing());
    this.#world.at(LOOK_MS, () => this.#lookOn());
  }

  /** A node breaks for good in the middle of it all, or afterwards, once nothing that was destroyed before is missing; the others must go on. */
  async #breakOne(afterMs: number, durationMs: number): Promise<void> {
    const deadlineMs = this.#world.nowMs + durationMs + BREAK_LIMIT_MS;
    await this.#world.sleep(afterMs);
    while (!this.#breakForGood() && this.#world.nowMs < deadlineMs) await this.#world.sleep(500);
  }

  #breakForGood(): boolean {
    const nodes = this.#cluster.lasting();
    const leaving = nodes.filter(({ troubles }) => troubles.has('draining')).length;
    // Who leaves may go only if enough nodes stay: it must not wait for one that never comes back.
    const candidates = this.#cluster.serving();
    if (nodes.length - leaving <= 3 || candidates.length === 0) return false;
    if (!this.#loss.take(() => this.#inspector.missing())) return false;
    const victim = this.#world.random.fork('victim').pick(candidates);
    victim.isGone = true;
    this.#world.note('fault', `${victim.name} is broken for good`);
    this.#cluster.crash(victim, 'power');
    this.#broken = 1;
    return true;
  }

  #notConverged(): string | undefined {
    const draining = this.#cluster.lasting().find(({ troubles }) => troubles.has('draining'));
    if (draining !== undefined) return `${draining.name} has not left yet`;
    const down = this.#cluster.lasting().find(({ serves }) => !serves);
    return down === undefined ? this.#inspector.missing() : `${down.name} does not serve`;
  }

  /** What is garbage by a fast clock must not wait until a slow one has come so far. */
  #setClocks(): void {
    const machines = this.#cluster.lasting().map(({ machine }) => machine);
    const newestMs = Math.max(...machines.map((machine) => machine.elapsedMs() + machine.wallOffsetMs));
    for (const machine of machines) machine.setClock(newestMs);
  }

  /** Every node must serve reads and writes again within a bounded time, whatever happened. */
  async #mustServe(): Promise<void> {
    for (const key of this.#workload.keys()) {
      await this.#succeed(() => this.#workload.freshPut(MAIN_BUCKET, key), RECOVERY_LIMIT_MS);
      await this.#succeed({ kind: 'get', bucket: MAIN_BUCKET, key }, RECOVERY_LIMIT_MS);
    }
  }

  /** What dead clients left behind would otherwise be kept for good. */
  async #abortUploads(): Promise<void> {
    for (const bucket of [MAIN_BUCKET, FLEETING_BUCKET]) {
      const node = this.#world.random.pick(this.#cluster.serving());
      const { store } = node.running!;
      const page = { bucket, prefix: '', delimiter: '', afterKey: '', afterUploadId: '', limit: 1000 };
      const uploads = await store.listUploads(page).catch(noSuchBucket);
      for (const { key, uploadId } of uploads.uploads) await store.abortUpload({ bucket, key, uploadId });
    }
  }

  async #readEverything(): Promise<ExpectedObject[]> {
    const objects: ExpectedObject[] = [];
    for (const bucket of [MAIN_BUCKET, FLEETING_BUCKET]) {
      const keys = bucket === MAIN_BUCKET ? this.#workload.keys() : ['f0', 'f1', 'f2'];
      for (const node of this.#cluster.serving()) {
        await this.#succeed({ kind: 'list', bucket, prefix: '', limit: 1000 }, 0, node);
      }
      for (const key of keys) {
        const { response } = await this.#succeed({ kind: 'get', bucket, key }, 0);
        if (response.kind === 'found') objects.push({ bucket, key, etag: response.etag });
      }
    }
    return objects;
  }

  /** Asks until there is an answer that is no excuse; after the limit the first excuse is a failure. */
  async #succeed(request: Request | (() => Request), limitMs: number, at?: SimNode): Promise<Operation> {
    const deadlineMs = this.#world.nowMs + limitMs;
    const random = this.#world.random;
    for (;;) {
      const nodes = this.#cluster.serving();
      const node = at ?? (nodes.length === 0 ? this.#cluster.nodes[0]! : random.pick(nodes));
      const operation = await this.#recorder.call(node, typeof request === 'function' ? request() : request);
      const excuse = excuseOf(operation);
      if (excuse === undefined) return operation;
      // Some senders are slow: what counts is when they began.
      if (operation.startMs >= deadlineMs)
        throw new Error(`#${operation.id} at ${node.name} fails although everything is whole: ${excuse}`);
      await this.#world.sleep(200);
    }
  }

  async #waitUntil(what: string, limitMs: number, excuse: () => string | undefined): Promise<void> {
    const deadlineMs = this.#world.nowMs + limitMs;
    for (;;) {
      const left = excuse();
      if (left === undefined) break;
      if (this.#world.nowMs >= deadlineMs) throw new Error(`not ${what} after ${limitMs / 1000} s: ${left}`);
      await this.#world.sleep(500);
    }
    this.#world.note('history', what);
  }
}

function noSuchBucket(error: unknown): { readonly uploads: readonly UploadInfo[] } {
  if (error instanceof Failure && error.code === 'NoSuchBucket') return { uploads: [] };
  throw error;
}

function excuseOf({ response }: Operation): string | undefined {
  if (response.kind === 'unknown') return response.why;
  if (response.kind === 'found') return response.damaged;
  const answers = ['NoSuchKey', 'NoSuchBucket', 'PreconditionFailed', 'BucketNotEmpty'];
  return response.kind === 'failed' && !answers.includes(response.code) ? response.code : undefined;
}
