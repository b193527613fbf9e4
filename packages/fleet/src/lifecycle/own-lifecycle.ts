/**
 * The life of this instance in its group: launching until the node serves, serving, and draining when the instance is to end (SPEC.md,
 * FL1 to FL4).
 *
 * (O1) Phases follow each other in the order of the union below and never go back.
 * (O2) What is asked of the group can be asked again without harm; a failure ends the round, not the life.
 */
import { messageOf } from '@crescendo/base';
import type { InstanceGroup, InstanceMetadata, LifecycleHook } from '../ports.ts';
import type { Report } from '../report.ts';

export type Phase = 'launching' | 'serving' | 'draining' | 'left' | 'done';

export type DrainAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** The node on this instance. */
export interface OwnNode {
  isReady(): boolean;
  hasLeft(): boolean;
  /** Asks the store to take everything off this node; asking twice is asking once. */
  drain(): Promise<DrainAnswer>;
}

export interface OwnLifecycleParts {
  readonly instanceId: string;
  readonly node: OwnNode;
  /** undefined for an instance outside any group: only spot notices matter then. */
  readonly group: InstanceGroup | undefined;
  readonly metadata: InstanceMetadata;
  readonly nowMs: () => number;
  readonly report: Report;
}

/** Time-outs of hooks are put off this many times before they would run out. */
const PUT_OFFS_PER_TIMEOUT = 3;
const MIN_PUT_OFF_MS = 1_000;

export class OwnLifecycle {
  private readonly parts: OwnLifecycleParts;
  private current: Phase = 'launching';
  private lastPutOffMs = Number.NEGATIVE_INFINITY;
  private refusal: string | undefined;
  private known: readonly LifecycleHook[] | undefined;
  private isEnding = false;
  private busy = false;

  constructor(parts: OwnLifecycleParts) {
    this.parts = parts;
  }

  get phase(): Phase {
    return this.current;
  }

  /** One look at the world; call it every second or so. */
  async round(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.step();
    } catch (cause) {
      this.parts.report('warn', 'life cycle round failed', {
        phase: this.current,
        cause: messageOf(cause),
      }); // [FL4]
    } finally {
      this.busy = false;
    }
  }

  private async step(): Promise<void> {
    const isToEnd = await this.isToEnd();
    if (this.current !== 'done' && this.current !== 'left' && this.parts.node.hasLeft()) this.enter('left');
    switch (this.current) {
      case 'launching':
        if (isToEnd) return this.enter('draining');
        if (!this.parts.node.isReady()) return this.putOff('launching');
        await this.complete('launching'); // [FL1]
        return this.enter('serving');
      case 'serving':
        if (isToEnd) this.enter('draining');
        return;
      case 'draining':
        return this.drain();
      case 'left':
        if (!isToEnd) return this.endInstance();
        await this.complete('terminating'); // [FL2]
        return this.enter('done');
      case 'done':
        return;
    }
  }

  private async isToEnd(): Promise<boolean> {
    const { metadata } = this.parts;
    if ((await metadata.targetLifecycleState()) === 'Terminated') return true;
    return metadata.hasSpotNotice(); // [FL3]
  }

  /** [FL5] Asked once: the group then says by the target state that the instance ends. */
  private async endInstance(): Promise<void> {
    if (this.isEnding) return;
    await this.parts.group?.terminate(this.parts.instanceId);
    this.isEnding = true;
  }

  private async drain(): Promise<void> {
    await this.putOff('terminating'); // [FL2]
    const answer = await this.parts.node.drain();
    const refusal = answer.ok ? undefined : answer.message;
    if (refusal !== this.refusal && refusal !== undefined)
      this.parts.report('warn', 'the store refuses the drain', { reason: refusal });
    this.refusal = refusal;
  }

  private enter(phase: Phase): void {
    this.current = phase; // (O1)
    this.known = undefined;
    this.parts.report('info', 'instance phase', { phase });
  }

  private async complete(transition: LifecycleHook['transition']): Promise<void> {
    for (const hook of await this.hooks(transition))
      await this.parts.group?.completeHook(hook.name, this.parts.instanceId);
  }

  private async putOff(transition: LifecycleHook['transition']): Promise<void> {
    const hooks = await this.hooks(transition);
    const shortestMs = Math.min(...hooks.map(({ heartbeatSeconds }) => heartbeatSeconds * 1_000));
    const everyMs = Math.max(MIN_PUT_OFF_MS, shortestMs / PUT_OFFS_PER_TIMEOUT);
    if (hooks.length === 0 || this.parts.nowMs() - this.lastPutOffMs < everyMs) return;
    this.lastPutOffMs = this.parts.nowMs();
    for (const hook of hooks) await this.parts.group?.putOffHook(hook.name, this.parts.instanceId);
  }

  /** Asked for anew in each phase: hooks may be added while the instance serves. */
  private async hooks(transition: LifecycleHook['transition']): Promise<readonly LifecycleHook[]> {
    this.known ??= (await this.parts.group?.hooks()) ?? [];
    return this.known.filter((hook) => hook.transition === transition);
  }
}
