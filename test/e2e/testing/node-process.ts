/**
 * One `crescendo node` of a test: a process that comes and goes on a data folder that stays. Its peer address is fixed for its life,
 * its other doors get new ports at each start.
 */
import type { NodeAddresses } from '../../../packages/node/src/index.ts';
import { type Ended, type StartedProcess, startCrescendo } from './child-processes.ts';
import { within } from './wait.ts';

export interface NodeSpecification {
  readonly name: string;
  readonly folder: string;
  readonly peerPort: number;
  /** Arguments beside the folder and the ports. */
  readonly programArguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly logFile: string;
}

const START_LIMIT_MS = 60_000;

interface Run {
  readonly started: StartedProcess;
  readonly listening: Promise<NodeAddresses>;
  readonly ready: Promise<void>;
  end: Ended | undefined;
  left: boolean;
  isReady: boolean;
}

export class NodeProcess {
  readonly specification: NodeSpecification;
  #run: Run | undefined;
  #addresses: NodeAddresses | undefined;
  #paused = false;

  constructor(specification: NodeSpecification) {
    this.specification = specification;
  }

  get name(): string {
    return this.specification.name;
  }

  get folder(): string {
    return this.specification.folder;
  }

  get isRunning(): boolean {
    return this.#run !== undefined && this.#run.end === undefined;
  }

  /** Runs, is not held, and has said that it serves. */
  get isServing(): boolean {
    return this.isRunning && !this.#paused && this.#run!.isReady;
  }

  get pid(): number {
    return this.#current().started.pid;
  }

  /** True when it said that it has left the cluster. */
  get hasLeft(): boolean {
    return this.#run?.left === true;
  }

  /** Of the last start. */
  get addresses(): NodeAddresses {
    if (this.#addresses === undefined) throw new Error(`${this.name} does not listen yet`);
    return this.#addresses;
  }

  get endpoint(): string {
    return `http://${this.addresses.s3}`;
  }

  get ended(): Promise<Ended> {
    return this.#current().started.ended;
  }

  /** Starts the process and resolves when its doors are open; `extra` arguments come last and win. */
  async listen(extra: readonly string[] = []): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} runs already`);
    const { folder, peerPort, programArguments, logFile, environment } = this.specification;
    const ports = [`--peer-port=${peerPort}`, '--s3-port=0', '--admin-port=0'];
    const started = startCrescendo(['node', `--data=${folder}`, ...ports, ...programArguments, ...extra], {
      logFile,
      channel: true,
      ...(environment === undefined ? {} : { environment }),
    });
    this.#paused = false;
    this.#run = follow(started, this.name);
    this.#addresses = await within(`${this.name}: opening its doors`, START_LIMIT_MS, this.#run.listening);
  }

  /** Resolves when the node says that it serves. */
  async ready(limitMs = START_LIMIT_MS): Promise<void> {
    await within(`${this.name}: becoming ready`, limitMs, this.#current().ready);
  }

  async start(extra: readonly string[] = []): Promise<void> {
    await this.listen(extra);
    await this.ready();
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#run?.started.ended;
  }

  /** Asks it to stop. */
  async stop(limitMs = 30_000): Promise<Ended> {
    const { ended } = this.#current().started;
    this.#signal('SIGTERM');
    return await within(`${this.name}: stopping`, limitMs, ended);
  }

  /** Stands still, sockets open, until `resume`. */
  pause(): void {
    this.#paused = true;
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
    this.#paused = false;
  }

  /** Whatever state it is in. */
  async end(): Promise<void> {
    if (this.isRunning) await this.kill();
  }

  #signal(signal: NodeJS.Signals): void {
    this.#current().started.child.kill(signal);
  }

  #current(): Run {
    if (this.#run === undefined) throw new Error(`${this.name} was never started`);
    return this.#run;
  }
}

function follow(started: StartedProcess, name: string): Run {
  const listening = Promise.withResolvers<NodeAddresses>();
  const ready = Promise.withResolvers<void>();
  const run: Run = {
    started,
    listening: listening.promise,
    ready: ready.promise,
    end: undefined,
    left: false,
    isReady: false,
  };
  started.child.on('message', (message) => {
    const kind: unknown = Reflect.get(Object(message), 'kind');
    if (kind === 'listening') listening.resolve(Reflect.get(Object(message), 'addresses') as NodeAddresses);
    if (kind === 'left') run.left = true;
    if (kind !== 'ready') return;
    run.isReady = true;
    ready.resolve();
  });
  void started.ended.then((end) => {
    run.end = end;
    const error = new Error(`${name} ended with ${end.signal ?? `status ${end.status}`}`);
    listening.reject(error);
    ready.reject(error);
  });
  listening.promise.catch(() => undefined);
  ready.promise.catch(() => undefined);
  return run;
}
