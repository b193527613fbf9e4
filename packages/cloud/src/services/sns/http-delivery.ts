/**
 * Messages to endpoints of HTTP. Each is recorded before anything is sent and forgotten when it was taken or given up, so a stop or a loss
 * of the cloud loses none: what an endpoint took in the moment of a loss it may get twice.
 */
import { messageOf, type Timer } from '@crescendo/base';
import type { SnsWorld } from './sns-world.ts';
import { uuid } from './sns-world.ts';
import type { DeliveryRecord, SubscriptionRecord } from './topic-records.ts';

/** As AWS's default policy: at once three times more, twice after a second, ten times with growing pauses, then every 20 seconds. */
const MOST_ATTEMPTS = 50;
const LIMIT_MS = 15_000;

function pauseMs(attempts: number): number {
  if (attempts <= 3) return 0;
  if (attempts <= 5) return 1_000;
  return Math.min(20_000, 1_000 * 1.35 ** (attempts - 5));
}

export function recordDelivery(
  world: SnsWorld,
  { arn, topicArn, endpoint, attributes }: SubscriptionRecord,
  type: 'Notification' | 'SubscriptionConfirmation',
  messageId: string,
  body: string,
): void {
  const isRaw = type === 'Notification' && attributes['RawMessageDelivery'] === 'true';
  const delivery: DeliveryRecord = {
    subscriptionArn: arn,
    url: endpoint,
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'x-amz-sns-message-type': type,
      'x-amz-sns-message-id': messageId,
      'x-amz-sns-topic-arn': topicArn,
      ...(type === 'Notification' ? { 'x-amz-sns-subscription-arn': arn } : {}),
      ...(isRaw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
    },
    body,
    attempts: 0,
    dueMs: world.ports.clock.wallMs(),
  };
  world.state.deliveries.put(uuid(world.ports.random), delivery);
  world.deliver();
}

export class HttpDelivery {
  readonly #world: SnsWorld;
  /** Called with what is given up. */
  readonly #giveUp: (delivery: DeliveryRecord) => Promise<void>;
  readonly #working = new Map<string, Promise<void>>();
  #timer: Timer | undefined;
  #runs = false;
  readonly #end = new AbortController();

  constructor(world: SnsWorld, giveUp: (delivery: DeliveryRecord) => Promise<void>) {
    this.#world = world;
    this.#giveUp = giveUp;
  }

  start(): void {
    this.#runs = true;
    this.look();
  }

  async stop(): Promise<void> {
    this.#runs = false;
    this.#timer?.cancel();
    this.#end.abort();
    await Promise.all(this.#working.values());
  }

  /** Begins what is due, and comes back when the next one is. */
  look(): void {
    if (!this.#runs) return;
    const { state, ports } = this.#world;
    this.#timer?.cancel();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, delivery] of state.deliveries.entries()) {
      if (this.#working.has(id)) continue;
      const leftMs = delivery.dueMs - ports.clock.wallMs();
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else this.#begin(id, delivery);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#timer = ports.clock.setTimer(nextMs, () => this.look());
  }

  #begin(id: string, delivery: DeliveryRecord): void {
    const work = this.#attempt(id, delivery).finally(() => {
      this.#working.delete(id);
      this.look();
    });
    this.#working.set(id, work);
  }

  async #attempt(id: string, delivery: DeliveryRecord): Promise<void> {
    const { state, ports } = this.#world;
    // Before anybody is told of it: who publishes is answered when it is on disk.
    await ports.records.durable();
    if (state.subscriptions.get(delivery.subscriptionArn) === undefined) {
      state.deliveries.delete(id);
      return;
    }
    const problem = await this.#send(delivery);
    if (!this.#runs && problem !== undefined) return;
    const attempts = delivery.attempts + 1;
    if (problem === undefined) {
      state.deliveries.delete(id);
    } else if (attempts >= MOST_ATTEMPTS) {
      state.deliveries.delete(id);
      ports.log?.(`a message to ${delivery.url} was given up after ${attempts} attempts: ${problem}`);
      await this.#giveUp(delivery);
    } else {
      state.deliveries.put(id, { ...delivery, attempts, dueMs: ports.clock.wallMs() + pauseMs(attempts) });
    }
    await ports.records.durable();
  }

  /** What went wrong; undefined when it was taken. */
  async #send({ url, headers, body }: DeliveryRecord): Promise<string | undefined> {
    try {
      const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(LIMIT_MS)]);
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await answer.body?.cancel();
      return answer.status >= 200 && answer.status < 300 ? undefined : `it answered ${answer.status}`;
    } catch (error) {
      return messageOf(error);
    }
  }
}
