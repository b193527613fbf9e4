/**
 * Watches for the end of this instance: its group takes it out, or a spot instance is taken back. Then the workers are told to stop, and
 * the group is kept waiting until they have.
 *
 * (E1) What does not answer is asked again; it never ends the worker.
 * (E2) The termination hook is completed only when no work is in hand.
 */
import { waitMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { type Log, reasonOf } from './log.ts';
import type { StopRequest } from './stop-request.ts';

export interface Metadata {
  /** Undefined where there is no such value now. */
  read(path: string): Promise<string | undefined>;
}

export interface TerminationHooks {
  putOff(): Promise<void>;
  complete(): Promise<void>;
}

export interface InstanceEndParts {
  readonly metadata: Metadata;
  readonly hooks: (instanceId: string) => TerminationHooks;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

const LOOK_EVERY_MS = 2_000;
const PUT_OFF_EVERY_MS = 20_000;
const COMPLETE_ATTEMPTS = 6;
/** Before a spot instance is taken, the time in which messages are given back. */
const SPOT_MARGIN_MS = 15_000;
const SPOT_NOTICE_MS = 120_000;

/** Resolves when nobody waits for this instance's workers any more. @param idle resolves when no work is in hand */
export async function watchInstanceEnd(
  parts: InstanceEndParts,
  stop: StopRequest,
  idle: Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const finished = idle.then(() => ended.abort());
  while (!ended.signal.aborted) {
    const end = await look(parts);
    if (end?.kind === 'spot') stop.stop('the spot instance is taken back', end.withinMs);
    if (end?.kind === 'group') {
      stop.stop('the group ends this instance', Number.POSITIVE_INFINITY);
      return await holdTermination(parts, finished, ended.signal);
    }
    await parts.clock.sleep(LOOK_EVERY_MS, ended.signal);
  }
}

type End = { readonly kind: 'group' } | { readonly kind: 'spot'; readonly withinMs: number };

async function look({ metadata, clock }: InstanceEndParts): Promise<End | undefined> {
  try {
    if ((await metadata.read('autoscaling/target-lifecycle-state')) === 'Terminated')
      return { kind: 'group' };
    const notice = await metadata.read('spot/instance-action');
    return notice === undefined ? undefined : { kind: 'spot', withinMs: spotTime(notice, clock.nowMs()) };
  } catch {
    return undefined; // (E1)
  }
}

function spotTime(notice: string, nowMs: number): number {
  const time = /"time"\s*:\s*"([^"]+)"/.exec(notice)?.[1] ?? '';
  const leftMs = Date.parse(time) - nowMs;
  return Math.max(0, (Number.isNaN(leftMs) ? SPOT_NOTICE_MS : leftMs) - SPOT_MARGIN_MS);
}

async function holdTermination(
  parts: InstanceEndParts,
  finished: Promise<void>,
  ended: AbortSignal,
): Promise<void> {
  const { metadata, clock, random, log } = parts;
  const hooks = parts.hooks((await metadata.read('instance-id').catch(() => undefined)) ?? '');
  const tell = (error: unknown): void =>
    log('warn', 'the group does not hear of this instance', { reason: reasonOf(error) });
  for (;;) {
    await clock.sleep(PUT_OFF_EVERY_MS, ended);
    if (ended.aborted) break;
    await hooks.putOff().catch(tell); // (E1)
  }
  await finished; // (E2)
  for (let attempt = 0; attempt < COMPLETE_ATTEMPTS; attempt++) {
    try {
      return await hooks.complete();
    } catch (error) {
      tell(error);
      await clock.sleep(waitMs(attempt, random()));
    }
  }
}
