/**
 * The nodes of one data folder as child processes. It does not know what is in front of them.
 *
 * (V1) A node that was drained is written down as having left and is never started again.
 * (V2) `stop` resolves when no child is left.
 * (V3) A node whose classic ports were taken meanwhile, as by a cluster that was started at the same moment, is started again at others.
 */
import { reasonOf } from '../failures.ts';
import { BoundedLog } from './bounded-log.ts';
import type { ClusterLayout, NodeLayout } from './cluster-layout.ts';
import { activeNodes, withNode, withNodeLeft, writeLayout } from './cluster-layout.ts';
import { settleClassicPorts } from './settle-ports.ts';
import type { ChildDeath, ChildTiming } from './supervised-child.ts';
import { SupervisedChild } from './supervised-child.ts';

export interface SupervisorOptions {
  readonly layout: ClusterLayout;
  readonly layoutPath: string;
  /** Path of a node's log. */
  readonly nodeLog: (number: number) => string;
  /** The command line of a node's daemon. */
  readonly command: (node: NodeLayout) => readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  readonly tell: (line: string) => void;
  readonly timing?: Partial<ChildTiming>;
}

export class ClusterSupervisor {
  readonly #options: SupervisorOptions;
  readonly #children = new Map<number, SupervisedChild>();
  readonly #ready = new Set<number>();
  #layout: ClusterLayout;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#layout = options.layout;
    for (const node of activeNodes(options.layout)) this.#children.set(node.number, this.#makeChild(node));
  }

  start(): void {
    for (const child of this.#children.values()) child.start();
  }

  /** As it is written down. */
  get layout(): ClusterLayout {
    return this.#layout;
  }

  /** Where the front listens. */
  async recordEndpoint(endpoint: string): Promise<void> {
    if (endpoint !== this.#layout.endpoint) await this.#record({ ...this.#layout, endpoint });
  }

  /** True when every node that has not left says that it serves. */
  get allReady(): boolean {
    return [...this.#children.keys()].every((number) => this.#ready.has(number));
  }

  /** By node number; undefined for one that does not run now. */
  get pids(): ReadonlyMap<number, number | undefined> {
    return new Map([...this.#children].map(([number, child]) => [number, child.pid]));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop())); // (V2)
    await this.#writing;
  }

  #makeChild(node: NodeLayout): SupervisedChild {
    const { number } = node;
    return new SupervisedChild({
      name: `node ${number}`,
      command: this.#options.command(node),
      renewCommand: () => this.#renewCommand(number),
      environment: this.#options.environment,
      log: new BoundedLog(this.#options.nodeLog(number), (reason) =>
        this.#options.tell(`the log of node ${number} cannot be written: ${reason}`),
      ),
      ...(this.#options.timing === undefined ? {} : { timing: this.#options.timing }),
      onMessage: (message) => {
        if (message.kind === 'ready') this.#ready.add(number);
        if (message.kind === 'left') this.#recordLeft(number);
      },
      onDeath: (death) => this.#handleDeath(number, death),
    });
  }

  #handleDeath(number: number, death: ChildDeath): void {
    this.#ready.delete(number);
    if (death.restartInMs === undefined) {
      this.#children.delete(number);
      this.#options.tell(`node ${number} has left the cluster`);
      return;
    }
    const log = this.#options.nodeLog(number);
    this.#options.tell(
      `node ${number} ended (${death.how}) and is started again in ${death.restartInMs / 1000} s; its log is ${log}`,
    );
  }

  /** (V3) */
  async #renewCommand(number: number): Promise<readonly [string, ...string[]]> {
    const before = this.#layout.nodes.find((node) => node.number === number)!;
    const { classicPort, filesPort } = await settleClassicPorts(before, this.#options);
    if (classicPort !== before.classicPort || filesPort !== before.filesPort)
      await this.#record(withNode(this.#layout, number, { classicPort, filesPort }));
    return this.#options.command({ ...before, classicPort, filesPort });
  }

  /** (V1) */
  #recordLeft(number: number): void {
    void this.#record(withNodeLeft(this.#layout, number));
  }

  async #record(layout: ClusterLayout): Promise<void> {
    this.#layout = layout;
    this.#writing = this.#writing
      .then(() => writeLayout(this.#options.layoutPath, layout))
      .catch((error: unknown) => {
        this.#options.tell(`could not write ${this.#options.layoutPath}: ${reasonOf(error)}`);
      });
    await this.#writing;
  }
}
