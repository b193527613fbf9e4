/**
 * Runs the operations that are recorded, at most one a stack. It does not know what operations do.
 *
 * (G1) An operation is recorded before it is begun; at a start every recorded one goes on.
 * (G2) An operation that is submitted while the one before it ends is begun then.
 */
import type { CloudFormationPorts } from '../ports.ts';
import type { ResourceHandler } from '../resources/resource-handler.ts';
import type { OperationRecord } from '../state/stack-records.ts';
import type { StackStore } from '../state/stack-store.ts';
import type { EngineEnvironment } from './engine-environment.ts';
import { StackRun } from './stack-run.ts';

interface Running {
  readonly run: StackRun;
  readonly ended: Promise<void>;
}

export class StackEngine {
  readonly environment: EngineEnvironment;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Running>();
  #started = false;

  constructor(ports: CloudFormationPorts, store: StackStore, handlers: ReadonlyMap<string, ResourceHandler>) {
    this.environment = { ports, store, handlers, stopped: this.#stop.signal };
  }

  /** (G1) */
  start(): void {
    this.#started = true;
    for (const [stackId] of [...this.environment.store.operations.entries()]) this.#begin(stackId);
  }

  /** Resolves when nothing runs; what was under way is taken up at the next start. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Records the operation and begins it. */
  submit(operation: OperationRecord): void {
    this.environment.store.operations.put(operation.stackId, operation);
    if (this.#started) this.#begin(operation.stackId);
  }

  /** Calls off what is being done to the stack. */
  cancel(stackId: string, reason: string): void {
    this.#running.get(stackId)?.run.cancel(reason);
  }

  #begin(stackId: string): void {
    if (this.#running.has(stackId)) return;
    const run = new StackRun(this.environment, stackId);
    const ended = run
      .run()
      .then(() => true)
      .catch((error: unknown) => {
        this.environment.ports.onBroken(stackId, error);
        return false;
      })
      .then((isWhole) => this.#ended(stackId, isWhole));
    this.#running.set(stackId, { run, ended });
  }

  /** (G2) What broke waits for the next start. */
  #ended(stackId: string, isWhole: boolean): void {
    this.#running.delete(stackId);
    const next = this.environment.store.operations.get(stackId);
    if (isWhole && this.#started && next !== undefined) this.#begin(stackId);
  }
}
