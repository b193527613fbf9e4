/**
 * The machines of a simulated store, each with a volume and at most one process. It starts, kills, pauses and stops nodes; what
 * a node is made of is the launcher's business.
 */
import { Volume } from '../disk/volume.ts';
import { SimNetwork } from '../network/sim-network.ts';
import { Machine, type Process } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { HasLeft, type Launch, type RunningNode } from './node-launch.ts';

export interface ClusterOptions {
  readonly founders: number;
  readonly volumeBytes: number;
  readonly poisonsReads: boolean;
  readonly forgetsLogs: boolean;
}

export class SimNode {
  readonly name: string;
  readonly machine: Machine;
  readonly volume: Volume;
  readonly isFounder: boolean;
  /** Present while its process serves. */
  running: RunningNode | undefined;
  /** It will never be started again: dead for good, or drained. */
  isGone = false;
  /** Faults that hold it now; it is whole when there is none. */
  readonly troubles = new Set<string>();

  constructor(machine: Machine, volume: Volume, isFounder: boolean) {
    this.name = machine.name;
    this.machine = machine;
    this.volume = volume;
    this.isFounder = isFounder;
  }

  get isUp(): boolean {
    return this.machine.process !== undefined;
  }

  get serves(): boolean {
    return this.running !== undefined && this.machine.process?.isPaused === false;
  }
}

export class Cluster {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: SimNode[] = [];
  /** A last look at what a process knew: its volume falls back to what was durable. */
  beforeDeath: ((node: SimNode) => void) | undefined;
  readonly #launch: Launch;
  readonly #options: ClusterOptions;

  constructor(world: World, launch: Launch, options: ClusterOptions) {
    this.world = world;
    this.network = new SimNetwork(world);
    this.#launch = launch;
    this.#options = options;
    for (let i = 0; i < options.founders; i++) this.add();
  }

  /** A machine that nobody has started yet. */
  add(): SimNode {
    const number = this.nodes.length + 1;
    const machine = new Machine(this.world, `n${number}`, `10.0.0.${number}:7000`);
    const volume = new Volume(machine, this.#options.volumeBytes);
    volume.poisonsReads = this.#options.poisonsReads;
    const node = new SimNode(machine, volume, number <= this.#options.founders);
    this.nodes.push(node);
    return node;
  }

  /** Starts a process; it serves once its launcher says so. */
  start(node: SimNode): void {
    const { machine } = node;
    const process = machine.start();
    node.running = undefined;
    if (this.#options.forgetsLogs) node.volume.forgetLog();
    const random = this.world.random.fork(`${node.name} start ${machine.starts}`);
    const network = this.network.attach(process, () => node.volume.identity?.nodeId);
    this.world.note(node.name, `starts (${machine.starts})`);
    const addresses = this.nodes
      .filter(({ isFounder }) => isFounder)
      .map(({ machine: { address } }) => address);
    process.onEnd(() => {
      node.running = undefined;
    });
    this.#launch({
      name: node.name,
      process,
      network,
      volume: node.volume.open(process),
      random,
      founders: node.isFounder ? addresses : [],
      contacts: addresses,
      note: (what) => this.world.note(node.name, what),
      failed: (cause) => this.world.fail(cause),
    }).then(
      (running) => this.#serve(node, process, running),
      (error: unknown) => {
        if (!(error instanceof HasLeft)) this.world.fail(error);
        else this.#retire(node);
      },
    );
  }

  #serve(node: SimNode, process: Process, running: RunningNode): void {
    if (!process.isAlive) return;
    node.running = running;
    this.world.note(node.name, 'serves');
    running.left?.then(
      () => this.#depart(node),
      (error: unknown) => this.world.fail(error),
    );
  }

  /** The node was drained and says so: it may be switched off. */
  #depart(node: SimNode): void {
    this.world.note(node.name, 'has left');
    node.isGone = true;
    node.troubles.delete('draining');
    this.stop(node).catch((error: unknown) => this.world.fail(error));
  }

  /** The node was drained before this start; its machine is taken away. */
  #retire(node: SimNode): void {
    this.world.note(node.name, 'has left');
    node.isGone = true;
    node.troubles.delete('draining');
    this.crash(node, 'kill');
  }

  /** kill -9, or the power fails: then its peers hear nothing. */
  crash(node: SimNode, how: 'kill' | 'power'): void {
    if (!node.isUp) return;
    this.world.note(node.name, how === 'kill' ? 'is killed' : 'loses power');
    this.beforeDeath?.(node);
    if (how === 'power') this.network.darken(node.machine.address);
    node.machine.kill();
  }

  /** SIGTERM; whatever is left after `limitMs` is killed. */
  async stop(node: SimNode, limitMs = 20_000): Promise<void> {
    const { process } = node.machine;
    const { running } = node;
    if (process === undefined || running === undefined) {
      this.crash(node, 'kill');
      return;
    }
    this.world.note(node.name, 'is told to stop');
    let stopped = false;
    process.enter(() => {
      running.stop().then(
        () => {
          stopped = true;
        },
        (error: unknown) => this.world.fail(error),
      );
    });
    const deadlineMs = this.world.nowMs + limitMs;
    while (!stopped && process.isAlive && this.world.nowMs < deadlineMs) await this.world.sleep(20);
    if (!process.isAlive) return;
    this.world.note(node.name, stopped ? 'has stopped' : 'has not stopped in time');
    this.beforeDeath?.(node);
    node.machine.kill();
  }

  serving(): SimNode[] {
    return this.nodes.filter((node) => node.serves);
  }

  /** Nodes that take part at the end: those that are not gone. */
  lasting(): SimNode[] {
    return this.nodes.filter((node) => !node.isGone);
  }
}
